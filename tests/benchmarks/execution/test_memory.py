"""Freed memory is kept: maps that every step makes anew are not taken from the system each time."""

import subprocess
import sys

import pytest

STEP = """
import resource, sys
import torch
from benchmarks.execution.memory import keep_freed

if sys.argv[1] == "kept":
    keep_freed()
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    before = faults()
    maps = [torch.ones(400_000) for _ in range(8)]
    while maps:
        maps.pop()
print(faults() - before)
"""


def faults(how: str) -> int:
    """Page faults of a step that makes and drops eight maps of 1.6 MB, the last one first."""
    done = subprocess.run([sys.executable, "-c", STEP, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's alone")
def test_a_step_takes_its_memory_once() -> None:
    assert faults("kept") < 100  # as it comes: 3,000 and more where the system gives small pages
