"""TensorBoard: DIR/tensorboard/<method>-seed<n>-<run>, scalars of losses and metrics, a grid of samples, the configuration."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from benchmarks.execution.loggers.base import Logger, Point

COLUMNS = 8  # of the grid


class TensorBoard:
    """Event files below one folder; `tensorboard --logdir DIR/tensorboard` shows them."""

    def __init__(self, out: Path) -> None:
        self.folder = out / "tensorboard"
        self.place = str(self.folder)
        self.writers: dict[str, SummaryWriter] = {}

    def holds(self, name: str) -> bool:
        """Whether there are events of that name."""
        return any((self.folder / name).glob("events.*"))

    def open(self, run: str, title: str, known: str | None, config: Mapping[str, Any]) -> tuple[str, bool]:
        """Begins a folder of events, or goes on in the one that is there."""
        safe = "".join(c if c.isalnum() or c in "=._-" else "-" for c in title.replace(", ", "-"))
        name = known or f"{safe}-{run[:8]}"
        there = self.holds(name)
        self.writers[name] = SummaryWriter(str(self.folder / name))
        if not there:
            self.writers[name].add_text("config", f"```json\n{json.dumps(config, indent=1)}\n```")
        return name, there

    def points(self, name: str, points: list[Point]) -> None:
        """Adds scalars."""
        for tag, value, step in points:
            self.writers[name].add_scalar(tag, value, step)

    def image(self, name: str, path: Path, step: int) -> None:
        """Adds a grid of the samples."""
        with np.load(path, allow_pickle=False) as arrays:
            x = arrays["x"]
        if x.ndim == 4:
            rows = len(x) // COLUMNS
            sheet = x[: rows * COLUMNS].reshape(rows, COLUMNS, *x.shape[1:])
            sheet = sheet.transpose(0, 2, 1, 3, 4).reshape(rows * x.shape[1], COLUMNS * x.shape[2], -1)
            self.writers[name].add_image("samples", sheet, step, dataformats="HWC")

    def end(self, name: str, status: str, reason: str) -> None:
        """Says how a run ended, as text."""
        self.writers[name].add_text("status", f"{status} {reason}".strip())
        self.writers.pop(name).close()

    def close(self) -> None:
        """Closes the event files."""
        while self.writers:
            self.writers.popitem()[1].close()


def make(out: Path, title: str) -> Logger:
    """Returns the logger of a results folder."""
    return TensorBoard(out)
