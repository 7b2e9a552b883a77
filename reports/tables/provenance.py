"""What the runs of a table were made with: library versions, revision and device, with how many runs each where they differ."""

import pandas as pd

from reports.store import Store

LIBRARIES = ("torch", "torch-fidelity", "ImageHash")  # those whose version may move a number
FOREIGN = "foreign"  # the execution of what was trained elsewhere, nobody knows on what
CPUS = {"", "x86_64", "AMD64", "aarch64", "arm64"}  # as platform.machine() has them


def gpus(records: pd.DataFrame) -> list[str]:
    """Returns the names of the devices that were no CPU."""
    return sorted(set(records["device"].dropna()) - CPUS)


def spread(values: "pd.Series[str]") -> str:
    """`2.15.0`, or `2.11.0 (6 runs) and 2.15.0 (1 run)` where runs differ; "" where none has recorded it."""
    counts = values.where(values != "", "not recorded").value_counts().sort_index()
    if list(counts.index) == ["not recorded"]:
        return ""
    if len(counts) == 1:
        return str(counts.index[0])
    return " and ".join(f"{value} ({n} run{'s' * (n != 1)})" for value, n in counts.items())


def made_with(store: Store, runs: set[str]) -> list[str]:
    """Parts of a head. What runs have not recorded is told as of the program that made the tables."""
    own = store.records[store.records["run"].isin(runs) & (store.records["status"] != "failed")]
    own = own[(own["status"] != "stopped") | (own["torch"] != "")]  # the record comes with a run's end
    versions = store.meta.get("versions") or {}
    told = []
    for name in LIBRARIES:
        build = "" if own[name].nunique() > 1 else r"\+[\w.]+"  # told only where it differs
        plain = own[name].str.replace(build, "", regex=True)
        version = spread(plain) or versions.get(name)
        told += [f"{name} {version}"] if version else []
    revision = spread(own["revision"].str[:12]) or str(store.meta.get("revision") or "")[:12]
    trained = own.loc[own["execution"] != FOREIGN, "device"]
    devices = spread(trained) if trained.nunique() > 1 else ""
    return [
        ", ".join(told),
        f"revision {revision}" if revision else "",
        f"devices {devices}" if devices else "",
    ]
