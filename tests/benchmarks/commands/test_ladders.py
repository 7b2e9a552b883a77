"""A search by ladders through the command line: what it writes is a preset, and the same command trains nothing again."""

import csv
import tomllib
from pathlib import Path

import pytest

from benchmarks import tune
from benchmarks.commands import ladders
from benchmarks.planning.ladder import Candidate
from tests.benchmarks import tiny


def test_a_paper_s_setting_is_its_optimiser_options_and_weights(tmp_path: Path) -> None:
    """Batch and prior stay the preset's; every rate is multiplied."""
    values = tiny.values(tmp_path, methods=["bigan"])
    made = ladders.changes(values, Candidate("bigan", "paper", 1))
    assert made["method.bigan.optim.lr"] == made["method.bigan.optim.critic_lr"] == pytest.approx(5e-4)
    assert made["method.bigan.optim.weight_decay"] == 5e-5
    assert made["method.bigan.options.critic_updates"] == "simultaneous"
    assert not any("batch" in key or "prior" in key or key == "settings" for key in made)


@pytest.mark.parametrize(("name", "differs"), [("bigan", True), ("inverse", False), ("gan", False)])
def test_a_paper_s_setting_is_a_candidate_where_it_differs(name: str, differs: bool, tmp_path: Path) -> None:
    """The inverse generator's rate of 2e-4 and beta1 of 0.5 are the common ones; it has no critic."""
    assert ladders.paper_differs(tiny.values(tmp_path, methods=[name]), name) == differs


def test_flags_of_the_other_search_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--preset", str(tiny.file(tmp_path)), "--search", "ladder", "--out", str(tmp_path / "out")]
    assert tune.main([*command, "--at-once", "2"]) == 2
    assert "--at-once: --search ladder does not take it" in capsys.readouterr().err


@pytest.mark.slow
def test_the_search_and_its_preset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preset = tiny.file(tmp_path, tiny.TOML.replace("n_train = 200", "n_train = 500"))
    command = [
        "--preset", str(preset), "--methods", "gan,inverse", "--search", "ladder", "--trial-seeds", "2", "--budget", "5",
        "--metrics", "fid,reconstruction", "--out", str(tmp_path / "out"), "--workers", "1", "--cache", str(tmp_path / "cache"),
    ]  # fmt: skip
    assert tune.main(command) == 0
    rows = list(csv.DictReader((tmp_path / "out" / ladders.TABLE).read_text().splitlines()))
    assert {row["method"] for row in rows} == {"gan", "inverse"}
    assert all(sum(row["method"] == name for row in rows) <= 5 for name in ("gan", "inverse"))
    assert {row["best rate inside"] for row in rows if row["chosen"] == "yes"} <= {"yes", "no"}
    made = tomllib.loads((tmp_path / "out" / ladders.CHOSEN).read_text())
    assert made["extends"] == str(preset) and made["method"]["gan"]["optim"]["lr"] > 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").glob("*/checkpoint*")}
    assert tune.main(command) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
