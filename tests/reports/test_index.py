"""The index of what is published, and `benchmarks.verify` on it: what was edited is found and named."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks import verify
from reports import index
from reports.__main__ import main as reports_main
from reports.publish import FOLDER
from reports.refresh import stores

KNOWN = index.read_index(FOLDER / index.NAME)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """One published store and an index of it alone."""
    shutil.copytree(FOLDER / "quick", tmp_path / "published" / "quick")
    (tmp_path / "published" / index.NAME).write_text(json.dumps({"quick": KNOWN["quick"]}))
    return tmp_path / "published"


def test_every_published_store_is_in_the_index() -> None:
    """Otherwise: python -m reports --refresh"""
    assert list(KNOWN) == [folder.name for folder in stores()]
    for folder in stores():
        assert index.entry(folder) == KNOWN[folder.name], folder.name


def test_what_an_entry_says() -> None:
    quick = KNOWN["quick"]
    assert quick["command"].startswith("python -m benchmarks.run --preset quick --seeds 100,101,102,")
    assert quick["seeds"] == list(range(100, 120)) and quick["runs"] == 40
    assert 0 < quick["hours"] < 1 and quick["gpus"] == [] and quick["revision"] == "91deed9"
    assert KNOWN["bigan2016-mnist-h200"]["gpus"] == ["NVIDIA H200"]
    assert KNOWN["bigan-norms"]["data"][0]["data"].startswith("mnist-")


def test_sound_results_are_a_line(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(published)]) == 0
    assert capsys.readouterr().out == f"quick: {len(KNOWN['quick']['files'])} files, all as it should be\n"
    assert verify.main([str(published / "quick")]) == 0


def test_a_report_is_not_rendered_into_published_results(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reports_main([str(published / "quick")]) == 2
    assert "holds published results, which no command changes" in capsys.readouterr().err
    assert verify.main([str(published)]) == 0


def test_an_edited_page_is_found(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = published / "quick" / "README.md"
    path.write_text(path.read_text().replace("AEGAN", "GAN", 1))
    assert verify.main([str(published)]) == 1
    said = capsys.readouterr().out
    assert f"differs: {path}: its SHA-256 is not the one in INDEX.json\n" in said
    assert f"differs: {path}: is not what the stored values give\n" in said and "quick: 2 findings" in said


def test_an_edited_page_is_found_when_the_index_was_edited_too(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = published / "quick" / "README.md"
    path.write_text(path.read_text().replace("AEGAN", "GAN", 1))
    made = json.loads((published / index.NAME).read_text())
    made["quick"]["files"]["README.md"] = index.sha256_of(path)
    (published / index.NAME).write_text(json.dumps(made))
    assert verify.main([str(published / "quick")]) == 1
    assert capsys.readouterr().out == (
        f"quick: 1 finding\ndiffers: {path}: is not what the stored values give\n"
    )


def test_lost_added_and_renamed(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = published / "quick"
    (quick / "README.md").unlink()
    (quick / "new.csv").write_text("a\n")
    (quick / "command.txt").write_text("python -m benchmarks.run\n")
    shutil.copytree(FOLDER / "bigan-norms", published / "other")
    assert verify.main([str(published)]) == 1
    said = capsys.readouterr().out
    for line in (
        f"{quick / 'README.md'}: is missing",
        f"{quick / 'new.csv'}: is not in INDEX.json",
        f"{quick / 'command.txt'}: its SHA-256 is not",
        "INDEX.json says command 'python -m benchmarks.run --preset quick",
        f"{published / 'other'}: is not in",
    ):
        assert f"differs: {line}" in said or line in said, line


def test_values_that_cannot_be_read_and_a_damaged_index(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (published / "quick" / "results.parquet").write_bytes(b"no table")
    assert verify.main([str(published)]) == 1
    assert "results.parquet is damaged" in capsys.readouterr().out
    (published / index.NAME).write_text("{")
    assert verify.main([str(published)]) == 2
    assert "INDEX.json is damaged" in capsys.readouterr().err
