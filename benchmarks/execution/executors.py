"""Executors: nodes in, outcomes out as they finish. One thread a worker, so the same run gives the same bits on all."""

import multiprocessing
import os
import threading
from argparse import Namespace
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, cast

import torch

from benchmarks.execution import devices
from benchmarks.execution.job import Outcome, perform, performing, settings
from benchmarks.planning.plan import Node

Progress = Callable[[Node, str, int, int], None]  # (node, phase, done, of)


def in_process(nodes: Sequence[Node], workers: int, progress: Progress) -> Generator[Outcome, None, None]:
    """One after the other, here."""
    failed: dict[str, str] = {}
    for node in nodes:
        outcome = blocked(node, failed) or perform(node, lambda *event, node=node: progress(node, *event))
        if outcome.status == "failed":
            failed[node.key] = outcome.reason
        yield outcome


def streams(nodes: Sequence[Node], workers: int, progress: Progress) -> Generator[Outcome, None, None]:
    """`workers` nodes side by side here, a cycle of each in turn; on a GPU each on a stream of its own, so that one run's
    kernels fill what another's leave idle.
    """
    queue, places = _Queue(nodes), list(range(workers))
    lanes: list[_Lane] = []
    while queue.waiting or lanes:
        yield from queue.stopped()
        lanes += [_Lane(node, places.pop(0), progress) for node in queue.take(workers - len(lanes))]
        for lane in list(lanes):
            outcome = lane.turn()
            if outcome is not None:
                lanes.remove(lane)
                places.append(lane.place)
                queue.ended(outcome)
                yield outcome


def processes(nodes: Sequence[Node], workers: int, progress: Progress) -> Generator[Outcome, None, None]:
    """`workers` processes; the costliest node that is ready goes first. A worker that dies is one failed node."""
    queue, places = _Queue(nodes), list(range(workers))  # numbers that no living worker has
    idle: list[_Worker] = []
    busy: dict[_Worker, Node] = {}
    try:
        while queue.waiting or busy:
            yield from queue.stopped()
            for node in queue.take(workers - len(busy)):
                worker = idle.pop() if idle else _Worker(places.pop(0))
                worker.pipe.send(node)
                busy[worker] = node
            for worker in _speaking(busy):
                node = busy[worker]
                try:
                    message = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    worker.process.join()
                    places.append(worker.place)
                    message = Outcome(
                        node.key, "failed", f"its worker died ({_death(worker.process.exitcode)})"
                    )
                if not isinstance(message, Outcome):
                    progress(node, *message)
                    continue
                del busy[worker]
                if worker.process.is_alive():
                    idle.append(worker)
                queue.ended(message)
                yield message
    finally:
        for worker in [*idle, *busy]:
            worker.process.terminate()
        for worker in [*idle, *busy]:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()


EXECUTORS = {"inprocess": in_process, "processes": processes, "streams": streams}
Execute = Callable[[Sequence[Node], int, Progress], Generator[Outcome, None, None]]


@contextmanager
def chosen(args: Namespace, device: str, workers: int, runs: int) -> Iterator[tuple[Execute, int]]:
    """The executor that --executor means for so many runs, and how many of them it does at once. Raises ValueError."""
    if args.ray_address and args.executor != "ray":
        raise ValueError(f"--ray-address {args.ray_address}: needs --executor ray")
    if args.ray_address and args.workers:
        raise ValueError(f"--workers {args.workers}: at --ray-address the machines say how many")
    if args.executor == "ray":
        from benchmarks.execution.ray import driver

        with driver.cluster(args.ray_address, workers, device, args.per_device or 1) as made:
            yield made
        return
    auto = "processes" if workers > 1 and runs > 1 else "inprocess"
    yield EXECUTORS[auto if args.executor == "auto" else args.executor], workers


class _Queue:
    """Nodes that wait for what they need: the costliest first."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.waiting = list(nodes)
        self._done, self._failed = set[str](), dict[str, str]()

    def stopped(self) -> Iterator[Outcome]:
        """Outcomes of those that need what failed, and of those that need them."""
        for node in list(self.waiting):
            outcome = blocked(node, self._failed)
            if outcome is not None:
                self.waiting.remove(node)
                self._failed[node.key] = outcome.reason
                yield outcome

    def take(self, many: int) -> list[Node]:
        """At most so many that are ready; they wait no longer."""
        ready = sorted((n for n in self.waiting if self._done.issuperset(n.needs)), key=lambda n: -n.cost)[
            :many
        ]
        self.waiting = [node for node in self.waiting if node not in ready]
        return ready

    def ended(self, outcome: Outcome) -> None:
        self._done.add(outcome.key)
        if outcome.status == "failed":
            self._failed[outcome.key] = outcome.reason


class _Lane:
    """A node whose work is done here, turn by turn."""

    def __init__(self, node: Node, place: int, progress: Progress) -> None:
        device = devices.place(node.context.device, place, torch.cuda.device_count())
        self.node, self.place = replace(node, context=replace(node.context, device=device)), place
        self._turns = performing(self.node, lambda *event: progress(node, *event))
        self._stream = torch.cuda.Stream(device) if device.startswith("cuda") else None

    def turn(self) -> Outcome | None:
        """Go on to the next pause; the outcome where there is none."""
        settings(self.node)
        try:
            with torch.cuda.stream(self._stream):  # None is no stream
                next(self._turns)
        except StopIteration as end:
            return cast(Outcome, end.value)
        return None


class _Worker:
    """A process that performs the nodes it is sent, until its pipe closes."""

    def __init__(self, place: int) -> None:
        self.place = place
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(theirs, place), daemon=True)
        self.process.start()
        theirs.close()


def _work(pipe: Connection, place: int) -> None:
    import signal

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
    """A worker whose parent was killed must not go on writing into a folder that the next command takes over."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _speaking(busy: dict[_Worker, Node]) -> list[_Worker]:
    """The busy workers that have something to say; waits for the first, if there are any."""
    heard: list[Any] = wait([worker.pipe for worker in busy]) if busy else []
    return [worker for worker in busy if worker.pipe in heard]


def blocked(node: Node, failed: dict[str, str]) -> Outcome | None:
    """The outcome of a node that needs a failed one."""
    for key in node.needs:
        if key in failed:
            return Outcome(node.key, "failed", f"what it needs failed: {failed[key]}")
    return None


def _death(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
