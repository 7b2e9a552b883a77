"""From finished run folders to the tidy table, the records and what they mean. Only the driver writes these."""

from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.evaluation import foreign
from benchmarks.evaluation.keys import data_of
from benchmarks.evaluation.rows import every, metric_rows, reference_rows, write_parquet
from benchmarks.metrics._collapse_rule import distinct_curve
from benchmarks.planning.arms import LADDERS, named
from benchmarks.planning.plan import Plan
from benchmarks.planning.preset import Preset, by_paper
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.snapshots.extractors import Missing
from benchmarks.storage.files import write_json
from benchmarks.storage.provenance import LIBRARIES, MEASURING, revision
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.flops import pflop


def collect(
    plan: Plan,
    unfinished: dict[str, tuple[str, str]],
    command: str,
    costs: bool = True,
    more: dict[str, Any] | None = None,
) -> None:
    """Writes results.parquet, records.parquet and meta.json of a plan.

    unfinished: status and reason, by node key, of what failed or was stopped; any other node without a record was
    interrupted.

    costs=False leaves out the operations of a step, whose counting takes a second a method. more: what meta.json holds besides.
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
            for row in metric_rows(folder.path, config, node.context, step, common)
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
        records[-1] |= {name: every(row["versions"].get(name, "") for row in made) for name in MEASURING}
    for skipped in plan.skipped:
        rows.append({"run": "", "kind": "method", "dataset": skipped.dataset, "family": skipped.family,
                     "method": skipped.method, "variant": skipped.variant, "metric": "", "status": "skipped",
                     "reason": skipped.reason})  # fmt: skip
    rows += [row for node in plan.nodes if node.kind == "references" for row in reference_rows(node)]
    others = foreign.stored(plan)
    rows += [row for node, model in others for row in foreign.rows(node, model)]
    records += [model.record for model in dict.fromkeys(model for _, model in others)]
    write_tables(out, rows, records)
    write_json(out / results.META, {**meta(plan, command, costs), **(more or {})})


def write_tables(out: Path, rows: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
    """Writes results.parquet and records.parquet."""
    write_parquet(out / results.TABLE, rows, list(results.COLUMNS), ("seed", "step", "n", "version"))
    write_parquet(out / results.RECORDS, records, None, ("seed", "step"))


def meta(plan: Plan, command: str, counted: bool = True) -> dict[str, Any]:
    """Returns what a reader of the table needs to know."""
    first = plan.presets[0]
    metrics = [
        METRICS.get(name) for name in dict.fromkeys(m for preset in plan.presets for m in preset.metrics)
    ]
    methods = {arm.method: METHODS.get(arm.method) for preset in plan.presets for arm in preset.all_arms}
    values = first.model_dump()
    others = [model for _, model in foreign.stored(plan)]
    return {
        "title": plan.title, "command": command, "argv": getattr(command, "argv", []),
        "preset": first.name, "revision": revision(),
        "versions": {name: version(name) for name in LIBRARIES}, "device": plan.nodes[0].context.device,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": [_about(plan, preset, counted) for preset in plan.presets],
        "methods": {name: {"title": entry.title, "paper": entry.paper, "summary": entry.summary, "ex_post": entry.cls.ex_post,
                           "generator": entry.cls.base if "G" in entry.cls.base_roles else None}
                    for name, entry in methods.items()}
        | {model.name: model.about for model in others},
        "metrics": {f"{metric.name}.{name}": {"title": value.title, "better": value.better, "unit": value.unit,
                                                 "low": value.low, "high": value.high, "question": metric.question,
                                              "parts": dict(metric.parts)}
                    for metric in metrics for name, value in metric.values.items()},
        "ladders": [{"title": LADDERS[name]["title"], "equals": LADDERS[name]["equals"],
                     "rungs": [{"method": arm.method, "variant": arm.label} for arm in named(values, name)]}
                    for name in first.ladders],
        "notes": [*plan.notes, *dict.fromkeys(model.note for model in others),
                  *(f"{s.method} {s.variant}".strip() + f" skipped on {s.dataset}: {s.reason}" for s in plan.skipped)],
    }  # fmt: skip


def _about(plan: Plan, preset: Preset, counted: bool) -> dict[str, Any]:
    """One part of the plan: its data, its extractor, its whole configuration and the operations of each arm's training."""
    place = (preset.dataset, preset.family)
    nodes = [node for node in plan.nodes if (node.config.dataset, node.config.family) == place]
    runs = [node for node in nodes if node.kind == "run" and node.asked]
    node = (runs or nodes)[0]
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
                "recommended": by_paper(arm.set.get("settings", preset.settings), arm.method)
                and bool(METHODS.get(arm.method).recommended),
                "pflop": costs.get((arm.method, arm.label)),
            }
            for arm in preset.all_arms
        ],
    }
