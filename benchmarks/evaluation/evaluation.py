"""Computes the metrics and panels of runs and references that are missing, from kept weights, and writes them as JSON."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.evaluation import references
from benchmarks.evaluation.panels import PANELS, Panel, write_panels
from benchmarks.metrics.base import Metric, Result, evaluate
from benchmarks.planning.config import FIXED, VARIED, RunConfig
from benchmarks.planning.domains import contents
from benchmarks.planning.plan import Context, Node
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.planning.resolve import progress, spec_of
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.inception import prepare as prepare_extractor
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.named_extractors import load
from benchmarks.snapshots.snapshot import Data, Snapshot
from benchmarks.storage.files import read_json, sealed, write_json
from benchmarks.storage.provenance import made_with
from benchmarks.storage.run_folder import RunFolder, metric_file
from methods.base import Method, Spec
from methods.priors import Prior

FIRST = {"collapse rule": 1, "factor reader": 1}
PhaseProgress = Callable[[str, int, int], None]  # (phase, done, of)


Options = tuple[tuple[str, Any], ...]


@cache
def _data(
    context: Context, dataset: str, options: Options, domain: tuple[str, Options] | None, content: str
) -> tuple[Data, Spec]:
    """Returns the real side of the metrics, once per process. Raises ValueError where the files hold something else by now."""
    made = DATASETS.get(dataset)(context.cache, context.data_root, **dict(options))
    other, second = None, None
    if domain is not None:
        other = DATASETS.get(domain[0])(context.cache, context.data_root, **dict(domain[1]))
        second = Data.of(other, n=context.samples, cache=context.cache)
    if contents(made, other) != content:
        raise ValueError(f"{dataset}: the files under {made.root} are other ones than those of this run")
    steps = progress(dataset, "steps of its classifier's training done")
    if context.extractors:
        extractor = load(context.extractors[0], made, context.cache, steps)
    else:
        extractor = prepare_extractor(made, context.cache, context.inception_weights, steps)
    data = Data.of(made, extractor, n=context.samples, cache=context.cache, second=second)
    return data, spec_of(made, data.test)


def data_of(context: Context, config: RunConfig) -> tuple[Data, Spec]:
    """Returns Data and Spec of a run's data set, its second domain with it."""
    domain = config.domain and (config.domain.dataset, tuple(sorted(config.domain.data.items())))
    context = replace(context, until=0)  # real data are the same wherever a run pauses
    return _data(context, config.dataset, tuple(sorted(config.data.items())), domain, config.content)


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
        write_rows(path, key, [metric_row(result)], start)
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
    due = [panel for panel in PANELS if panel.due(data, can, latent, context.metrics)]
    named = [replace(panel, name=panel.name + end) for panel in due]
    return [panel for panel in named if not panel.path(folder, step).exists()]


def is_evaluated(context: Context, config: RunConfig, step: int, folder: RunFolder) -> bool:
    """Whether `evaluate_run` has nothing left to do."""
    return missing(context, config, step, folder) == ([], [])


def missing(
    context: Context, config: RunConfig, step: int, folder: RunFolder
) -> tuple[list[tuple[Metric, Path, dict[str, Any]]], list[Panel]]:
    """Returns the metrics and panels of one step that are not there."""
    wanted = [found for found in planned(context, config, folder.path, step) if not computed(found[1])]
    data, spec = data_of(unnamed(context), config)
    method = METHODS.get(config.method).cls
    latent = config.latent + (spec.labels if method.labelled else 0)
    return wanted, missing_panels(context, data, able(method, config), latent, folder.panels, step)


def able(method: type[Method], config: RunConfig) -> frozenset[str]:
    """Returns what a run's model can do; "categories": its latents have a categorical part, which nothing maps away."""
    parts = {kind for kind, _ in Prior.parse(config.prior, config.latent).parts}
    edits = "categorical" in parts and method.mapped is Method.mapped
    return method.can() | ({"categories"} if edits else set())


def computed(path: Path) -> bool:
    """Whether a metric's file is there and no row of it failed; what failed is tried again."""
    return path.exists() and all(row["status"] != "failed" for row in read_json(path)["rows"])


def samples(metric: Metric, method: type[Method], context: Context) -> int:
    """Returns how many images a metric looks at: fewer where encoding is expensive."""
    few = method.max_encoded if "encode" in metric.needs else None
    return min(context.samples, few or context.samples)


