"""From finished run folders to the tidy table, the records and what they mean. Only the driver writes these."""

import math
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import results
from benchmarks.evaluation.evaluation import data_of, planned, references_folder, untrained_autoencoder
from benchmarks.metrics._collapse_rule import distinct_curve
from benchmarks.planning.arms import LADDERS, named
from benchmarks.planning.config import RunConfig
from benchmarks.planning.plan import Context, Node, Plan
from benchmarks.planning.preset import Preset
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.snapshots.extractors import Missing
from benchmarks.storage.files import read_json, write_atomic, write_json
from benchmarks.storage.provenance import LIBRARIES, MEASURING, revision
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.flops import pflop


def collect(plan: Plan, unfinished: dict[str, tuple[str, str]], command: str, costs: bool = True) -> None:
    """Writes results.parquet, records.parquet and meta.json of a plan.

    unfinished: status and reason, by node key, of what failed or was stopped; any other node without a record was
    interrupted.

    costs=False leaves out the operations of a step, whose counting takes a second a method.
    """
    out = plan.nodes[0].context.out
    rows: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for node in plan.runs:
        config, folder = node.config, RunFolder(out, node.key)
        about = {"run": node.key, "method": config.method, "variant": node.variant, "seed": config.seed}
        record = folder.record() if node.key not in unfinished else None
        status, reason = unfinished.get(node.key, ("failed", "interrupted"))
        ended = record or {"status": status, "reason": reason}
        plain_values = {k: v for k, v in ended.items() if not isinstance(v, dict)}
        records.append({**about, "asked": node.asked, **ended.get("versions", {}), **plain_values})
        if not node.asked:
            continue
        common = {
            **about,
            "kind": "method",
            "dataset": config.dataset,
            "family": config.family,
            "precision": config.precision,
        }
        made = [
            row
            for step in config.evaluate
            for row in _metric_rows(folder.path, config, node.context, step, common)
        ]
        if ended["status"] != "ok" or not made:
            rows.append(
                {
                    **common,
                    "metric": "",
                    "status": ended["status"],
                    "reason": ended["reason"],
                    "step": ended.get("step"),
                }
            )
        rows += made
        records[-1] |= {name: _all(row["versions"].get(name, "") for row in made) for name in MEASURING}
    for skipped in plan.skipped:
        rows.append({"run": "", "kind": "method", "dataset": skipped.dataset, "family": skipped.family,
                     "method": skipped.method, "variant": skipped.variant, "metric": "", "status": "skipped",
                     "reason": skipped.reason})  # fmt: skip
    rows += [row for node in plan.nodes if node.kind == "references" for row in _reference_rows(node)]
    _parquet(out / results.TABLE, rows, list(results.COLUMNS), ("seed", "step", "n", "version"))
    _parquet(out / results.RECORDS, records, None, ("seed", "step"))
    write_json(out / results.META, meta(plan, command, costs))


def _metric_rows(
    folder: Path, config: RunConfig, context: Context, step: int, about: dict[str, Any]
) -> list[dict[str, Any]]:
    """Returns the rows of one step: what this plan asks for and nothing else that may lie there."""
    rows = []
    for metric, path, key in planned(context, config, folder, step):
        made = read_json(path) if path.exists() else {"rows": []}
        for row in made["rows"]:
            own = {**about, **{name: key[name] for name in ("extractor", "split", "step", "version")}, "n": row["n"],
                   "status": row["status"], "reason": row["reason"], "versions": made.get("versions", {}),
                   **({"method": row["name"], "kind": row["kind"]} if "name" in row else {})}  # fmt: skip
            for name in metric.values:
                value = row["values"].get(name, math.nan)
                if row["status"] != "ok" or value == value:
                    rows.append({**own, "metric": f"{metric.name}.{name}", "value": value})
    return rows


def _all(values: Iterable[str]) -> str:
    """Returns every different value: one, where all was made with the same."""
    return " / ".join(sorted({value for value in values if value}))


