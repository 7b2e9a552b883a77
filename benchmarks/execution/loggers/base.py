"""What a logger is, and the ones there are: each copies what a results folder holds to a tool that people watch runs with."""

import importlib.util
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.planning.registry import unknown

Point = tuple[str, float, int]  # (name, value, step)
LOGGERS = {"tensorboard": "tensorboard", "mlflow": "mlflow"}  # a module here -> the package that it needs


class Logger(Protocol):
    """One destination. A run has a name there, which it keeps when the same command goes on."""

    place: str  # for people, and for what is remembered of it

    def holds(self, name: str) -> bool:
        """Whether a run of that name is there."""

    def open(self, run: str, title: str, known: str | None, config: Mapping[str, Any]) -> tuple[str, bool]:
        """Begins a run or goes on with the one `known` there; returns its name there, and whether it was there already."""

    def points(self, name: str, points: list[Point]) -> None:
        """Adds numbers of a run, at most one of each name and step."""

    def image(self, name: str, path: Path, step: int) -> None:
        """Adds the picture of samples that lies in `path`, an npz file with x [n, H, W, C]."""

    def end(self, name: str, status: str, reason: str) -> None:
        """Says how a run ended."""

    def close(self) -> None:
        """Writes what is left."""


def named(text: str) -> list[str]:
    """Reads `tensorboard,mlflow`. Raises ValueError for an unknown one, or one whose package is not installed."""
    made = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not made:
        raise ValueError(f"--log {text!r}: give names, comma-separated: {', '.join(LOGGERS)}")
    for name in made:
        if name not in LOGGERS:
            raise unknown("logger", name, LOGGERS)
        if importlib.util.find_spec(LOGGERS[name]) is None:
            raise ValueError(f"--log {name}: it is not installed: pip install -e '.[{name}]'")
    return made


def make(name: str, out: Path, title: str) -> Logger:
    """Returns a logger of a results folder; title: of the experiment. Raises ValueError where it cannot be reached."""
    build: Callable[[Path, str], Logger] = import_module(f"benchmarks.execution.loggers.{name}").make
    return build(out, title)


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Returns nested values by dotted path."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{before}{key}"
        made |= flat(value, f"{name}.") if isinstance(value, dict) and value else {name: value}
    return made
