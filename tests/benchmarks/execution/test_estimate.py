"""How long a plan will take: seconds a step, measured on blank data, in words."""

import time

import pytest

from benchmarks.execution import estimate
from benchmarks.execution.estimate import Estimate, between_rows
from benchmarks.training.flops import probe
from benchmarks.training.loop import LOG_EVERY
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
