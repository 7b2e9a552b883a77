"""What a worker does for a node of the plan: prepare, train and evaluate, or evaluate the references.

Each part is skipped where its files are there. Training and evaluation are two marks: a metric asked for
later is computed from the kept weights. Steps before the last are evaluated as they are reached, so that a run
that is stopped says how far it is.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import torch
from threadpoolctl import threadpool_limits

from benchmarks.evaluation.evaluation import PhaseProgress, evaluate_references, evaluate_run, is_evaluated
from benchmarks.evaluation.keys import data_of, judges, unnamed
from benchmarks.execution import failure, interrupt, memory
from benchmarks.execution.attempt import Attempt, Pause
from benchmarks.execution.outcome import HOPELESS, Paused, Result
from benchmarks.execution.outcome import Outcome as Outcome
from benchmarks.execution.outcome import OutOfTime as OutOfTime
from benchmarks.planning import plugins
from benchmarks.planning.plan import Node
from benchmarks.planning.registry import METHODS, METRICS
from benchmarks.planning.resolve import progress, sources
from benchmarks.snapshots.extractors import Missing
from benchmarks.storage.run_folder import RunFolder


def settings(node: Node) -> None:
    """Sets what of this process decides bits: one thread, of BLAS too, deterministic kernels, the run's precision. And what
    decides none: how memory is kept.
    """
    memory.keep_freed()
    torch.set_num_threads(1)
    threadpool_limits(1)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = node.config.precision == "tf32"
    device = torch.device(node.context.device)
    if device.index is not None:
        torch.cuda.set_device(device)


def perform(node: Node, report: PhaseProgress, pause: Pause = lambda: None) -> Outcome:
    """Does the node's work; whatever goes wrong inside a run is that run's outcome, not the plan's.

    pause: called after every cycle of a run's training. Raises KeyboardInterrupt after Ctrl-C, also where native code turned
    it into another error.
    """
    start = time.monotonic()
    settings(node)
    fatal = False
    try:
        plugins.load(node.context.plugins)
        check_sources(node)
        status, reason, cached = WORK[node.kind](node, report, pause)
    except OutOfTime as end:
        status, reason, cached = "stopped", str(end), False
    except Exception as error:
        interrupt.check()
        status, reason, cached = "failed", failure.reason(error), False
        fatal = isinstance(error, OSError) and error.errno in HOPELESS
        failure.keep(error, RunFolder(node.context.out, node.key))
    interrupt.check()
    return Outcome(node.key, status, reason, cached, time.monotonic() - start, fatal)


def check_sources(node: Node) -> None:
    """Raises ValueError where a plugin's file says something else by now than what runs and values are named by."""
    config = node.config
    domain = config.domain.dataset if config.domain else ""
    now = sources(METHODS.get(config.method).cls.name, config.family, config.dataset, domain)
    metrics = all(METRICS.source(name) == source for name, source in node.context.metric_sources)
    if now != config.sources or not metrics:
        raise ValueError("a plugin was edited while the command was running: run it again")


def finished(node: Node) -> bool:
    """Whether a run is trained and evaluated, so that `perform` only says so."""
    folder = RunFolder(node.context.out, node.key)
    return (
        node.kind == "run"
        and not node.context.force
        and folder.complete(node.config.evaluate)
        and all(
            is_evaluated(node.context, node.config, step, folder)
            for step in node.config.evaluate
            if folder.weights(step).exists()
        )
    )


def _prepare(node: Node, report: PhaseProgress, pause: Pause) -> Result:
    for context in (unnamed(node.context), *judges(node.context)):
        data_of(context, node.config)  # every extractor is there before a worker asks for it
    data, _ = data_of(node.context, node.config)
    for name in node.context.metrics:
        METRICS.get(name).prepare(data, partial(progress, node.config.dataset))
    extractor = data.extractor
    return "ok", extractor.reason if isinstance(extractor, Missing) else extractor.detail, False


def _run(node: Node, report: PhaseProgress, pause: Pause) -> Result:
    folder = RunFolder(node.context.out, node.key)
    config = node.config
    cached = folder.complete(config.evaluate) and not node.context.force
    if node.context.out_of_time and not finished(node):
        raise OutOfTime("not begun" if not folder.checkpoint.exists() else "not gone on with")
    until = pause_of(node)
    record = folder.record() if cached else None
    evaluated: dict[int, list[str]] = {}
    if not cached and not (until and folder.weights(until).exists()):
        if node.context.force:
            shutil.rmtree(folder.path, ignore_errors=True)  # no old value may lie with new weights
        attempt = Attempt(node, folder, until, report, pause)
        evaluated = attempt.evaluated
        with suppress(Paused):
            record = attempt.train()
    failures: list[str] = []
    steps = [s for s in config.evaluate if folder.weights(s).exists()]
    for step in steps if record else [s for s in steps if s <= until]:
        if node.context.out_of_time and not is_evaluated(node.context, config, step, folder):
            raise OutOfTime(f"trained, but not evaluated from step {step:,} on")
        again = step not in evaluated
        failures += evaluate_run(node.context, config, step, folder, report) if again else evaluated[step]
    if record is None:
        return (
            ("incomplete", "; ".join(failures), False)
            if failures
            else ("paused", f"at step {until:,}", False)
        )
    if failures and record["status"] == "ok":
        return "incomplete", "; ".join(failures), cached
    return record["status"], record["reason"], cached


def pause_of(node: Node) -> int:
    """Returns the step at which a run pauses, so that a search can decide whether it goes on; 0 if it never pauses."""
    until = next((step for step in node.config.evaluate if step >= node.context.until > 0), 0)
    return until if node.asked and until < node.config.steps else 0


def _references(node: Node, report: PhaseProgress, pause: Pause) -> Result:
    if node.context.out_of_time:
        raise OutOfTime("not evaluated")
    failures = evaluate_references(node)
    return ("incomplete", "; ".join(failures), False) if failures else ("ok", "", False)


WORK: dict[str, Callable[[Node, PhaseProgress, Pause], Result]] = {
    "prepare": _prepare,
    "run": _run,
    "references": _references,
}
