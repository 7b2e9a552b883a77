"""What an attempt takes over from those before it, and what it measures of itself alone."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.execution import memory
from benchmarks.execution.attempt import Attempt
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny


def test_the_newest_losses_are_known_when_a_run_goes_on(tmp_path: Path) -> None:
    plan = tiny.plan(tmp_path, methods=["gan"], metrics=[])
    tiny.go(plan)
    (node,) = plan.runs
    folder = RunFolder(tmp_path, node.key)
    (step, row) = [*folder.history_rows()][-1]
    again = Attempt(node, folder, 0, lambda *news: None, lambda: None)
    assert again.run.step == step == node.config.steps and again.run.last == row


@pytest.mark.skipif(not os.access(memory.PROCESS / "clear_refs", os.W_OK), reason="Linux alone counts anew")
def test_a_new_run_does_not_have_the_peak_of_the_one_before() -> None:
    large = np.ones(50_000_000)  # 381 MB
    peak = memory.peak_mb(cuda=False)
    assert peak is not None and peak > large.nbytes / 2**20
    del large
    memory.count_anew(cuda=False)
    anew = memory.peak_mb(cuda=False)
    assert anew is not None and anew < peak - 300
