"""Metrics of a finished run computed once more from its weights, through the extractors that its values were computed through."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.evaluation.keys import data_of, further
from benchmarks.metrics.base import evaluate
from benchmarks.planning.config import RunConfig
from benchmarks.planning.plan import Context
from benchmarks.planning.registry import METRICS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.named_extractors import named_as
from benchmarks.snapshots.snapshot import Snapshot
from benchmarks.storage import schema
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RunFolder

CLOSE = 1e-4  # relative; another machine rounds otherwise


def stored(folder: Path) -> list[dict[str, Any]]:
    """Returns the readable metric files of a run."""

    return [
        read_json(path)
        for path in sorted((folder / "metrics").glob("*.json"))
        if not schema.metric(folder, path)
    ]


def again(
    context: Context, folder: RunFolder, config: RunConfig, given: tuple[str, ...]
) -> tuple[int, list[str], list[str]]:
    """Returns how many values of a run were computed again, those that came out otherwise, and what could not be.

    context: places; given: extractors by the names of --extractor, for values that no extractor found here gave.
    """
    compared, wrong, left = 0, list[str](), list[str]()
    snapshots: dict[tuple[Context, int], Snapshot] = {}
    for made in stored(folder.path):
        key = made["key"]
        what, weights = (
            f"{key['metric']} at step {key['step']}: not computed again",
            folder.weights(key["step"]),
        )
        if key["metric"] not in METRICS.names():
            left.append(f"{what}, there is no such metric here")
            continue
        if not weights.exists() or METRICS.get(key["metric"]).version != key["version"]:
            continue  # pruned, or of an earlier version
        own = through(replace(context, samples=key["n"]), config, key["extractor"], given)
        data, _ = data_of(own, config)
        made_with = {name: key[name] for name in ("parts", "source") if name in key}
        here = key["extractor"] in ("", getattr(data.extractor, "name", "")) and data.full_key == key["data"]
        if not here or made_with != further(METRICS.get(key["metric"]), data):
            by = f" (extractor {key['extractor']}: name it with --extractor)" if key["extractor"] else ""
            left.append(f"{what}, its extractor, data, rule or plugin is not here as it was{by}")
            continue
        place = own, key["step"]
        if place not in snapshots:
            snapshots[place] = snapshot(own, config, weights)
        values = evaluate(METRICS.get(key["metric"]), snapshots[place]).values
        for name, old in made["rows"][0]["values"].items():
            compared += 1
            new = values.get(name, math.nan)
            if not math.isclose(old, new, rel_tol=CLOSE, abs_tol=1e-6):
                where = f"{folder.path}: {key['metric']}.{name} at step {key['step']}"
                wrong.append(f"{where} is {old:.6g} in its file, {new:.6g} from its weights")
    return compared, wrong, left


def through(context: Context, config: RunConfig, column: str, given: tuple[str, ...]) -> Context:
    """Returns the context whose extractor tables call `column`, or the usual one where there is none or it is not here."""
    usual = getattr(data_of(context, config)[0].extractor, "name", "")
    name = None if column in ("", usual) else named_as(column, given, context.cache)
    return replace(context, inception_weights=None, extractors=(name,)) if name else context


def snapshot(context: Context, config: RunConfig, weights: Path) -> Snapshot:
    """Returns what the metrics look at, from a run's weights."""
    data, spec = data_of(context, config)
    return Snapshot(data, TrainedModel(config, spec, lambda: data, weights))
