"""What a worker does for a node of the plan: prepare, train and evaluate, or evaluate the references.

Each part is skipped where its files are there. Training and evaluation are two marks: a metric asked for
later is computed from the kept weights.
"""

import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch

from benchmarks import checkpoint, references
from benchmarks.config import RunConfig
from benchmarks.extractors import Missing
from benchmarks.extractors import prepare as prepare_extractor
from benchmarks.files import read_json, write_json
from benchmarks.metrics.base import Metric, evaluate
from benchmarks.model import TrainedModel, networks
from benchmarks.panels import write_panels
from benchmarks.plan import Context, Node, build_method
from benchmarks.registry import DATASETS, METHODS, METRICS
from benchmarks.snapshot import Data, Snapshot
from benchmarks.store import RunFolder, metric_file
from benchmarks.train import Diverged, Source, Training, train
from methods.base import Method, Spec

Tell = Callable[[str, int, int], None]  # (phase, done, of)
Status = Literal["ok", "failed", "diverged"]


@dataclass(frozen=True)
class Outcome:
    """How a node ended; `cached` if nothing had to be trained."""

    key: str
    status: Status
    reason: str = ""
    cached: bool = False
    seconds: float = 0.0


def perform(node: Node, tell: Tell) -> Outcome:
    """Do the node's work. Whatever goes wrong inside a run is that run's outcome, not the plan's."""
    start = time.monotonic()
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = node.config.precision == "tf32"
    try:
        status, reason, cached = WORK[node.kind](node, tell)
    except Exception as error:
        status, reason, cached = "failed", f"{type(error).__name__}: {error}".splitlines()[0], False
    return Outcome(node.key, status, reason, cached, time.monotonic() - start)


@cache
def _data(context: Context, dataset: str, options: tuple[tuple[str, Any], ...]) -> tuple[Data, Spec]:
    """The real side of the metrics, once per process."""
    made = DATASETS.get(dataset)(context.cache, context.data_root, **dict(options))
    extractor = prepare_extractor(made, context.cache, context.inception_weights)
    data = Data.of(made, extractor, n=context.samples, cache=context.cache)
    labels = data.test.labels
    return data, Spec(tuple(made.shape), 0 if labels is None else labels.shape[1], data.test.label_kind)


def data_of(context: Context, config: RunConfig) -> tuple[Data, Spec]:
    """Data and Spec of a run's data set."""
    return _data(context, config.dataset, tuple(sorted(config.data.items())))


def _prepare(node: Node, tell: Tell) -> tuple[Status, str, bool]:
    data, _ = data_of(node.context, node.config)
    if "collapse" in node.context.metrics and data.kind == "images":
        from benchmarks.calibrate import thresholds

        thresholds(data)
    extractor = data.extractor
    return "ok", extractor.reason if isinstance(extractor, Missing) else extractor.detail, False


def _run(node: Node, tell: Tell) -> tuple[Status, str, bool]:
    folder = RunFolder(node.context.out, node.key)
    config = node.config
    record = folder.record()
    cached = (
        record is not None
        and record["status"] == "ok"
        and all(folder.weights(s).exists() for s in config.evaluate)
    )
    diverged = record is not None and record["status"] == "diverged"
    if node.context.force or not (cached or diverged):
        record = _train(node, folder, tell)
    assert record is not None
    for step in [s for s in config.evaluate if folder.weights(s).exists()]:
        _evaluate(node.context, config, step, folder, tell)
    return record["status"], record["reason"], cached or diverged


