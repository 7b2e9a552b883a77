"""Back end `processes`: a process per worker on this machine. A worker that dies is one failed node."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import torch

from benchmarks.execution import devices
from benchmarks.execution.job import perform
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Lost, Progress
from benchmarks.planning.plan import Node


class Processes:
    """Hands each node to an idle worker; workers are started when they are needed and kept."""

    retries = 0

    def __init__(self, workers: int) -> None:
        self.workers = self.slots = workers

    def open(self, nodes: Sequence[Node], progress: Progress) -> None:
        self._progress = progress
        self._places = list(range(self.workers))  # numbers that no running worker has
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, Node] = {}

    def submit(self, node: Node) -> None:
        while self._idle:
            worker = self._idle.pop()
            try:
                worker.pipe.send(node)
            except (BrokenPipeError, ConnectionResetError):  # it died while it had nothing to do
                self._places.append(worker.place)
            else:
                self._busy[worker] = node
                return
        worker = _Worker(self._places.pop(0))
        worker.pipe.send(node)
        self._busy[worker] = node

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        heard: list[Any] = wait([worker.pipe for worker in self._busy])
        ended = []
        for worker in [worker for worker in self._busy if worker.pipe in heard]:
            node = self._busy[worker]
            message = worker.message()
            if isinstance(message, Outcome | Lost):
                del self._busy[worker]
                ended.append((node, message))
                if isinstance(message, Lost):
                    self._places.append(worker.place)
                else:
                    self._idle.append(worker)
            else:
                self._progress(node, *message)
        return ended

    def close(self) -> None:
        workers = [*self._idle, *self._busy]
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()


class _Worker:
    """A process that performs the nodes it is sent, until its pipe closes."""

    def __init__(self, place: int) -> None:
        self.place = place
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(theirs, place), daemon=True)
        self.process.start()
        theirs.close()

    def message(self) -> Any:
        """Returns what the worker says: an event of its node, its outcome, or that it was lost."""
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            code = self.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            return Lost(f"its worker died ({how})")


def _work(pipe: Connection, place: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            node = pipe.recv()
            device = devices.place(node.context.device, place, torch.cuda.device_count())
            node = replace(node, context=replace(node.context, device=device))
            pipe.send(perform(node, lambda *event: pipe.send(event)))
        except (EOFError, BrokenPipeError):
            return


def _end_with_parent() -> None:
    """Ends a worker whose parent was killed: it must not go on writing into a folder that the next command takes over."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
