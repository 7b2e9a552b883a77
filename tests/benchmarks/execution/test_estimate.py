"""How long a plan will take: seconds a step, measured on blank data, in words."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.execution import estimate
from benchmarks.execution.estimate import Estimate, between_rows
from benchmarks.training.flops import probe
from benchmarks.training.loop import LOG_EVERY
from tests.benchmarks import tiny
from tests.methods import harness


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "about 1 s"), (90, "about 90 s"), (100, "about 2 min"), (2 * 3600, "about 120 min"), (2.6 * 3600, "about 3 h")],
)  # fmt: skip
def test_the_words_have_two_figures_or_so(seconds: float, words: str) -> None:
    assert words in str(Estimate(seconds, 700, 10, 2, 0))


def test_a_step_is_timed_between_rows_of_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which wait for a GPU; the first row, after warm-up and recording, starts the clock."""
    monkeypatch.setattr(estimate, "TARGET_S", 0.0)
    run = probe(harness.training("gan", "mlp", harness.POINTS, 1).config, harness.POINTS, "cpu")
    begin = time.monotonic()
    seconds = between_rows(run, None)
    assert run.step == 3 * LOG_EVERY and run.execution == "eager"
    assert 0 < seconds < (time.monotonic() - begin) / LOG_EVERY


def test_runs_that_share_a_gpu_take_as_long_as_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "measure", lambda *about: (10.0, 0.0))
    made = tiny.plan(tmp_path / "out", methods=["gan"], seeds=4, metrics=[], steps=6, evaluate=[6])
    there = tuple(replace(node, context=replace(node.context, device="cuda:0")) for node in made.nodes)
    on_cores, on_one_gpu = (estimate.estimate(plan, 4).seconds for plan in (made, replace(made, nodes=there)))
    assert on_one_gpu - on_cores == pytest.approx(3 * 6 * 10.0)
    all_gpus = tuple(replace(node, context=replace(node.context, device="cuda")) for node in made.nodes)
    monkeypatch.setattr(estimate, "gpus", lambda device: {"cuda": 4}[device])
    assert estimate.estimate(replace(made, nodes=all_gpus), 4).seconds == pytest.approx(on_cores)


def test_networks_too_large_for_this_machine_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def large(*about: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory\nfrom here")

    monkeypatch.setattr(estimate, "probe", large)
    made = tiny.plan(tmp_path, methods=["gan"], metrics=[])
    with pytest.raises(ValueError, match=r"method gan: its networks cannot be built here: .* memory$"):
        estimate.estimate(made, 1)
