"""What is committed of a results folder: tables, a grid, configuration and the command, and no place on a disk."""

import json
from pathlib import Path

import pytest

from reports import publish
from reports.__main__ import main
from tests.reports import synthetic


@pytest.mark.slow
def test_a_folder_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path / "published")
    store = tmp_path / "store"
    synthetic.write(store)
    meta = json.loads((store / "meta.json").read_text())
    meta["command"] = "python -m benchmarks.run --seeds 3 --steps 8"
    (store / "meta.json").write_text(json.dumps(meta))
    assert main([str(store), "--publish", "mine"]) == 0
    made = tmp_path / "published" / "mine"
    assert (made / "command.txt").read_text() == "python -m benchmarks.run --seeds 3 --steps 8\n"
    assert {"collapse.md", "collapse.csv", "samples.png", "config.json", "reading.md"} <= {
        p.name for p in made.iterdir()
    }


def test_a_name_cannot_leave_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    synthetic.write(store)
    assert main([str(store), "--publish", "../x"]) == 2
    assert "letters, digits" in capsys.readouterr().err


def test_what_is_published_is_not_replaced_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path / "published")
    synthetic.write(tmp_path / "published" / "mine")
    before = sorted((tmp_path / "published").rglob("*"))
    assert main([str(tmp_path / "published" / "mine"), "--publish", "mine"]) == 2
    assert "is what it would replace" in capsys.readouterr().err
    assert sorted((tmp_path / "published").rglob("*")) == before


def test_a_publication_that_fails_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "reading.md").write_text("earlier")
    with pytest.raises(FileNotFoundError):
        publish.publish(tmp_path / "nothing", "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "reading.md").read_text() == "earlier"
