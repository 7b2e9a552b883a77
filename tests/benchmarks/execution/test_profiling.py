"""A profile's parts add up to the whole, its trace can be read, and no number and no result is touched by it."""

import json
import time
from pathlib import Path

import pytest
import torch

from benchmarks.execution import profiling
from benchmarks.execution.profiling import PARTS, Clock, profile, watched
from benchmarks.run import main
from benchmarks.storage import checkpoint
from benchmarks.training.cycle import Cycle
from benchmarks.training.loop import train
from tests.benchmarks import tiny
from tests.methods.harness import IMAGES, training

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiling, "TARGET_S", 0.0)


def test_a_part_s_time_is_its_own() -> None:
    clock = Clock(CPU)
    start = time.perf_counter()
    with clock.part("outer"):
        time.sleep(0.02)
        assert clock.timed("inner", lambda: time.sleep(0.05) or "out")() == "out"
        time.sleep(0.02)
    whole = time.perf_counter() - start
    assert clock.seconds["inner"] >= 0.05 and 0.04 <= clock.seconds["outer"] <= whole - 0.05
    assert sum(clock.seconds.values()) == pytest.approx(whole, abs=0.01)
    with pytest.raises(RuntimeError), clock.part("outer"):
        raise RuntimeError
    with clock.part("after"):
        time.sleep(0.01)
    assert clock.seconds["after"] >= 0.01  # the part that failed was closed


@pytest.mark.parametrize("method", ["aegan", "gaia"])
def test_numbers_are_the_same_and_everything_is_put_back(method: str) -> None:
    before = [getattr(owner, name) for owner, name, _ in PARTS] + [Cycle._update]
    plain, other, clock = (*(training(method, "aegan", IMAGES, 8) for _ in range(2)), Clock(CPU))
    train(plain)
    with watched(clock):
        train(other)
    assert checkpoint.digest(plain.tensors()) == checkpoint.digest(other.tensors())
    assert [getattr(owner, name) for owner, name, _ in PARTS] + [Cycle._update] == before
    expected = {"data", "noise", "optimiser", "generators"} | ({"critics"} if method == "aegan" else set())
    assert set(clock.seconds) == expected and min(clock.seconds.values()) > 0


@pytest.mark.slow
def test_parts_add_up_and_the_trace_is_json(tmp_path: Path) -> None:
    made = {found.node.config.method: found for found in profile(tiny.plan(tmp_path).runs, tmp_path)}
    assert set(made) == {"gan", "aegan"}
    for found in made.values():
        assert found.steps == 20
        in_steps = sum(found.seconds.get(name, 0.0) for name in profiling.STEPWISE)
        assert 0.9 * found.whole < in_steps <= found.whole
        rows = dict(found.rows())
        assert list(rows) == [*profiling.STEPWISE, *profiling.AT_EVALUATIONS] and min(rows.values()) > 0
        assert rows["metrics"] == pytest.approx(2 * found.seconds["metrics"])  # evaluated at 4 and 8
        assert rows["noise"] == pytest.approx(found.seconds["noise"] * 8 / 20)
        lines = found.table().splitlines()
        shares = [float(line.split("|")[4].rstrip(" %")) for line in lines if line.endswith("% |")]
        assert shares[-1] == 100 and sum(shares[:-1]) == pytest.approx(100, abs=0.5)
        assert found.trace is not None
        events = json.loads(found.trace.read_text())["traceEvents"]
        named = {event["name"] for event in events if "name" in event}
        assert {"data", "noise", "critics", "generators", "optimiser"} <= named
        assert any(name.startswith("aten::") for name in named)
        assert 0 < sum(found.operators.values()) <= 1
    assert sorted(path.suffix for path in (tmp_path / "profile").iterdir()) == [
        ".json",
        ".json",
        ".md",
        ".md",
    ]


def test_a_method_that_trains_nothing_has_its_metrics(tmp_path: Path) -> None:
    plan = tiny.plan(tmp_path, methods=["creswell"], method__creswell__options__search_steps=2,
                     method__creswell__options__restarts=1)  # fmt: skip
    (found,) = profile(plan.runs, tmp_path)  # its base, which nobody named, is not profiled
    assert found.steps == 0 and found.trace is None and found.seconds["metrics"] > 0
    assert "creswell" in found.table() and "0 steps measured" in found.table()


def test_through_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert (
        main(["--preset", str(tiny.file(tmp_path)), "--out", str(out), "--profile", "--methods", "gan"]) == 0
    )
    said = capsys.readouterr().out
    assert "gan, seed 0: fp32 on cpu" in said and "| optimiser |" in said and str(out / "profile") in said
    assert {path.name for path in out.iterdir()} == {".lock", "profile", "report-files.json"}
