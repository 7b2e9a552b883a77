"""Computes the metrics and panels of runs and references that are missing, from kept weights, and writes them as JSON."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.evaluation import references
from benchmarks.evaluation.keys import data_of, due, judge, judged_by, unnamed
from benchmarks.evaluation.panels import PANELS, Panel, write_panels
from benchmarks.metrics.base import Metric, Result, evaluate
from benchmarks.planning.config import FIXED, RunConfig
from benchmarks.planning.labels import VARIED
from benchmarks.planning.plan import Context, Node
from benchmarks.planning.registry import METHODS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Data, Snapshot
from benchmarks.storage.files import sealed, write_json
from benchmarks.storage.provenance import made_with
from benchmarks.storage.run_folder import RunFolder
from methods.base import Method
from methods.priors import Prior

PhaseProgress = Callable[[str, int, int], None]  # (phase, done, of)


class OutOfTime(Exception):
    """The time limit ended a node's work at a point from which it can go on."""


def evaluate_run(
    context: Context, config: RunConfig, step: int, folder: RunFolder, report: PhaseProgress
) -> list[str]:
    """Computes the metrics and panels of one step that are not there yet; returns why metrics failed.

    Raises OutOfTime between two of them.
    """
    wanted, panels = missing(context, config, step, folder)
    if not wanted and not panels:
        return []
    data, spec = data_of(unnamed(context), config)
    method = METHODS.get(config.method).cls
    model = TrainedModel(config, spec, lambda: data, folder.weights(step), context.device)
    snapshots: dict[Context, Snapshot] = {}

    def snapshot(context: Context, n: int) -> Snapshot:
        own = replace(context, samples=n)
        if own not in snapshots:
            snapshots[own] = Snapshot(data_of(own, config)[0], model)
        return snapshots[own]

    failures = []
    for i, (metric, path, key) in enumerate(wanted):
        if context.out_of_time:
            raise OutOfTime(f"not all of step {step:,} is evaluated")
        report("evaluate", i, len(wanted))
        start = time.monotonic()
        result = evaluate(metric, snapshot(judge(context, config, key), key["n"]))
        write_rows(path, key, [metric_row(result)], start, judged_by(context, config, key))
        if result.status == "failed":
            failures.append(f"step {step:,}: {result.reason}")
    write_panels(
        snapshot(unnamed(context), min(context.samples, method.max_encoded or context.samples)),
        folder.panels,
        step,
        panels,
    )
    return failures


def missing_panels(
    context: Context, data: Data, can: Collection[str], latent: int, folder: Path, step: int, end: str = ""
) -> list[Panel]:
    """Returns the panels of one step that are not there: after a kill, or of kinds that an earlier program did not draw.

    end: what is added to their names.
    """
    drawable = [panel for panel in PANELS if panel.due(data, can, latent, context.metrics)]
    named = [replace(panel, name=panel.name + end) for panel in drawable]
    return [panel for panel in named if not panel.path(folder, step).exists()]


def is_evaluated(context: Context, config: RunConfig, step: int, folder: RunFolder) -> bool:
    """Whether `evaluate_run` has nothing left to do."""
    return missing(context, config, step, folder) == ([], [])


def missing(
    context: Context, config: RunConfig, step: int, folder: RunFolder
) -> tuple[list[tuple[Metric, Path, dict[str, Any]]], list[Panel]]:
    """Returns the metrics and panels of one step that are not there."""
    wanted = due(context, config, folder.path, step)
    data, spec = data_of(unnamed(context), config)
    method = METHODS.get(config.method).cls
    latent = config.latent + (spec.labels if method.labelled else 0)
    return wanted, missing_panels(context, data, able(method, config), latent, folder.panels, step)


def able(method: type[Method], config: RunConfig) -> frozenset[str]:
    """Returns what a run's model can do; "categories": its latents have a categorical part, which nothing maps away."""
    parts = {kind for kind, _ in Prior.parse(config.prior, config.latent).parts}
    edits = "categorical" in parts and method.mapped is Method.mapped
    return method.can() | ({"categories"} if edits else set())


def metric_row(result: Result) -> dict[str, Any]:
    """Returns one row; n: how many images (queries, pairs) the values rest on; the key's n is how many the snapshot had."""
    return {"status": result.status, "reason": result.reason, "n": result.n, "values": result.values}


def write_rows(
    path: Path, key: dict[str, Any], rows: list[dict[str, Any]], start: float, judged: str
) -> None:
    """Writes values as JSON; a NaN is a value that does not exist here and is left out. judged: as of `judged_by`."""
    for row in rows:
        row["values"] = {name: value for name, value in row["values"].items() if value == value}
    seconds = round(time.monotonic() - start, 3)
    made = {"key": key, "rows": rows, "seconds": seconds, "versions": made_with()}
    write_json(path, sealed({**made, **({"judged": judged} if judged else {})}))


def evaluate_references(node: Node) -> list[str]:
    """Computes ceilings and baselines of every metric, and panels of real data and of what dHash finds (Luo et al. 2017,
    Fig. 4); returns why metrics failed.

    Raises OutOfTime between two metrics.
    """
    context, config = node.context, node.config
    data, spec = data_of(unnamed(context), config)
    folder = references_folder(context.out, node.key)
    bare = untrained_autoencoder(config)
    untrained = TrainedModel(bare, spec, lambda: data, None, context.device)
    failures: list[str] = []
    for metric, path, key in due(context, bare, folder, 0):
        if context.out_of_time:
            raise OutOfTime("not all references are evaluated")
        start = time.monotonic()
        rows = []
        own, _ = data_of(judge(context, config, key), config)
        for name, kind, result in references.references(metric, own, untrained):
            rows.append({"name": name, "kind": kind, **metric_row(result)})
            failures += [f"{name}: {result.reason}"] if result.status == "failed" else []
        write_rows(path, key, rows, start, judged_by(context, config, key))
    for s, end in ((references.snapshot("real", data), ""), (references.snapshot("dhash", data), "-dhash")):
        panels = missing_panels(context, s.data, s.model.can, s.model.latent, folder / "panels", 0, end)
        write_panels(s, folder / "panels", 0, panels)
    return failures


def untrained_autoencoder(config: RunConfig) -> RunConfig:
    """Configures the untrained encoder and generator that the baselines use, on the same data and at one seed, whoever asks."""
    own = METHODS.get("ae")
    changes = {
        "method": "ae", "weights": own.weights, "options": own.options, "seed": FIXED, "vary": VARIED,
        "versions": {**config.versions, "method": own.cls.version},
    }  # fmt: skip
    return config.model_copy(update=changes)


def references_folder(out: Path, key: str) -> Path:
    """Returns where the reference rows of a plan are kept."""
    return out / "references" / key.removeprefix("references-")
