"""Back end `streams`: runs side by side in one process, a cycle of each in turn; on a GPU each has a CUDA stream of its
own, so that one run's kernels fill what another's leave idle.

Each run has a thread, and only the thread whose turn it is runs: a run pauses where its training says that a cycle ended.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Generic, TypeVar

import torch

from benchmarks.execution import devices
from benchmarks.execution.job import perform, settings
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Lost, Progress
from benchmarks.planning.plan import Node

T = TypeVar("T")


class Streams:
    """Gives every node that it has taken a turn while it is waited for."""

    retries = 0

    def __init__(self, workers: int) -> None:
        self.workers = self.slots = workers

    def open(self, nodes: Sequence[Node], progress: Progress) -> None:
        self._progress = progress
        self._places = list(range(self.workers))
        self._lanes: list[tuple[Node, int, Lane[Outcome]]] = []

    def submit(self, node: Node) -> None:
        place = self._places.pop(0)
        device = devices.place(node.context.device, place, torch.cuda.device_count())
        placed = replace(node, context=replace(node.context, device=device))

        def work(pause: Callable[[], None]) -> Outcome:
            def turn() -> None:
                pause()
                settings(placed)

            return perform(placed, lambda *event: self._progress(node, *event), turn)

        self._lanes.append((node, place, Lane(work, device)))

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        ended: list[tuple[Node, Outcome | Lost]] = []
        for entry in list(self._lanes):
            node, place, lane = entry
            if lane.turn():
                self._lanes.remove(entry)
                self._places.append(place)
                ended.append((node, lane.result()))
        return ended

    def close(self) -> None:
        for _, _, lane in self._lanes:
            lane.abandon()


class _Abandoned(BaseException):
    """Unwinds a lane's work; no `except Exception` on the way keeps it."""


class Lane(Generic[T]):
    """Work that is done turn by turn: `work` is given a function that ends its turn."""

    def __init__(self, work: Callable[[Callable[[], None]], T], device: str) -> None:
        self._work, self._abandoned, self._ended = work, False, False
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._stream = torch.cuda.Stream(device) if device.startswith("cuda") else None
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def turn(self) -> bool:
        """Lets the work go on to its next pause; returns whether it has ended."""
        self._mine.release()
        self._theirs.acquire()
        return self._ended

    def result(self) -> T:
        """Returns what the work returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result[0]

    def abandon(self) -> None:
        """Ends the work at its next pause, and waits for that."""
        self._abandoned = True
        self._mine.release()
        self._thread.join()

    def _pause(self) -> None:
        self._theirs.release()
        self._mine.acquire()
        if self._abandoned:
            raise _Abandoned

    def _run(self) -> None:
        self._mine.acquire()
        stream: AbstractContextManager[Any] = (
            torch.cuda.stream(self._stream) if self._stream else nullcontext()
        )
        try:
            if not self._abandoned:
                with stream:
                    self._result.append(self._work(self._pause))
        except BaseException as error:
            self._error = error
        self._ended = True
        self._theirs.release()
