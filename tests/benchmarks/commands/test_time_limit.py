"""--time-limit: a run stops at a checkpoint, the command says what is left, and the same command goes on to equal bits."""

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.commands.flags import duration
from benchmarks.planning.plan import Context
from benchmarks.run import main
from benchmarks.storage.files import read_json
from tests.benchmarks import tiny

pytestmark = pytest.mark.usefixtures("instant_estimate")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("9m", 540), ("1h30m", 5400), ("2h", 7200)])
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "9", "m", "0s", "-3m", "nine", "1m30"])
def test_what_is_no_duration_names_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 9m or 1h30m"):
        duration(text)


def state(out: Path) -> dict[str, tuple[str, str]]:
    records = {path.parent.name: read_json(path) for path in out.glob("runs/*/record.json")}
    return {name: (r["weights_sha256"], r["history_sha256"]) for name, r in records.items()}


def call(folder: Path, out: str, *more: str) -> int:
    preset = str(tiny.file(folder))
    changes = ["--methods", "gan,creswell,ae", "--set", "steps=80", "--set", "evaluate=[40,80]"]
    changes += ["--set", "method.creswell.options.search_steps=2", "--executor", "inprocess"]
    return main(["--preset", preset, "--out", str(folder / out), *changes, *more])


@pytest.mark.slow
def test_it_stops_at_checkpoints_and_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "whole") == 0
    whole = capsys.readouterr().out
    assert "time limit" not in whole

    asked: list[int] = []

    def patience(context: Context) -> bool:
        """Runs out at the third row of a history, and has no patience for what comes after."""
        asked.append(1)
        return len(asked) > 3

    with monkeypatch.context() as patch:
        patch.setattr(Context, "out_of_time", property(patience))
        assert call(tmp_path, "pieces", "--time-limit", "9m") == 3
    said = capsys.readouterr().out
    assert "time limit of 9m: 0 of 3 runs are finished, 3 are left; the same command goes on" in said
    assert "stopped, " in said and " of 80)" in said and "(not begun)" in said
    records = results.records(tmp_path / "pieces")
    assert set(records["status"]) == {"stopped"} and state(tmp_path / "pieces") == {}
    assert len(list(tmp_path.glob("pieces/runs/*/checkpoint.safetensors"))) == 1

    assert call(tmp_path, "pieces", "--time-limit", "9h", "--pack", str(tmp_path / "runs.tar")) == 0
    assert state(tmp_path / "pieces") == state(tmp_path / "whole") and len(state(tmp_path / "whole")) == 3
    assert f"packed: {tmp_path / 'runs.tar'}" in capsys.readouterr().out
    assert "--time-limit" not in results.meta(tmp_path / "pieces")["command"]

    assert call(tmp_path, "elsewhere", "--unpack", str(tmp_path / "runs.tar")) == 0
    assert "0 runs to train, 3 found" in capsys.readouterr().out
    assert state(tmp_path / "elsewhere") == state(tmp_path / "whole")


def test_a_stopped_run_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops at step 60; step 40 is evaluated by then, once, and stands in the tables."""
    tiny.quick(monkeypatch)
    asked: list[int] = []

    def patience(context: Context) -> bool:
        """Runs out after the references, the run's begin, two rows of its history and the evaluation of one step."""
        asked.append(1)
        return len(asked) > 6

    only = ["--methods", "gan", "--metrics", "collapse", "--time-limit", "9m"]
    with monkeypatch.context() as patch:
        patch.setattr(Context, "out_of_time", property(patience))
        assert call(tmp_path, "out", *only) == 3
    frame = results.load(tmp_path / "out")
    own = frame[(frame["method"] == "gan") & frame["value"].notna()]
    assert set(own["step"]) == {40} and set(own["status"]) == {"ok"} and len(own) > 0
    assert results.records(tmp_path / "out")["status"].tolist() == ["stopped"]
    (before,) = tmp_path.glob("out/runs/*/metrics/40-*.json")
    written = before.stat().st_mtime_ns
    assert call(tmp_path, "out", *only) == 0
    frame = results.load(tmp_path / "out")
    assert before.stat().st_mtime_ns == written
    assert set(frame.loc[(frame["method"] == "gan"), "step"]) == {40, 80}


def test_a_wrong_limit_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "out", "--time-limit", "soon") == 2
    assert call(tmp_path, "out", "--pack", str(tmp_path / "no" / "runs.tar")) == 2
    assert call(tmp_path, "out", "--unpack", str(tmp_path / "no.tar")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["error"] * 3 and not list(tmp_path.glob("out/runs"))
