"""What is said before training: how many runs, and that days on a CPU want a GPU."""

from pathlib import Path

import pytest

from benchmarks.commands import announce
from benchmarks.execution.estimate import Estimate
from benchmarks.run import main
from tests.benchmarks import tiny


@pytest.mark.parametrize(("hours", "said"), [(3334, True), (1, False)])
def test_days_on_a_cpu_are_said_with_the_ways_out(
    hours: float,
    said: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(announce, "estimate", lambda *about: Estimate(hours * 3600.0, 700, 1, 1, 0))
    flags = [
        "--preset",
        str(tiny.file(tmp_path)),
        "--methods",
        "gan",
        "--out",
        str(tmp_path / "out"),
        "--device",
        "cpu",
    ]
    assert main([*flags, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "plan: 1 run to train, 0 found; about " in out and ("about 3,334 h" in out) == said
    lines = [line for line in out.splitlines() if line.startswith("no GPU is used")]
    assert len(lines) == said and all("--time-limit" in line and "-mini" in line for line in lines)


def test_the_gpu_tests_without_a_gpu_are_one_line() -> None:
    """In the place of a row of skipped tests that would look like success."""
    import torch

    from tests.conftest import without_gpu

    assert without_gpu("gpu", available=True) is None and without_gpu("not gpu", available=False) is None
    said = without_gpu("gpu", available=False)
    assert (
        said is not None and "no CUDA device here" in said and torch.__version__ in said and "\n" not in said
    )
