"""Decoding a large data set says how far it is."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.planning import resolve
from datasets.arrays import Arrays
from datasets.toonfaces import Toonfaces


def test_decoding_shows_progress_where_it_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    tell = resolve.progress("celeba", every=0)
    tell(256, 202599)
    said = capsys.readouterr().err
    assert re.fullmatch(r"celeba: 256 of 202,599 images decoded, about \d+ s left\n", said), said
    resolve.progress("celeba")(256, 202599)
    assert capsys.readouterr().err == ""


def test_the_plan_decodes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = resolve.progress
    monkeypatch.setattr(resolve, "progress", lambda *about: told(*about, every=0))
    resolve.data_spec(Toonfaces(tmp_path, size=8, n_train=20, n_test=10))
    assert "toonfaces: 30 of 30 images decoded" in capsys.readouterr().err


def test_reading_files_shows_progress_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).integers(0, 256, (20, 256, 256, 3), np.uint8))
    told = resolve.progress
    monkeypatch.setattr(resolve, "progress", lambda *about: told(*about, every=0))
    resolve.data_spec(Arrays(tmp_path / "c", tmp_path / "a.npy", size=8))
    assert "arrays: 3 of 3 MB of its files read, about 0 s left\n" in capsys.readouterr().err
