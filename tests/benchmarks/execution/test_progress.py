"""Decoding a large data set says how far it is."""

from pathlib import Path

import pytest

from benchmarks.planning import resolve
from datasets.toonfaces import Toonfaces


def test_decoding_shows_progress_where_it_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    tell = resolve.progress("celeba", every=0)
    tell(256, 202599)
    assert capsys.readouterr().err == "celeba: 256 of 202,599 images decoded\n"
    resolve.progress("celeba")(256, 202599)
    assert capsys.readouterr().err == ""


def test_the_plan_decodes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = resolve.progress
    monkeypatch.setattr(resolve, "progress", lambda name: told(name, 0))
    resolve.data_spec(Toonfaces(tmp_path, size=8, n_train=20, n_test=10))
    assert "toonfaces: 30 of 30 images decoded" in capsys.readouterr().err
