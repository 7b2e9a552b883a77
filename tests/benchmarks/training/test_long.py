"""Long runs and many runs: memory stays flat, and no file or process is left open."""

import gc
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.scheduler import schedule
from benchmarks.planning.plan import Node, Plan, make
from tests.benchmarks import tiny


def held() -> tuple[float, int, int]:
    """Megabytes, open files and child processes of this process."""
    gc.collect()
    me = psutil.Process(os.getpid())
    return me.memory_info().rss / 2**20, me.num_fds(), len(me.children(recursive=True))


def points(out: Path, **changes: Any) -> Plan:
    """A plan on points, whose networks are the smallest."""
    raw = tiny.values(out, dataset="ring8", family="mlp", metrics=[], **changes) | {"data": {}, "arch": {}}
    return make(raw, tiny.context(out, raw), "cpu")


@pytest.mark.slow
def test_ten_thousand_steps_show_flat_memory(tmp_path: Path) -> None:
    made = points(tmp_path, methods=["aegan"], steps=10_000, evaluate=[10_000])
    seen: dict[int, float] = {}

    def watch(node: Node, phase: str, done: int, of: int) -> None:
        if phase == "train" and done % 1000 == 0:
            seen[done] = held()[0]

    outcomes = list(schedule(made.runs, InProcess(), watch))
    assert [outcome.status for outcome in outcomes] == ["ok"], outcomes
    assert len(seen) == 10 and max(seen.values()) - seen[1000] < 10, seen


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_hundred_runs_leak_nothing(tmp_path: Path) -> None:
    """Training, evaluation and panels of 500 runs one after another, in this process."""
    made = points(tmp_path, methods=["gan", "aegan"], seeds=250, steps=4, evaluate=[4])
    assert len(made.runs) == 500
    early: tuple[float, int, int] | None = None
    for number, outcome in enumerate(schedule(made.runs, InProcess(), tiny.quiet), 1):
        assert outcome.status == "ok", outcome
        if number == 100:
            early = held()
    assert early is not None
    memory, files, children = held()
    assert files <= early[1] and children <= early[2] and memory - early[0] < 20, (
        early,
        (memory, files, children),
    )