def _reference_rows(node: Node) -> list[dict[str, Any]]:
    folder = references_folder(node.context.out, node.key)
    about = {"run": folder.name, "dataset": node.config.dataset, "family": node.config.family, "variant": "",
             "precision": node.config.precision}  # fmt: skip
    rows = _metric_rows(folder, untrained_autoencoder(node.config), node.context, 0, about)
    return [{**row, "step": None} for row in rows]


def _parquet(
    path: Path, rows: list[dict[str, Any]], columns: list[str] | None, integers: tuple[str, ...]
) -> None:
    """Writes rows; whole numbers stay exact beyond 2^53, also in columns with missing rows."""
    frame = pd.DataFrame(rows, columns=columns)
    for name in integers:
        if name in frame:
            frame[name] = pd.array([row.get(name) for row in rows], dtype="Int64")
    for name in results.TEXT:
        if name in frame:
            frame[name] = frame[name].astype("object").fillna("").astype("string")
    if "value" in frame:
        frame["value"] = frame["value"].astype("float64")
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    write_atomic(path, buffer.getvalue())


def meta(plan: Plan, command: str, counted: bool = True) -> dict[str, Any]:
    """Returns what a reader of the table needs to know."""
    first = plan.presets[0]
    metrics = [
        METRICS.get(name) for name in dict.fromkeys(m for preset in plan.presets for m in preset.metrics)
    ]
    methods = {arm.method: METHODS.get(arm.method) for preset in plan.presets for arm in preset.all_arms}
    values = first.model_dump()
    return {
        "title": plan.title, "command": command, "argv": getattr(command, "argv", []),
        "preset": first.name, "revision": revision(),
        "versions": {name: version(name) for name in LIBRARIES}, "device": plan.nodes[0].context.device,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": [_about(plan, preset, counted) for preset in plan.presets],
        "methods": {name: {"title": entry.title, "paper": entry.paper, "summary": entry.summary, "ex_post": entry.cls.ex_post,
                           "generator": entry.cls.base if "G" in entry.cls.base_roles else None}
                    for name, entry in methods.items()},
        "metrics": {f"{metric.name}.{name}": {"title": value.title, "better": value.better, "unit": value.unit,
                                                 "low": value.low, "high": value.high, "question": metric.question,
                                              "parts": dict(metric.parts)}
                    for metric in metrics for name, value in metric.values.items()},
        "ladders": [{"title": LADDERS[name]["title"], "equals": LADDERS[name]["equals"],
                     "rungs": [{"method": arm.method, "variant": arm.label} for arm in named(values, name)]}
                    for name in first.ladders],
        "notes": [*plan.notes, *(f"{s.method} {s.variant}".strip() + f" skipped on {s.dataset}: {s.reason}"
                                 for s in plan.skipped)],
    }  # fmt: skip


def _about(plan: Plan, preset: Preset, counted: bool) -> dict[str, Any]:
    """One part of the plan: its data, its extractor, its whole configuration and the operations of each arm's training."""
    place = (preset.dataset, preset.family)
    runs = [node for node in plan.runs if (node.config.dataset, node.config.family) == place and node.asked]
    node = runs[0]
    data, _ = data_of(node.context, node.config)
    costs: dict[tuple[str, str], float] = {}
    for run in {(run.config.method, run.variant): run for run in runs if counted}.values():
        with suppress(Exception):  # a method that raises says so in its own run
            costs[run.config.method, run.variant] = pflop(run.config, run.spec)
    extractor = data.extractor
    collapse = "collapse" in preset.metrics and data.kind == "images"
    return {
        "dataset": preset.dataset,
        "family": preset.family,
        "title": DATASETS.get(preset.dataset).title,
        "options": node.config.data,
        "data": data.key,
        "n_train": len(data.train.x),
        "n_test": len(data.test.x),
        "extractor": {
            "name": extractor.name,
            "detail": extractor.reason if isinstance(extractor, Missing) else extractor.detail,
        },
        "distinct": distinct_curve(data) if collapse else [],
        "config": preset.model_dump(mode="json", exclude={"parts"}),
        "arms": [
            {
                "method": arm.method,
                "variant": arm.label,
                "set": {key.rpartition(".")[2]: value for key, value in arm.set.items()},
                "pflop": costs.get((arm.method, arm.label)),
            }
            for arm in preset.all_arms
        ],
    }
