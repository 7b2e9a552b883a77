"""How long a plan will take here, how much memory and disk: by timing a few cycles of each kind of run, not by a table."""

import shutil
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from benchmarks.execution.devices import gpus
from benchmarks.planning.config import RunConfig
from benchmarks.planning.plan import Context, Plan
from benchmarks.planning.resolve import progress
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.flops import advance, probe
from benchmarks.training.loop import Hooks, train
from benchmarks.training.recording import CudaGraph, Recorder
from benchmarks.training.repeatability import check_repeatable
from benchmarks.training.state import Training
from methods.base import Spec

# Rough costs of what is not training: extractor, one evaluation, one worker, the programs of one kind of run.
PREPARE_S, EVALUATE_S, START_S, COMPILE_S = 25.0, 2.5, 4.0, 40.0
BASE_MB = 700  # a worker with torch loaded
TARGET_S = 0.4  # time spent on measuring each kind of run


@dataclass(frozen=True)
class Estimate:
    """seconds of wall time; megabytes of memory (all workers) and disk; runs to train and found."""

    seconds: float
    memory_mb: float
    disk_mb: float
    to_train: int
    found: int

    def __str__(self) -> str:
        minutes, hours = max(1, round(self.seconds / 60)), round(self.seconds / 3600)
        time_text = f"about {minutes} min" if self.seconds > 90 else f"about {max(1, round(self.seconds))} s"
        time_text = f"about {hours:,} h" if hours > 2 else time_text
        gib = f"{self.memory_mb / 1024:.1f} GiB memory"
        runs = f"{self.to_train} run{'s' * (self.to_train != 1)} to train, {self.found} found"
        return f"{runs}; {time_text}, {gib}, {self.disk_mb:.0f} MB disk"


def estimate(plan: Plan, workers: int, repeated: Collection[str] = ()) -> Estimate:
    """Times each kind of run that is not finished for a fraction of a second. repeated: names of runs that are trained again.

    Raises ValueError for code from outside that cannot be repeated: it is tried here, before anything is trained.
    """
    todo = [
        node
        for node in plan.runs
        if node.context.force
        or node.key in repeated
        or not RunFolder(node.context.out, node.key).complete(node.config.evaluate)
    ]
    found = len(plan.runs) - len(todo)
    if not todo:
        return Estimate(2.0, BASE_MB, 0.0, 0, found)
    kinds = [node.config.model_copy(update={"seed": 0, "base": None}).hash for node in todo]
    per_step: dict[str, tuple[float, float]] = {}
    tell = progress("plan", "kinds of runs timed")
    total = evaluating = disk = 0.0
    for node, kind in zip(todo, kinds, strict=True):
        config = node.config
        if kind not in per_step:
            if config.sources:
                check_repeatable(config, node.spec)
            per_step[kind] = measure(config, node.spec, node.context)
            tell(len(per_step), len(set(kinds)))
            total += COMPILE_S * config.compiled
        seconds, megabytes = per_step[kind]
        total += seconds * config.steps
        evaluating += EVALUATE_S * len(config.evaluate)
        disk += megabytes * (3 + len(config.evaluate)) + 0.2 * len(config.evaluate)
    used = min(workers, len(todo))
    shared = gpus(todo[0].context.device)
    at_once = min(used, shared) if shared else used  # runs that share a GPU slow each other down
    images = {node.config.dataset: node.spec.shape for node in plan.nodes if node.spec.images}
    data_mb = sum(14000 * float(np.prod(shape)) / 2**20 for shape in images.values())
    seconds = total / at_once + evaluating / used + PREPARE_S * len(images) + START_S
    return Estimate(seconds, used * BASE_MB + data_mb, disk + data_mb, len(todo), found)


def measure(config: RunConfig, spec: Spec, context: Context) -> tuple[float, float]:
    """Returns (seconds a step, megabytes of weights) of one kind of run, on blank data.

    Raises ValueError where its networks cannot be built here.
    """
    device = context.device
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run = probe(config, spec, device)
    except Exception as error:  # too large for this machine, or of a size that cannot be
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"method {config.method}: its networks cannot be built here: {why}") from None
    size = sum(p.numel() for p in run.networks.modules.parameters()) * 4 / 2**20
    fastest, begin = 0.0, time.monotonic()
    with suppress(Exception):  # a method that raises or diverges says so in its own run
        if run.method.cycle() and run.device.type == "cuda":
            fastest = between_rows(run, CudaGraph(run.device) if context.graphs else None)
        elif run.method.cycle():
            advance(run, 1)  # the first round warms up
            while not fastest or time.monotonic() - begin < TARGET_S:
                start = time.monotonic()
                steps = advance(run, 1)
                seconds = (time.monotonic() - start) / steps
                fastest = min(fastest or seconds, seconds)
    torch.set_num_threads(threads)
    return fastest, size


def between_rows(run: Training, recorder: Recorder | None) -> float:
    """Trains a probe for a while; returns the fewest seconds a step between two rows of its history, each of which waits
    for a GPU. The first row comes after warm-up and recording.
    """
    begin, rows = time.monotonic(), list[tuple[int, float]]()
    stop = lambda: len(rows) > 2 and time.monotonic() - begin > TARGET_S  # noqa: E731
    run.config = run.config.model_copy(update={"steps": sys.maxsize})
    train(run, Hooks(lambda step, _: rows.append((step, time.monotonic())), stop=stop), recorder)
    return min((after - before) / (end - start) for (start, before), (end, after) in pairwise(rows))


def free_mb(path: Path) -> float:
    """Returns free disk space where `path` will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free / 2**20
