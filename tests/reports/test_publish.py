"""What is committed of a results folder: tables, a grid, configuration and the command, and no place on a disk."""

import json
from pathlib import Path

import pytest

from reports import publish
from reports.__main__ import main
from tests.reports import synthetic


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
