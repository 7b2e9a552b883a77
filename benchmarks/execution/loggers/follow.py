"""Copies a results folder to loggers while a plan runs: histories as they grow, values, samples and the end of each run.

The folder is what counts: workers know nothing of loggers, a logger that fails costs its own copy and no run, and what was
copied before is remembered in DIR/logged.json, so that a command that goes on adds what is new.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.execution.loggers.base import Logger, Point
from benchmarks.execution.outcome import Outcome
from benchmarks.planning.plan import Node
from benchmarks.storage import stale
from benchmarks.storage.files import read_json, write_json
from benchmarks.storage.run_folder import RunFolder

FILE = "logged.json"
EVERY = 5.0  # seconds between two looks at one history


class Follower:
    """Hears of nodes as the display does."""

    def __init__(self, out: Path, loggers: list[Logger]) -> None:
        self.out, self.loggers = out, loggers
        path = out / FILE
        self.memory: dict[str, dict[str, Any]] = read_json(path) if loggers and path.exists() else {}
        self.names: dict[tuple[str, str], str] = {}  # (place, run) -> its name there
        self.looked: dict[str, float] = {}

    def progress(self, node: Node, phase: str, done: int, of: int) -> None:
        """Takes a worker's event of its node."""
        now = time.monotonic()
        if self.loggers and node.kind == "run" and now - self.looked.get(node.key, 0.0) >= EVERY:
            self.looked[node.key] = now
            self._each(node, self._copy)

    def ended(self, node: Node, outcome: Outcome) -> None:
        """Takes the end of a node; what was found finished and is copied already is left alone."""
        if self.loggers and node.kind == "run":
            self._each(node, lambda logger, node: self._end(logger, node, outcome))
            write_json(self.out / FILE, self.memory)

    def close(self) -> None:
        """Writes what is left, after an interruption too."""
        for logger in list(self.loggers):
            self._guarded(logger, logger.close)
        if self.memory:
            write_json(self.out / FILE, self.memory)

    def _each(self, node: Node, act: Any) -> None:
        for logger in list(self.loggers):
            self._guarded(logger, lambda logger=logger: act(logger, node))  # type: ignore[misc]

    def _guarded(self, logger: Logger, act: Callable[[], None]) -> None:
        """Lets a logger act; one that fails is warned of and left out from then on."""
        try:
            act()
        except Exception as error:
            said = (str(error).splitlines() or [""])[0]
            print(
                f"warning: {logger.place} takes no more logs ({type(error).__name__}: {said}); the runs go on",
                file=sys.stderr,
            )
            self.loggers.remove(logger)

    def _state(self, logger: Logger, node: Node) -> dict[str, Any]:
        """What is remembered of a run at a place; the run is opened there."""
        runs = self.memory.setdefault(logger.place, {})
        old = runs.get(node.key, {})
        if (logger.place, node.key) not in self.names:
            config = node.config.model_dump(mode="json")
            name, there = logger.open(node.key, node.label, old.get("name"), config)
            self.names[logger.place, node.key] = name
            runs[node.key] = (
                {**old, "name": name} if there and old else {"name": name, "step": -1, "values": []}
            )
        state: dict[str, Any] = runs[node.key]
        return state

    def _copy(self, logger: Logger, node: Node) -> None:
        """The rows of the history and the values that are new; what the logger took is remembered."""
        state, folder = self._state(logger, node), RunFolder(self.out, node.key)
        points: list[Point] = []
        newest, seals = state["step"], []
        for step, row in folder.history_rows():
            if step > state["step"]:
                points += [(f"loss/{name}", value, step) for name, value in row.items()]
                newest = step
        for key, rows in stale.values(folder.path):
            seal = f"{key['metric']} {key['version']} {key['extractor']} {key['n']} {key['step']}"
            if seal not in state["values"]:
                seals.append(seal)
                values = rows[0]["values"] if rows else {}
                place = "-".join(filter(None, [key["metric"], key["extractor"]]))
                points += [(f"{place}/{name}", value, key["step"]) for name, value in values.items()]
        logger.points(state["name"], points)
        state["step"] = newest
        state["values"] += seals
        for path in sorted(folder.panels.glob("samples-*.npz")):
            if path.name not in state["values"]:
                logger.image(state["name"], path, int(path.stem.rpartition("-")[2]))
                state["values"].append(path.name)

    def _end(self, logger: Logger, node: Node, outcome: Outcome) -> None:
        done = self.memory.get(logger.place, {}).get(node.key, {})
        copied = done.get("status") == outcome.status and not self._new(node, done)
        if outcome.cached and copied and logger.holds(done["name"]):
            return
        self._copy(logger, node)
        state = self._state(logger, node)
        logger.end(state["name"], outcome.status, outcome.reason)
        state["status"] = outcome.status
        del self.names[logger.place, node.key]

    def _new(self, node: Node, done: dict[str, Any]) -> bool:
        """Whether a finished run has more values than were copied."""
        folder = RunFolder(self.out, node.key)
        files = [*folder.path.glob("metrics/*.json"), *folder.panels.glob("samples-*.npz")]
        return len(files) > len(done.get("values", []))