def planned(
    context: Context, config: RunConfig, folder: Path, step: int
) -> list[tuple[Metric, Path, dict[str, Any]]]:
    """Returns the metrics of the plan with where their values are kept and the key that names them.

    One that looks through a feature extractor is there once for each that was named.
    """
    method = METHODS.get(config.method).cls
    found: list[tuple[Metric, Path, dict[str, Any]]] = []
    for metric in map(METRICS.get, context.metrics):
        for own in judges(context) if metric.extractor else [unnamed(context)]:
            data, _ = data_of(own, config)
            extractor = data.extractor.name if data.extractor and metric.extractor else ""
            key = {"metric": metric.name, "version": metric.version, "extractor": extractor,
                   "n": samples(metric, method, context), "split": metric.split, "step": step, "data": data.full_key,
                   **further(metric, data)}  # fmt: skip
            if all(key != known for _, _, known in found):  # data of no images have no extractor
                found.append((metric, metric_file(folder, key), key))
    return found


def unnamed(context: Context) -> Context:
    """Returns the context of what looks through no named extractor."""
    return replace(context, extractors=())


def judges(context: Context) -> list[Context]:
    """Returns a context for each named extractor; itself where none is named."""
    return [replace(context, extractors=(name,)) for name in context.extractors] or [context]


def judge(context: Context, config: RunConfig, key: dict[str, Any]) -> Context:
    """Returns the context whose extractor a key names."""
    named = (own for own in judges(context) if data_of(own, config)[0].extractor.name == key["extractor"])
    return next(named, unnamed(context)) if key["extractor"] else unnamed(context)


def further(metric: Metric, data: Data) -> dict[str, Any]:
    """Returns what else decides a metric's values, for its key: code from outside, and parts in other versions than the first.

    The first values were kept under names without it.
    """
    parts: dict[str, Any] = {
        name: version for name, version in metric.parts.items() if version != FIRST.get(name)
    }
    if metric.extractor and isinstance(data.extractor, Extractor) and data.extractor.version:
        parts["extractor"] = data.extractor.version
    source = METRICS.source(metric.name)
    return {**({"parts": parts} if parts else {}), **({"source": source} if source else {})}


def metric_row(result: Result) -> dict[str, Any]:
    """Returns one row; n: how many images (queries, pairs) the values rest on; the key's n is how many the snapshot had."""
    return {"status": result.status, "reason": result.reason, "n": result.n, "values": result.values}


def write_rows(path: Path, key: dict[str, Any], rows: list[dict[str, Any]], start: float) -> None:
    """Writes values as JSON; a NaN is a value that does not exist here and is left out."""
    for row in rows:
        row["values"] = {name: value for name, value in row["values"].items() if value == value}
    seconds = round(time.monotonic() - start, 3)
    write_json(path, sealed({"key": key, "rows": rows, "seconds": seconds, "versions": made_with()}))


def evaluate_references(node: Node) -> None:
    """Ceilings and baselines of every metric; panels of real data, and what dHash finds (Luo et al. 2017, Fig. 4).

    Raises OutOfTime between two metrics.
    """
    context, config = node.context, node.config
    data, spec = data_of(unnamed(context), config)
    folder = references_folder(context.out, node.key)
    bare = untrained_autoencoder(config)
    untrained = TrainedModel(bare, spec, lambda: data, None, context.device)
    for metric, path, key in planned(context, bare, folder, 0):
        if computed(path):
            continue
        if context.out_of_time:
            raise OutOfTime("not all references are evaluated")
        start = time.monotonic()
        rows = []
        own, _ = data_of(judge(context, config, key), config)
        for name, kind, result in references.references(metric, own, untrained):
            rows.append({"name": name, "kind": kind, **metric_row(result)})
        write_rows(path, key, rows, start)
    for s, end in ((references.snapshot("real", data), ""), (references.snapshot("dhash", data), "-dhash")):
        due = missing_panels(context, s.data, s.model.can, s.model.latent, folder / "panels", 0, end)
        write_panels(s, folder / "panels", 0, due)


def untrained_autoencoder(config: RunConfig) -> RunConfig:
    """Configures the untrained encoder and generator that the baselines use, on the same data and at one seed, whoever asks."""
    own = METHODS.get("ae")
    changes = {"method": "ae", "weights": own.weights, "options": own.options, "seed": FIXED, "vary": VARIED}
    return config.model_copy(update=changes)


def references_folder(out: Path, key: str) -> Path:
    """Returns where the reference rows of a plan are kept."""
    return out / "references" / key.removeprefix("references-")
