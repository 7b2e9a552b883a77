"""What a plan would not do is said before it is done."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.run import main
from tests.benchmarks import tiny


def said(capsys: pytest.CaptureFixture[str], folder: Path, *flags: str) -> list[str]:
    """The notes of a dry run."""
    assert main(["--preset", str(tiny.file(folder)), "--out", str(folder / "out"), "--dry-run", *flags]) == 0
    return [
        line.removeprefix("note: ")
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("note: ")
    ]


def test_flags_without_effect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, tmp_path, "--metrics", "collapse") == []
    flags = [
        "--data-root",
        "/nowhere",
        "--set",
        "method.bigan.optim.lr=1e-3",
        "--executor",
        "inprocess",
        "--workers",
        "2",
    ]
    assert said(capsys, tmp_path, "--metrics", "collapse", *flags) == [
        "--data-root /nowhere does nothing: toonfaces needs no files",
        "--set method.bigan. ... does nothing: bigan is not in this plan",
        "--workers 2 does nothing: --executor inprocess is one worker",
    ]


def test_changes_after_the_last_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """tiny.toml trains for 8 steps; a rate falls after the step named, a weight is switched at it."""
    flags = ["--methods", "aegan", "--metrics", "collapse", "--set"]
    notes = said(capsys, tmp_path, *flags, "optim.decay_at=[4, 8]", "--set", "weights.rec_z='switch:9:0:2'")
    assert notes == [
        "aegan: decay_at = 8 does nothing: the run ends at step 8",
        "aegan: rec_z stays 0 and is not switched to 2 at 9: the run ends at step 8",
    ]
    assert said(capsys, tmp_path, *flags, "weights.rec_z='switch:7:0:2'") == []


def test_more_samples_than_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = said(capsys, tmp_path, "--metrics", "collapse", "--set", "samples=100000")
    assert notes == ["toonfaces: samples = 100,000: there are images for 100"]


def test_metrics_without_a_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of images without labels no FID, unless a network is named; of a method without E no search."""
    rng = np.random.default_rng(0)
    (tmp_path / "faces").mkdir()
    for i in range(300):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(tmp_path / "faces" / f"{i}.png")
    flags = [
        "--dataset",
        "folder",
        "--data-root",
        str(tmp_path / "faces"),
        "--set",
        "data.test_share=0.34",
        "--methods",
        "gan",
    ]
    notes = said(capsys, tmp_path, *flags, "--metrics", "collapse,fid,search,reconstruction")
    unmeasured = [line for line in notes if "no value" in line]
    assert unmeasured == [
        "no value of fid on folder: without labels no classifier is trained to look through (name a network: --extractor random)",
        "no value of search, reconstruction on folder: the method has no encoder",
    ]
    notes = said(capsys, tmp_path, *flags, "--metrics", "collapse,fid", "--extractor", "random")
    assert not [line for line in notes if "no value" in line]
