"""Executors: the same bits on all of them, and one worker's or one run's trouble is nobody else's."""

import os
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.execution import executors
from benchmarks.planning.plan import Node, Plan
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny


def test_the_same_bits_here_and_in_two_processes(tmp_path: Path) -> None:
    here, there = (tiny.plan(tmp_path / name, metrics=[]) for name in ("here", "there"))
    assert [node.key for node in here.nodes] == [node.key for node in there.nodes]
    for outcomes in (tiny.go(here), tiny.go(there, executors.processes, workers=2)):
        assert {outcome.status for outcome in outcomes.values()} == {"ok"}, outcomes
    assert tiny.weights(here) == tiny.weights(there)
    assert len(set(tiny.weights(here).values())) == 2


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
    outcomes = {
        outcome.key: outcome
        for outcome in executors.streams(among.nodes, 3, lambda node, *event: turns.append(node.key))
    }
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


def test_a_worker_that_dies_is_one_failed_run(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], seeds=2, metrics=[], steps=80, evaluate=[80])
    victim = next(node for node in made.runs if node.config.seed == 0)
    ended = {}
    killed: list[int] = []

    def progress(node: Node, phase: str, done: int, of: int) -> None:
        if node.key == victim.key and phase == "train" and not killed:
            worker = psutil.Process().children()
            killed.extend(child.pid for child in worker if "spawn_main" in " ".join(child.cmdline()))
            os.kill(killed[0], signal.SIGKILL)

    for outcome in executors.processes(made.nodes, 1, progress):
        ended[outcome.key] = outcome
    assert ended[victim.key].status == "failed" and ended[victim.key].reason == "its worker died (signal 9)"
    assert {outcome.status for key, outcome in ended.items() if key != victim.key} == {"ok"}
    again = tiny.go(made)
    assert again[victim.key].status == "ok" and not again[victim.key].cached
    assert sum(outcome.cached for outcome in again.values()) == 1


def broken(made: Plan, method: str) -> Node:
    """A run of that method made impossible: a folder lies where its configuration belongs."""
    node = next(node for node in made.runs if node.config.method == method)
    (RunFolder(node.context.out, node.key).path / "config.json").mkdir(parents=True)
    return node


@pytest.mark.parametrize("execute", ["inprocess", "processes", "streams"])
def test_a_failing_base_blocks_what_needs_it_and_nothing_else(execute: str, tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["creswell", "ae"], metrics=[])
    base = broken(made, "gan")
    ended = tiny.go(made, executors.EXECUTORS[execute], workers=2)
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


def test_no_worker_outlives_the_plan(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], metrics=[])
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    stream = executors.processes(made.nodes, 2, tiny.quiet)
    next(stream)
    stream.close()
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]
