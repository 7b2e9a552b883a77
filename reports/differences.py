"""What two runs of a store may differ in, for the page's comparison."""

from typing import Any

from reports.frames import dotted
from reports.store import Store
from reports.tables.base import ABSENT

MOST = 1000  # runs to choose from; a page is not the place for more


def configuration(store: Store, run: str) -> dict[str, str]:
    """What a run was made with, by dotted key; empty where it left nothing readable."""
    from benchmarks import results

    try:
        return {key: str(value) for key, value in dotted(results.config(store.root, run)).items()}
    except (OSError, ValueError):
        return {}


def differences(store: Store) -> list[dict[str, Any]]:
    """Per run what may differ from another: its configuration, its record and its values at its last step.

    Keys of the configuration that are alike in all runs are left out, and so are runs behind the first `MOST`.
    """
    records = store.records[:MOST].to_dict("records")
    configs = [configuration(store, str(record["run"])) for record in records]
    keys = dict.fromkeys(key for config in configs for key in config)
    varying = [key for key in keys if len({config.get(key) for config in configs}) > 1]
    methods = store.rows[store.rows["kind"] == "method"]
    shown = methods[methods["run"].isin({record["run"] for record in records})]
    groups = dict(tuple(shown.groupby("run")))
    found = []
    for record, config in zip(records, configs, strict=True):
        own = groups.get(record["run"], methods[:0])
        told = {key: config.get(key, ABSENT) for key in varying}  # all of them, so that they stand first
        told |= {
            name: str(record[name])
            for name in ("status", "reason", "device", "torch", "revision", "weights_sha256")
            if record[name]
        }
        told |= {name: str(own[name].iloc[0]) for name in ("dataset", "family", "precision") if len(own)}
        told |= {"method": str(record["method"]), "variant": str(record["variant"]) or "plain"}
        told |= {"seed": str(record["seed"]), "wall time (s)": f"{record['wall_s']:.1f}"}
        last = own[(own["step"] == own["step"].max()) & own["value"].notna()]
        values = zip(last["metric"], last["extractor"], last["value"], strict=True)
        told |= {f"{metric} {extractor}".strip(): f"{value:.4g}" for metric, extractor, value in values}
        name = f"{store.title(record['label'])}, seed {record['seed']} ({str(record['run'])[:8]})"
        found.append({"name": name, "told": told})
    return found
