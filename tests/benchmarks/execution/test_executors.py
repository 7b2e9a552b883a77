"""Executors: the same bits on all of them, and one worker's or one run's trouble is nobody else's."""

import os
import signal
import threading
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import time
from typing import Any

import psutil
import pytest

from benchmarks.execution.backends import BACKENDS
from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.processes import Processes
from benchmarks.execution.scheduler import Lost, schedule
from benchmarks.execution.streams import Lane, Streams
from benchmarks.planning.plan import Node, Plan
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny


def test_the_same_bits_here_and_in_two_processes(tmp_path: Path) -> None:
    here, there = (tiny.plan(tmp_path / name, metrics=[]) for name in ("here", "there"))
    assert [node.key for node in here.nodes] == [node.key for node in there.nodes]
    for outcomes in (tiny.go(here), tiny.go(there, Processes(2))):
        assert {outcome.status for outcome in outcomes.values()} == {"ok"}, outcomes
    assert tiny.weights(here) == tiny.weights(there)
    assert len(set(tiny.weights(here).values())) == 2


@pytest.mark.slow
def test_the_same_bits_side_by_side_in_one_process(tmp_path: Path) -> None:
    """Every run has its turns between those of others."""
    changes: dict[str, Any] = {
        "methods": ["gan", "ae"],
        "seeds": 2,
        "metrics": [],
        "steps": 80,
        "evaluate": [80],
    }
    alone, among = (tiny.plan(tmp_path / name, **changes) for name in ("alone", "among"))
    tiny.go(alone)
    turns: list[str] = []
    outcomes = tiny.go(among, Streams(3), lambda node, *event: turns.append(node.key))
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}, outcomes
    assert tiny.weights(alone) == tiny.weights(among) and len(tiny.weights(alone)) == 4
    trained = [key for key in turns if key in {node.key for node in among.runs}]
    assert sum(a != b for a, b in pairwise(trained)) > 6, "one run after the other"


def test_no_run_depends_on_its_neighbours(tmp_path: Path) -> None:
    alone = tiny.plan(tmp_path / "alone", methods=["aegan"], seeds=[1], metrics=[])
    among = tiny.plan(tmp_path / "among", methods=["gan", "aegan"], seeds=2, metrics=[])
    tiny.go(alone)
    tiny.go(among)
    assert tiny.weights(alone).items() <= tiny.weights(among).items()
    assert len(set(tiny.weights(among).values())) == 4


@pytest.mark.slow
def test_a_worker_that_dies_is_one_failed_run(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], seeds=2, metrics=[], steps=80, evaluate=[80])
    victim = next(node for node in made.runs if node.config.seed == 0)
    killed: list[int] = []

    def progress(node: Node, phase: str, done: int, of: int) -> None:
        if node.key == victim.key and phase == "train" and not killed:
            worker = psutil.Process().children()
            killed.extend(child.pid for child in worker if "spawn_main" in " ".join(child.cmdline()))
            os.kill(killed[0], signal.SIGKILL)

    ended = tiny.go(made, Processes(1), progress)
    assert ended[victim.key].status == "failed" and ended[victim.key].reason == "its worker died (signal 9)"
    assert {outcome.status for key, outcome in ended.items() if key != victim.key} == {"ok"}
    again = tiny.go(made)
    assert again[victim.key].status == "ok" and not again[victim.key].cached
    assert sum(outcome.cached for outcome in again.values()) == 1


@pytest.mark.slow
def test_a_worker_that_dies_idle_is_replaced(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["ae"], seeds=2, metrics=[])
    backend, killed, ended = Processes(1), list[int](), list[Outcome]()
    for outcome in schedule(made.nodes, backend, tiny.quiet):
        ended.append(outcome)
        if backend._idle and not killed:
            (worker,) = backend._idle
            killed.append(worker.process.pid or 0)
            os.kill(killed[0], signal.SIGKILL)
            worker.process.join()
    assert killed and {outcome.status for outcome in ended} == {"ok"} and len(ended) == len(made.nodes)


def broken(made: Plan, method: str) -> Node:
    """A run of that method made impossible: a folder lies where its configuration belongs."""
    node = next(node for node in made.runs if node.config.method == method)
    (RunFolder(node.context.out, node.key).path / "config.json").mkdir(parents=True)
    return node


