"""A results folder with the rows of a generator from elsewhere added: whatever it holds already stays as it is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import results
from benchmarks.evaluation import foreign
from benchmarks.evaluation.collect import meta, write_tables
from benchmarks.evaluation.rows import reference_rows
from benchmarks.planning.arms import ARM_KEYS
from benchmarks.planning.plan import Plan
from benchmarks.storage.files import write_json

SAME = ("run", "family", "metric", "extractor", "split", "n")  # in which a row is that of an earlier one


def values_of(out: Path, dataset: str | None) -> list[dict[str, Any]]:
    """Returns the raw preset values of the parts that `out` holds on a data set (None: the only one), none in a new folder.

    Raises ValueError naming the data sets that are there, or a table that cannot be read: rows will be added to it.
    """
    if not (out / results.META).exists():
        return []
    results.load(out)  # for their refusals alone
    results.records(out)
    parts = [part["config"] for part in results.meta(out)["parts"]]
    there = list(dict.fromkeys(part["dataset"] for part in parts))
    if dataset is None and len(there) > 1:
        raise ValueError(f"{out} holds results on {', '.join(there)}: say which with --dataset")
    found = [part for part in parts if dataset in (None, part["dataset"])]
    if not found:
        raise ValueError(f"{out} holds results on {', '.join(there)}, none on {dataset}: give another --out")
    expanded: dict[str, Any] = {name: [] for name in ARM_KEYS}  # their arms are among the arms
    return [{**part, **expanded} for part in found]


def without_runs(plan: Plan) -> Plan:
    """Returns the same with nothing to train: the data's preparation and the reference rows."""
    presets = tuple(
        preset.model_copy(update=dict.fromkeys(("equal_compute", "ladders"), ())) for preset in plan.presets
    )
    nodes = tuple(node for node in plan.nodes if node.kind != "run")
    return replace(plan, presets=presets, nodes=nodes, skipped=())


def extend(plan: Plan, command: str) -> None:
    """Writes the tables with the rows of the plan's references and of what was measured on its data."""
    out = plan.nodes[0].context.out
    new = [row for node in plan.nodes if node.kind == "references" for row in reference_rows(node)]
    models = foreign.stored(plan)
    new += [row for node, model in models for row in foreign.rows(node, model)]
    records = [model.record for model in dict.fromkeys(model for _, model in models)]
    about = meta(plan, command, counted=False)
    if (out / results.META).exists():
        about = _joined(results.meta(out), about)
        known = _rows(results.load(out))
        # a baseline that is there stays, also where other samples than the runs' would give it another value
        kept = {
            (_which(row), row["version"])
            for row in known
            if row["kind"] != "method" and row["status"] == "ok"
        }
        new = [row for row in new if row["kind"] == "method" or (_which(row), row["version"]) not in kept]
        made = {_which(row) for row in new}
        new = [row for row in known if _which(row) not in made] + new
        runs = {record["run"] for record in records}
        records = [row for row in _rows(results.records(out)) if row["run"] not in runs] + records
    else:
        names = ", ".join(dict.fromkeys(model.name for _, model in models))
        about["title"] = f"{names}, measured on {', '.join(part['title'] for part in about['parts'])}"
    gone = _replaced(out, new)
    write_tables(out, *([row for row in some if row["run"] not in gone] for some in (new, records)))
    write_json(out / results.META, about)


def _which(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a row is of; a skipped one has no n."""
    return tuple(None if pd.isna(row[name]) else row[name] for name in SAME)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _replaced(out: Path, rows: list[dict[str, Any]]) -> set[str]:
    """Returns rows' names of generators from elsewhere that lie in the folder no more."""
    there = {path.name for room in ("runs", "references", foreign.FOLDER) for path in (out / room).glob("*")}
    return {str(row["run"]) for row in rows if row["run"] and row["run"] not in there}


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Returns what the folder's meta.json said, and what is new in it: of methods, metrics and notes."""
    tables = {name: {**new[name], **old[name]} for name in ("methods", "metrics")}
    notes = [note for note in old["notes"] if " was trained elsewhere and measured here " not in note]
    return {**old, **tables, "notes": list(dict.fromkeys([*notes, *new["notes"]]))}
