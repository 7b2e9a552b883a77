"""Rows of the tidy table from the metric files of a folder, and how they are written."""

import math
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import results
from benchmarks.evaluation.evaluation import references_folder, untrained_autoencoder
from benchmarks.evaluation.keys import planned
from benchmarks.planning.config import RunConfig
from benchmarks.planning.plan import Context, Node
from benchmarks.storage.files import read_json, write_atomic


def metric_rows(
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


def every(values: Iterable[str]) -> str:
    """Returns every different value: one, where all was made with the same."""
    return " / ".join(sorted({value for value in values if value}))


def reference_rows(node: Node) -> list[dict[str, Any]]:
    """Returns the rows of a part's ceilings and baselines; they have no step."""
    folder = references_folder(node.context.out, node.key)
    about = {"run": folder.name, "dataset": node.config.dataset, "family": node.config.family, "variant": "",
             "precision": node.config.precision}  # fmt: skip
    rows = metric_rows(folder, untrained_autoencoder(node.config), node.context, 0, about)
    return [{**row, "step": None} for row in rows]


def write_parquet(
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