@pytest.mark.parametrize(
    "execute", ["inprocess", *(pytest.param(how, marks=pytest.mark.slow) for how in ("processes", "streams"))]
)
def test_a_failing_base_blocks_what_needs_it_and_nothing_else(execute: str, tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["creswell", "ae"], metrics=[])
    base = broken(made, "gan")
    with BACKENDS[execute](Namespace(), "cpu", 2) as backend:
        ended = tiny.go(made, backend)
    by_method = {node.config.method: ended[node.key] for node in made.runs}
    assert {name: outcome.status for name, outcome in by_method.items()} == {
        "gan": "failed",
        "creswell": "failed",
        "ae": "ok",
    }
    assert by_method["creswell"].reason == f"what it needs failed: {by_method['gan'].reason}"
    assert "config.json" in by_method["gan"].reason or "Is a directory" in by_method["gan"].reason
    assert ended.keys() == {node.key for node in made.nodes}
    (RunFolder(base.context.out, base.key).path / "config.json").rmdir()
    assert {outcome.status for outcome in tiny.go(made).values()} == {"ok"}, "failed runs are tried again"


def test_a_base_that_diverged_is_the_reason_for_what_needs_it(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["creswell"], metrics=[], optim__kind="adam", optim__lr=1e30)
    for ended in (tiny.go(made), tiny.go(made)):  # found again, it is one too
        base, search = (ended[node.key] for node in made.runs)
        assert (base.status, search.status) == ("diverged", "failed")
        assert search.reason == f"what it needs diverged: {base.reason}"


@pytest.mark.slow
def test_no_worker_outlives_the_plan(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], metrics=[])
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    stream = schedule(made.nodes, Processes(2), tiny.quiet)
    next(stream)
    stream.close()
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]


class Unlucky(InProcess):
    """Loses the worker of each run so many times before the work is done."""

    def __init__(self, losses: int, retries: int) -> None:
        self.losses, self.retries = losses, retries  # type: ignore[misc]
        self.begun: list[str] = []

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        node = self._submitted[0]
        self.begun.append(node.key)
        if node.kind == "run" and self.begun.count(node.key) <= self.losses:
            return [(self._submitted.pop(0), Lost("its machine is gone"))]
        return super().wait()


def test_a_node_whose_worker_was_lost_is_submitted_again(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], metrics=[])
    backend = Unlucky(losses=2, retries=2)
    assert {outcome.status for outcome in tiny.go(made, backend).values()} == {"ok"}
    assert backend.begun.count(made.runs[0].key) == 3
    given_up = tiny.go(
        tiny.plan(tmp_path, force=True, methods=["gan"], metrics=[]), Unlucky(losses=3, retries=2)
    )
    assert given_up[made.runs[0].key].status == "failed"
    assert given_up[made.runs[0].key].reason == "its machine is gone"


def test_the_costliest_run_that_is_ready_goes_first(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["ae", "creswell", "aegan"], metrics=[])
    order = [key for key in tiny.go(made) if key in {node.key for node in made.runs}]
    costs = {node.key: node.cost for node in made.runs}
    needs = {node.key: set(node.needs) for node in made.runs}
    for earlier, later in pairwise(order):
        assert costs[earlier] >= costs[later] or earlier in needs[later]


def test_under_a_time_limit_seeds_are_completed_one_after_the_other(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["ae", "aegan"], seeds=[3, 1], metrics=["reconstruction"])
    late = replace(
        made, nodes=tuple(replace(n, context=replace(n.context, deadline=time() + 600)) for n in made.nodes)
    )
    nodes = {node.key: node for node in made.nodes}
    kinds = [(nodes[key].kind, nodes[key].config.method, nodes[key].config.seed) for key in tiny.go(late)]
    assert [kind for kind, _, _ in kinds] == ["prepare", "references", *["run"] * 4]
    assert kinds[2:] == [("run", method, seed) for seed in (1, 3) for method in ("aegan", "ae")]


def test_a_lane_does_its_work_turn_by_turn_and_can_be_abandoned() -> None:
    said: list[int] = []

    def count(pause: Callable[[], None]) -> str:
        for number in range(3):
            said.append(number)
            pause()
        return "counted"

    lane = Lane(count, "cpu")
    assert said == [] and not lane.turn() and said == [0]
    assert not lane.turn() and not lane.turn() and said == [0, 1, 2]
    assert lane.turn() and lane.result() == "counted"

    before = threading.active_count()
    left = Lane(count, "cpu")
    left.turn()
    left.abandon()
    assert threading.active_count() == before and said == [0, 1, 2, 0]

    def trouble(pause: Callable[[], None]) -> str:
        raise OSError("no luck")

    failed = Lane(trouble, "cpu")
    assert failed.turn()
    with pytest.raises(OSError, match="no luck"):
        failed.result()