def _train(node: Node, folder: RunFolder, tell: Tell) -> dict[str, Any]:
    """Train from the last checkpoint, or from the start; the record of how it ended."""
    config, device = node.config, torch.device(node.context.device)
    data, spec = data_of(node.context, config)
    write_json(folder.path / "config.json", config.model_dump(mode="json"))
    method = build_method(config)
    n = networks(config, spec, method)
    if config.base:
        tensors, _ = checkpoint.read(RunFolder(node.context.out, config.base.hash).weights(config.base.steps))
        for role in method.base_roles:
            part = {k.removeprefix(f"{role}."): v for k, v in tensors.items() if k.startswith(f"{role}.")}
            n.modules[role].load_state_dict(part)
    run = Training(config, method, n, Source(data.train.x, data.train.labels, config.batch, device), device)
    earlier = 0.0
    if folder.checkpoint.exists() and not node.context.force:
        tensors, meta = checkpoint.read(folder.checkpoint)
        run.load({k: v.to(device) for k, v in tensors.items()}, meta["step"], meta["counts"])
        earlier = meta["wall_s"]
    folder.cut_history(run.step)
    first, start = run.step, time.monotonic()

    def wall() -> float:
        return time.monotonic() - start

    def on_log(step: int, row: dict[str, float]) -> None:
        folder.append_history({"step": step, **row})
        tell("train", step, config.steps)

    def on_evaluation(step: int) -> None:
        checkpoint.write(folder.weights(step), n.modules.state_dict(), step=step, run=node.key)

    def on_checkpoint() -> None:
        checkpoint.write(
            folder.checkpoint,
            run.tensors(),
            step=run.step,
            counts=run.counts,
            run=node.key,
            wall_s=earlier + wall(),
        )

    status: Status = "ok"
    reason = ""
    try:
        if run.step == 0 and 0 in config.evaluate:
            on_evaluation(0)
        train(run, on_log, on_evaluation, on_checkpoint)
    except Diverged as error:
        status, reason = "diverged", str(error)
    peak = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else 0.0
    record = {
        "status": status, "reason": reason, "step": run.step, "wall_s": round(earlier + wall(), 3),
        "steps_per_s": round((run.step - first) / max(wall(), 1e-9), 2) if run.step > first else None,
        "peak_memory_mb": round(peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "weights_sha256": checkpoint.digest(n.modules.state_dict()),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else platform.processor() or platform.machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "updates": run.counts,
    }  # fmt: skip
    folder.finish(record)
    return record


def _evaluate(context: Context, config: RunConfig, step: int, folder: RunFolder, tell: Tell) -> None:
    """The metrics and panels of one step that are not there yet."""
    wanted = [found for found in _wanted(context, config, folder.path, step) if not found[1].exists()]
    panels = any(folder.panels.glob(f"*-{step}.npz"))
    if not wanted and panels:
        return
    data, spec = data_of(context, config)
    model = TrainedModel(config, spec, data, folder.weights(step), context.device)
    snapshots = {context.samples: Snapshot(data, model)}
    for i, (metric, path, key) in enumerate(wanted):
        tell("evaluate", i, len(wanted))
        start = time.monotonic()
        n = key["n"]
        if n not in snapshots:
            snapshots[n] = Snapshot(data_of(replace(context, samples=n), config)[0], model)
        result = evaluate(metric, snapshots[n])
        _write_rows(
            path, key, [{"status": result.status, "reason": result.reason, "values": result.values}], start
        )
    if not panels:
        write_panels(snapshots[context.samples], folder.panels, step)


def samples(metric: Metric, method: type[Method], context: Context) -> int:
    """How many images a metric looks at: fewer where encoding is dear."""
    few = method.encodes if "encode" in metric.needs else None
    return min(context.samples, few or context.samples)


def _wanted(
    context: Context, config: RunConfig, folder: Path, step: int
) -> list[tuple[Metric, Path, dict[str, Any]]]:
    """The metrics of the plan with where their values are kept and the key that names them."""
    data, _ = data_of(context, config)
    method = METHODS.get(config.method).cls
    extractor = data.extractor.name if data.extractor else ""
    found = []
    for metric in map(METRICS.get, context.metrics):
        key = {"metric": metric.name, "version": metric.version, "extractor": extractor if metric.extractor else "",
               "n": samples(metric, method, context), "split": metric.split, "step": step, "data": data.key}  # fmt: skip
        found.append((metric, metric_file(folder, key), key))
    return found


def _write_rows(path: Path, key: dict[str, Any], rows: list[dict[str, Any]], start: float) -> None:
    """Values as JSON; a NaN is a value that does not exist here and is left out."""
    for row in rows:
        row["values"] = {name: value for name, value in row["values"].items() if value == value}
    write_json(path, {"key": key, "rows": rows, "seconds": round(time.monotonic() - start, 3)})


def _references(node: Node, tell: Tell) -> tuple[Status, str, bool]:
    """Ceilings and baselines of every metric, and panels of real images."""
    context, config = node.context, node.config
    data, spec = data_of(context, config)
    folder = references_folder(context.out, node.key)
    plain = config.model_copy(update=_as_method("ae"))
    untrained = TrainedModel(plain, spec, data, None, context.device)
    for metric, path, key in _wanted(context, plain, folder, 0):
        if path.exists():
            continue
        start = time.monotonic()
        rows = []
        for name, kind, result in references.references(metric, data, untrained):
            rows.append(
                {
                    "name": name,
                    "kind": kind,
                    "status": result.status,
                    "reason": result.reason,
                    "values": result.values,
                }
            )
        _write_rows(path, key, rows, start)
    if not (folder / "panels").exists():
        write_panels(Snapshot(data, references.Real(data)), folder / "panels", 0)
    return "ok", "", False


def _as_method(name: str) -> dict[str, Any]:
    entry = METHODS.get(name)
    return {"method": name, "weights": entry.weights, "options": entry.options}


def references_folder(out: Path, key: str) -> Path:
    """Where the reference rows of a plan are kept."""
    return out / "references" / key.removeprefix("references-")


def finished(node: Node) -> bool:
    """Whether a run's training is done: its record says so and its weights are there."""
    folder = RunFolder(node.context.out, node.key)
    record = read_json(folder.path / "record.json") if (folder.path / "record.json").exists() else None
    return record is not None and (
        record["status"] == "diverged" or all(folder.weights(s).exists() for s in node.config.evaluate)
    )


WORK: dict[str, Callable[[Node, Tell], tuple[Status, str, bool]]] = {
    "prepare": _prepare,
    "run": _run,
    "references": _references,
}
