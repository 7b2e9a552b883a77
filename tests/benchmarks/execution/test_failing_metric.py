"""A metric that fails costs its own cells and nothing else; samples that are all equal are refused before anything is trained."""

import dataclasses
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks import results
from benchmarks.metrics.base import Metric, Value
from benchmarks.planning.registry import METRICS
from benchmarks.planning.sizes import require_variety
from benchmarks.run import main
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Snapshot
from tests.benchmarks import tiny


@pytest.fixture(autouse=True)
def instant_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.quick(monkeypatch)


def metric(compute) -> Metric:  # type: ignore[no-untyped-def]
    return Metric("mine", "Mine", frozenset({"images"}), {"v": Value("V", "lower")}, compute)


def call(folder: Path, *more: str) -> int:
    preset = str(tiny.file(folder))
    return main(
        [
            "--preset",
            preset,
            "--methods",
            "ae",
            "--metrics",
            "mine,reconstruction",
            "--out",
            str(folder / "out"),
            *more,
        ]
    )


def test_the_run_and_the_other_metrics_are_kept_and_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    METRICS.names()
    monkeypatch.setitem(METRICS._items, "mine", metric(lambda s: {"v": math.inf}))  # type: ignore[arg-type]
    assert call(tmp_path) == 1
    said = capsys.readouterr().out
    assert "[1/1] ae, seed 0: incomplete" in said and "mine: ValueError: v is infinite" in said
    table, records = results.load(tmp_path / "out"), results.records(tmp_path / "out")
    assert list(records["status"]) == ["ok"], "a trained run is not lost"
    own = table[table["kind"] == "method"]
    assert own.loc[own["metric"] == "reconstruction.l1", "value"].notna().all()
    bad = own[own["metric"] == "mine.v"]
    assert set(bad["status"]) == {"failed"} and bad["value"].isna().all()
    assert "infinite" in set(bad["reason"]).pop()

    monkeypatch.setitem(METRICS._items, "mine", metric(lambda s: {"v": 3.0}))  # type: ignore[arg-type]
    assert call(tmp_path) == 0
    assert "0 runs to train, 1 found" in capsys.readouterr().out
    table = results.load(tmp_path / "out")
    assert set(table.loc[table["metric"] == "mine.v", "value"]) == {3.0}


def test_a_failing_reference_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compute(s: Snapshot) -> dict[str, float]:
        return {"v": 3.0 if isinstance(s.model, TrainedModel) else math.inf}

    METRICS.names()
    made = dataclasses.replace(metric(compute), references=("real",))
    monkeypatch.setitem(METRICS._items, "mine", made)  # type: ignore[arg-type]
    assert call(tmp_path) == 1
    said = capsys.readouterr().out
    assert "ae, seed 0: ok" in said and "real: mine: ValueError: v is infinite" in said


def test_equal_images_are_one_line_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "black").mkdir()
    for i in range(300):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "black" / f"{i:03d}.png")
    assert main(["--preset", str(tiny.file(tmp_path)), "--dataset", "folder", "--data-root", str(tmp_path / "black"),
                 "--set", "data.size=8", "--out", str(tmp_path / "out")]) == 2  # fmt: skip
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "300 images, copies" in line and not list(tmp_path.glob("out/runs"))


def test_equal_samples_are_refused_however_many_there_are() -> None:
    def dataset(x: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(name="mine", split=lambda name: SimpleNamespace(x=x))

    with pytest.raises(ValueError, match="mine: all 3,000 training samples are equal"):
        require_variety(dataset(np.full((3000, 8, 8, 3), 7, np.uint8)))
    late = np.zeros((3000, 2), np.float32)
    late[-1] = 1
    require_variety(dataset(late))
