"""The training loop, one for all methods: it repeats a method's cycle until the budget is spent.

Everything a method never sees happens here and in cycle.py: batches, noise, modes, gradients, optimisers,
logging, checkpoints. Weights at evaluation steps are kept, so that metrics are a matter of later. Checkpoints
and stops fall on cycle ends.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.training.cycle import Cycle
from benchmarks.training.recording import Recorder, Repeated
from benchmarks.training.state import Training

LOG_EVERY = 20  # steps; a row of the history is the mean since the last one


class Diverged(Exception):
    """A loss left the finite numbers."""

    def __init__(self, step: int, terms: dict[str, float], last: dict[str, float]) -> None:
        bad = ", ".join(sorted(k for k, v in terms.items() if not np.isfinite(v)))
        finite = ", ".join(f"{k} {v:.3g}" for k, v in sorted(last.items())) or "none"
        super().__init__(f"{bad} not finite by step {step}; last finite losses: {finite}")
        self.step = step


def _ignore(*news: object) -> None: ...


@dataclass(frozen=True)
class Hooks:
    """Who hears of a run. log gets (step, mean of every term since the last row); evaluation is called at each evaluation
    step, checkpoint after it and about every `checkpoint_s` seconds, always right after a row of the history; cycle_end
    after every cycle. stop is asked after each row: whether to write a checkpoint and end before the budget is spent.
    """

    log: Callable[[int, dict[str, float]], None] = _ignore
    evaluation: Callable[[int], None] = _ignore
    checkpoint: Callable[[], None] = _ignore
    checkpoint_s: float = 20.0
    cycle_end: Callable[[], None] = _ignore
    stop: Callable[[], bool] = lambda: False


def train(run: Training, hooks: Hooks = Hooks(), recorder: Recorder | None = None) -> None:
    """Trains to the end of the budget, or until `hooks.stop` says so.

    Raises Diverged at the first log point after a loss that is not finite.

    With a recorder the cycles are recorded once and repeated.
    """
    config = run.config
    cycle = Cycle(run, static=recorder is not None)
    run_cycle = Repeated(cycle, recorder)
    saved = time.monotonic()
    if run.step == 0 < config.steps and 0 in config.evaluate:
        hooks.evaluation(0)
    while cycle.updates and run.step < config.steps:
        cycle.prepare()
        run_cycle()
        run.step += cycle.steps
        run.execution = run_cycle.how

        # Cycle end: history, evaluation, checkpoint.
        due = run.step in config.evaluate
        passed = run.step // LOG_EVERY > (run.step - cycle.steps) // LOG_EVERY
        if due or passed or run.step >= config.steps:
            row = cycle.row()
            if not np.isfinite(list(row.values())).all():
                raise Diverged(run.step, row, run.last)
            run.last = row
            hooks.log(run.step, row)
            if due:
                hooks.evaluation(run.step)
            stopped = run.step < config.steps and hooks.stop()
            if due or stopped or time.monotonic() - saved > hooks.checkpoint_s:
                hooks.checkpoint()
                saved = time.monotonic()
            if stopped:
                return
        hooks.cycle_end()
