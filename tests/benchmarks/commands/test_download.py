"""--download gets what the plan's data sets need, and nothing else."""

from pathlib import Path

import pytest

from benchmarks.planning.registry import DATASETS
from benchmarks.run import main
from tests.datasets.test_published import write_mnist

FLAGS = [
    "--preset",
    "smoke",
    "--methods",
    "ae",
    "--seeds",
    "1",
    "--metrics",
    "search",
    "--dry-run",
    "--download",
]


def test_files_are_fetched_into_the_cache_and_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mnist = DATASETS.get("mnist")
    monkeypatch.setattr(
        mnist, "fetch", classmethod(lambda cls, root: write_mnist(root / "MNIST" / "raw", n=600))
    )
    flags = [*FLAGS, "--dataset", "mnist", "--cache", str(tmp_path / "c"), "--out", str(tmp_path / "o")]
    assert main(flags) == 0
    assert (tmp_path / "c" / "downloads" / "MNIST" / "raw").is_dir()
    assert main([flag for flag in flags if flag != "--download"]) == 0
    assert f"mnist: getting its files into {tmp_path / 'c' / 'downloads'}" in capsys.readouterr().err


def test_generated_data_need_none_and_a_folder_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*FLAGS, "--out", str(tmp_path / "o")]) == 0
    assert main([*FLAGS, "--dataset", "folder", "--out", str(tmp_path / "p")]) == 2
    assert "folder: there is nothing to download; give --data-root" in capsys.readouterr().err
