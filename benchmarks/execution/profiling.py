"""`--profile`: where the time of a run goes, part by part, and a torch profiler trace; nothing in the loop knows of it.

The functions of PARTS are wrapped from outside while a scratch copy of a run trains for some steps, so an ordinary
run pays nothing. A part's time is its own: what a part inside it takes is not in it, so the parts add up to the whole.
On a GPU the device is waited for at every border, or a kernel's time would land in a later part; so cycles are run step
by step there, not as a graph.
"""

import math
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, record_function

from benchmarks.evaluation.evaluation import evaluate_run
from benchmarks.execution.job import settings
from benchmarks.execution.start import begin
from benchmarks.planning.plan import Node
from benchmarks.storage import checkpoint
from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training import loop
from benchmarks.training.cycle import Cycle
from benchmarks.training.loop import LOG_EVERY
from benchmarks.training.optim import Adam, DeviceAdam
from benchmarks.training.state import Source, Training
from methods import noise
from methods.base import Update

PARTS: tuple[tuple[Any, str, str], ...] = (
    (Source, "indices", "data"), (Source, "x", "data"), (Source, "y", "data"),
    (noise, "normal", "noise"), (noise, "uniform", "noise"), (noise, "integers", "noise"), (noise.Keyed, "at", "noise"),
    (Adam, "step", "optimiser"), (DeviceAdam, "step", "optimiser"),
)  # fmt: skip
STEPWISE = ("data", "noise", "critics", "generators", "optimiser", "logging", "rest")
AT_EVALUATIONS = ("checkpoint", "metrics")
TARGET_S = 2.0  # time spent on measuring each run, at least
OPERATORS = 8  # of torch, the costliest ones


@dataclass(frozen=True)
class Profile:
    """Seconds by part: of `steps` measured steps, or of one evaluation; operators: name -> share of one cycle."""

    node: Node
    steps: int
    seconds: dict[str, float]
    whole: float  # of the measured steps, by another clock
    operators: dict[str, float]
    trace: Path | None

    def rows(self) -> list[tuple[str, float]]:
        """Returns (part, seconds in the whole run): steps and evaluations as often as the run has them."""
        config = self.node.config
        times = {name: config.steps / self.steps if self.steps else 0.0 for name in STEPWISE}
        times |= {name: float(len(config.evaluate)) for name in AT_EVALUATIONS}
        return [(name, self.seconds.get(name, 0.0) * often) for name, often in times.items()]

    def table(self) -> str:
        """Returns Markdown: seconds of the whole run, milliseconds a step and share, by part; then torch's operators."""
        config, rows = self.node.config, self.rows()
        total = sum(seconds for _, seconds in rows)
        head = f"{self.node.label}: {config.precision} on {self.node.context.device}, {self.steps} steps measured"
        lines = [
            head,
            "",
            f"| part | s in {config.steps:,} steps, {len(config.evaluate)} evaluations | ms a step | share |",
        ]
        lines.append("|---|---|---|---|")
        for name, seconds in [*rows, ("all", total)]:
            share = f"{100 * seconds / total:.1f} %" if total else "–"
            lines.append(f"| {name} | {seconds:.2f} | {1e3 * seconds / max(config.steps, 1):.3f} | {share} |")
        if self.operators:
            shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in self.operators.items())
            lines += ["", f"torch's costliest operators (self time in one cycle, profiler on): {shares}"]
        return "\n".join(lines) + "\n"


