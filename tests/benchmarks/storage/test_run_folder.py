"""A run's folder: whole files or none, a history that fits its checkpoint, and one holder at a time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.storage.files import read_json, write_atomic, write_json
from benchmarks.storage.run_folder import RunFolder, lock_folder, metric_file

ROWS = [{"step": step, "rec_x": step / 10} for step in (20, 40, 60)]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path, "abc")
    made.path.mkdir(parents=True)
    return made


def rows(folder: RunFolder) -> list[dict[str, float]]:
    return [json.loads(line) for line in folder.history.read_text().splitlines()]


@pytest.mark.parametrize(("tail", "step", "kept"), [
    ("", 60, 3), ("", 40, 2), ("", 0, 0), ("", 1000, 3),
    ('{"step": 80, "rec', 1000, 3), ('{"step": 80', 40, 2), ("{}\n", 1000, 3), ("[1]\n", 1000, 3), ("\x00\x00\x00", 1000, 3),
])  # fmt: skip
def test_history_is_cut_to_the_checkpoint(folder: RunFolder, tail: str, step: int, kept: int) -> None:
    for row in ROWS:
        folder.append_history(row)
    with folder.history.open("a") as file:
        file.write(tail)
    folder.cut_history(step)
    assert rows(folder) == ROWS[:kept]
    folder.append_history({"step": 80, "rec_x": 8.0})
    assert len(rows(folder)) == kept + 1


def test_history_may_not_be_there_yet(folder: RunFolder) -> None:
    folder.cut_history(0)
    assert rows(folder) == []


def test_the_record_is_the_mark(folder: RunFolder) -> None:
    assert folder.record() is None
    folder.finish({"status": "ok"})
    assert folder.record() == {"status": "ok"}
    (folder.path / "record.json").write_text('{"status": ')
    with pytest.raises(ValueError, match=r"record\.json is damaged"):
        folder.record()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "a.json", 3)  # type: ignore[arg-type]
    assert read_json(tmp_path / "a.json") == {"x": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_values_of_another_version_lie_elsewhere(tmp_path: Path) -> None:
    key = {"metric": "fid", "version": 1, "step": 20}
    assert metric_file(tmp_path, key) == metric_file(tmp_path, dict(reversed(key.items())))
    assert metric_file(tmp_path, key) != metric_file(tmp_path, {**key, "version": 2})


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path),
        pytest.raises(ValueError, match=r"in use by process \d+"),
        lock_folder(tmp_path),
    ):
        pass
    with lock_folder(tmp_path):
        pass


def test_a_holder_that_crashes_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from benchmarks.storage.run_folder import lock_folder\n"
        "with lock_folder(Path(sys.argv[1])): print(os.getpid(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        pid = other.stdout.readline().decode().strip()
        with pytest.raises(ValueError, match=f"in use by process {pid}"), lock_folder(tmp_path):
            pass
        other.kill()
        other.communicate()
    with lock_folder(tmp_path):
        pass
