"""One attempt at a run's training: from its last checkpoint, or from step 0, to its end, a pause or a stop."""

import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import torch

from benchmarks.evaluation.evaluation import PhaseProgress, evaluate_run
from benchmarks.execution import failure, memory
from benchmarks.execution.outcome import OutOfTime, Paused, Status
from benchmarks.execution.start import recorder, restored
from benchmarks.planning.plan import Node
from benchmarks.storage import checkpoint
from benchmarks.storage.files import write_json
from benchmarks.storage.provenance import joined, made_with
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.loop import Diverged, Hooks, train

Pause = Callable[[], None]


class Attempt:
    """Trains a node's run and keeps what it makes in its folder.

    until: the step at which the run pauses, 0 for none; pause: called after every cycle.
    """

    def __init__(
        self, node: Node, folder: RunFolder, until: int, report: PhaseProgress, pause: Pause
    ) -> None:
        self.node, self.config, self.folder = node, node.config, folder
        self.until, self.report, self.pause = until, report, pause
        write_json(folder.path / "config.json", self.config.model_dump(mode="json"))
        folder.traceback.unlink(missing_ok=True)
        self.run, self.spec, meta = restored(node, folder)
        self.earlier_s = meta.get("wall_s", 0.0)
        self.versions = joined(meta.get("versions", {}), made_with())
        self.base_sha256 = folder.base_sha256(self.config)
        folder.cut_history(self.run.step)
        self.run.last = next((row for _, row in reversed([*folder.history_rows()])), {})
        self.first, self.start, self.evaluating_s = self.run.step, time.monotonic(), 0.0
        self.evaluated: dict[int, list[str]] = {}  # step -> why metrics failed
        memory.count_anew(self.run.device.type == "cuda")

    @property
    def seconds(self) -> float:
        """How long this attempt has trained; evaluation is not training."""
        return time.monotonic() - self.start - self.evaluating_s

    def train(self) -> dict[str, Any]:
        """Trains to the end and returns the record of how it ended. Raises Paused or OutOfTime before it."""
        run, config = self.run, self.config
        try:
            if self.first:
                self._evaluate_reached()
            if config.steps == 0:
                self._on_evaluation(*config.evaluate)
            hooks = Hooks(
                self._on_log, self._on_evaluation, self._on_checkpoint, cycle_end=self.pause, stop=self._stops
            )
            train(run, hooks, recorder(self.node.context, run))
            if 0 < self.until <= run.step:
                raise Paused
            if run.step < config.steps:
                raise OutOfTime(f"at step {run.step:,} of {config.steps:,}")
            record = self._record("ok", "")
        except Diverged as error:
            record = self._record("diverged", str(error))
            again = lambda: restored(self.node, self.folder)[0]  # noqa: E731
            record["reason"] = failure.diverged(error, again, self._no_time)
        self.folder.finish(record)
        return record

    def _record(self, status: Status, reason: str) -> dict[str, Any]:
        run, cuda = self.run, self.run.device.type == "cuda"
        trained, seconds = run.step - self.first, self.seconds
        return {
            "status": status, "reason": reason, "step": run.step, "wall_s": round(self.earlier_s + seconds, 3),
            "steps_per_s": round(trained / max(seconds, 1e-9), 2) if trained else None,
            "peak_memory_mb": memory.peak_mb(cuda),
            "weights_sha256": checkpoint.digest(run.evaluated()),
            "device": torch.cuda.get_device_name() if cuda else platform.processor() or platform.machine(),
            "execution": run.execution, "versions": self.versions,
            **({"base_sha256": self.base_sha256} if self.base_sha256 else {}),
            "spec": asdict(self.spec), "updates": run.counts, "history_sha256": self.folder.history_sha256(),
        }  # fmt: skip

    def _evaluate_reached(self) -> None:
        """Evaluates the steps that are reached, but for the last one: that follows the record."""
        begin, steps = time.monotonic(), self.config.steps
        for step in self.config.evaluate:
            due = step <= self.run.step < steps and step not in self.evaluated
            if due and self.folder.weights(step).exists():
                with suppress(OutOfTime):  # training stops at the next row of its history
                    self.evaluated[step] = evaluate_run(
                        self.node.context, self.config, step, self.folder, self.report
                    )
        self.evaluating_s += time.monotonic() - begin

    def _stops(self) -> bool:
        return self.node.context.out_of_time or 0 < self.until <= self.run.step

    def _no_time(self) -> bool:
        """Whether there is no time to look where a run diverged; asked after every cycle."""
        self.pause()
        return self.node.context.out_of_time

    def _on_log(self, step: int, row: dict[str, float]) -> None:
        self.folder.append_history({"step": step, **row})
        self.report("train", step, self.config.steps)

    def _on_evaluation(self, step: int) -> None:
        checkpoint.write(self.folder.weights(step), self.run.evaluated(), step=step, run=self.node.key)

    def _on_checkpoint(self) -> None:
        run = self.run
        checkpoint.write(
            self.folder.checkpoint, run.tensors(), step=run.step, counts=run.counts, run=self.node.key,
            wall_s=self.earlier_s + self.seconds, versions=self.versions, base_sha256=self.base_sha256,
        )  # fmt: skip
        if run.step in self.config.evaluate:
            self._evaluate_reached()