class Clock:
    """Own seconds of nested parts, and a named range for each where torch's profiler listens."""

    def __init__(self, device: torch.device, ranges: bool = False) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._device, self._ranges = device, ranges
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts everything until the block ends, but for the parts inside it."""
        self._turn()
        self._open.append(name)
        try:
            with record_function(name) if self._ranges else nullcontext():
                yield
        finally:
            self._turn()
            self._open.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps `function` so that its time counts as a part."""

        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return wrapped

    def _turn(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Times the parts of every step until the block ends."""
    update = Cycle._update

    def timed(self: Cycle, u: Update, *rest: Any) -> None:
        roles, players = self.run.method.roles, self.run.method.players
        kinds = {roles[role].kind for player in u.terms for role in players[player]}
        with clock.part("critics" if kinds == {"critic"} else "generators"):
            update(self, u, *rest)

    with ExitStack() as stack:
        for owner, name, part in PARTS:
            function = getattr(owner, name)
            stack.callback(setattr, owner, name, function)
            setattr(owner, name, clock.timed(part, function))
        stack.callback(setattr, Cycle, "_update", update)
        setattr(Cycle, "_update", timed)  # noqa: B010  (mypy lets nobody assign to a method)
        yield


def profile(nodes: list[Node], out: Path) -> Iterator[Profile]:
    """Profiles the first run of each arm, in `out`/profile: trace and table. Nothing in the results is read or written but for
    prepared data and extractors; a base's networks are at their initial weights, which cost as much.
    """
    seen: set[tuple[str, ...]] = set()
    for node in nodes:
        arm = (node.config.dataset, node.config.family, node.config.method, node.variant)
        if node.kind == "run" and node.asked and arm not in seen:
            seen.add(arm)
            yield measure(node, out / "profile")


def measure(node: Node, folder: Path) -> Profile:
    """Trains a copy of the node's run for some steps, evaluates it, and writes NAME.json and NAME.md into `folder`."""
    settings(node)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        bare = node.config.model_copy(update={"base": None, "evaluate": ()})
        copy = replace(node, config=bare, context=replace(node.context, out=Path(scratch)))
        run, _ = begin(copy)
        kept = RunFolder(Path(scratch), node.key)
        kept.path.mkdir(parents=True)
        steps, whole, seconds = _steps(run, kept)
        seconds |= _evaluation(copy, run, kept)
        operators, trace = _trace(run, kept, folder / f"{node.config.method}-{node.key}.json")
    made = Profile(node, steps, seconds, whole, operators, trace)
    write_atomic(folder / f"{node.config.method}-{node.key}.md", made.table())
    return made


def _go(run: Training, kept: RunFolder, clock: Clock, steps: int) -> None:
    """Trains on for `steps` steps, history and all."""
    run.config = run.config.model_copy(update={"steps": run.step + steps})
    log = clock.timed("logging", lambda step, row: kept.append_history({"step": step, **row}))
    with watched(clock), clock.part("rest"):
        loop.train(run, loop.Hooks(log))


def _steps(run: Training, kept: RunFolder) -> tuple[int, float, dict[str, float]]:
    """Returns (steps measured, their seconds by the wall clock, seconds by part); no steps where a method trains nothing."""
    cycle = sum(update.steps for update in run.method.cycle())
    if not cycle:
        return 0, 0.0, {}
    round_ = math.lcm(LOG_EVERY, cycle)  # one row of the history each
    _go(run, kept, Clock(run.device), round_)  # warms up
    clock, steps, start = Clock(run.device), 0, time.perf_counter()
    while not steps or time.perf_counter() - start < TARGET_S:
        _go(run, kept, clock, round_)
        steps += round_
    return steps, time.perf_counter() - start, dict(clock.seconds)


def _evaluation(node: Node, run: Training, kept: RunFolder) -> dict[str, float]:
    """Seconds of what is written at an evaluation step, and of the metrics; what all runs share is computed before."""
    clock = Clock(run.device)
    for step, timer in ((0, Clock(run.device)), (1, clock)):
        with timer.part("checkpoint"):
            checkpoint.write(kept.weights(step), run.networks.modules.state_dict(), step=step)
            checkpoint.write(kept.checkpoint, run.tensors())
        with timer.part("metrics"):
            evaluate_run(node.context, node.config, step, kept, lambda phase, done, of: None)
    return dict(clock.seconds)


def _trace(run: Training, kept: RunFolder, path: Path) -> tuple[dict[str, float], Path | None]:
    """Runs one cycle under torch's profiler; returns the costliest operators' shares and writes a Chrome trace."""
    cycle = sum(update.steps for update in run.method.cycle())
    if not cycle:
        return {}, None
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # its messages on standard error mean nothing to a user
    on_gpu = run.device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with torch.profiler.profile(activities=activities) as watching:
        _go(run, kept, Clock(run.device, ranges=True), cycle)
    watching.export_chrome_trace(str(path))
    own = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    named = {each.key.removeprefix("aten::"): getattr(each, own) for each in watching.key_averages()}
    named = {name: spent for name, spent in named.items() if name not in STEPWISE}
    total = sum(named.values()) or 1.0
    return {name: named[name] / total for name in sorted(named, key=lambda k: -named[k])[:OPERATORS]}, path
