"""What names a metric's values, the data and the extractor that it looks through among it; and which values are there."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.metrics.base import Metric
from benchmarks.planning.config import RunConfig
from benchmarks.planning.domains import contents
from benchmarks.planning.plan import Context
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.planning.resolve import progress, spec_of
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.inception import prepare as prepare_extractor
from benchmarks.snapshots.named_extractors import load
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import metric_file
from methods.base import Method, Spec

FIRST = {"collapse rule": 1, "factor reader": 1}
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


def computed(path: Path, judged: str) -> bool:
    """Whether a metric's file is there, through the same classifier, and no row of it failed; what failed is tried again."""
    if not path.exists():
        return False
    made = read_json(path)
    other = judged and made.get("judged", judged) != judged
    return not other and all(row["status"] != "failed" for row in made["rows"])


def judged_by(context: Context, config: RunConfig, key: dict[str, Any]) -> str:
    """Returns SHA-256 of the classifier that a value is computed through, where each machine trains its own; else ""."""
    extractor = data_of(judge(context, config, key), config)[0].extractor if key["extractor"] else None
    return extractor.sha256 if isinstance(extractor, Extractor) else ""


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


def due(
    context: Context, config: RunConfig, folder: Path, step: int
) -> list[tuple[Metric, Path, dict[str, Any]]]:
    """Returns those of `planned` whose values are not there."""
    every = planned(context, config, folder, step)
    return [
        (metric, path, key)
        for metric, path, key in every
        if not computed(path, judged_by(context, config, key))
    ]


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
