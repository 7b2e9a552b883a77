"""A packed results folder goes on elsewhere; an archive that was touched writes nothing."""

import json
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from benchmarks.planning import plan
from benchmarks.storage import archive
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(the results folder, its archive) of one finished GAN."""
    out = tmp_path_factory.mktemp("packed") / "out"
    made = tiny.plan(out, methods=["gan"], metrics=[])
    tiny.go(made)
    (out / "results.parquet").write_bytes(b"not a run")
    target = out.parent / "runs.tar"
    assert archive.pack(out, target) == target.stat().st_size > 0
    return out, target


def test_runs_arrive_whole_and_go_on(packed: tuple[Path, Path], tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert archive.unpack(packed[1], there) > 4
    again = tiny.plan(there, methods=["gan"], metrics=[])
    assert all(
        outcome.cached for key, outcome in tiny.go(again).items() if key in {node.key for node in again.runs}
    )
    assert tiny.weights(again) == tiny.weights(tiny.plan(packed[0], methods=["gan"], metrics=[]))
    assert {path.name for path in there.iterdir()} <= {"runs", "references", "tiny.toml"}


def test_a_finished_run_stays_as_it_is(packed: tuple[Path, Path], tmp_path: Path) -> None:
    archive.unpack(packed[1], tmp_path)
    (history,) = tmp_path.glob("runs/*/history.jsonl")
    history.write_text("ours")
    assert archive.unpack(packed[1], tmp_path) == 0 or history.read_text() == "ours"
    assert history.read_text() == "ours"
    (history.parent / "record.json").unlink()
    archive.unpack(packed[1], tmp_path)
    assert history.read_text() != "ours" and RunFolder(tmp_path, history.parent.name).record()


def test_a_run_appears_whole_or_not_at_all(
    packed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed among its files, and given once more."""
    write = archive.write_atomic

    def killed(path: Path, content: bytes) -> None:
        if path.parent.name == "weights":
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(archive, "write_atomic", killed)
        archive.unpack(packed[1], tmp_path)
    assert not list(tmp_path.glob("runs/*"))
    assert archive.unpack(packed[1], tmp_path) > 4
    assert list(tmp_path.glob("runs/*/weights/*")) and not (tmp_path / archive.STAGING).exists()


def test_a_run_that_has_come_farther_here_is_not_taken_back(tmp_path: Path) -> None:
    """A command with --unpack and a time limit may be given again and again."""

    def go(out: Path, until: int) -> RunFolder:
        out.mkdir(exist_ok=True)
        raw = tiny.values(out, methods=["gan"], metrics=[], evaluate=[2, 4, 6, 8])
        made = plan.make(raw, replace(tiny.context(out, raw), until=until), "cpu")
        tiny.go(made)
        return RunFolder(out, made.runs[0].key)

    there, here, target = tmp_path / "there", tmp_path / "here", tmp_path / "runs.tar"
    go(there, 4)
    archive.pack(there, target)
    archive.unpack(target, here)
    folder = go(here, 6)
    kept = folder.checkpoint.read_bytes(), folder.history.read_bytes()
    archive.unpack(target, here)
    assert (folder.checkpoint.read_bytes(), folder.history.read_bytes()) == kept
    go(there, 0)
    archive.pack(there, target)
    archive.unpack(target, here)
    assert (
        folder.record() and (here / "set-aside" / f"{folder.path.name}-1" / "checkpoint.safetensors").exists()
    )


def test_what_is_no_archive_is_not_overwritten(packed: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.pdf").write_text("mine")
    for place in (tmp_path / "thesis.pdf", tmp_path, tmp_path / "nowhere" / "runs.tar"):
        with pytest.raises(ValueError, match=f"--pack {place}"):
            archive.pack(packed[0], place)
    assert (tmp_path / "thesis.pdf").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    before = packed[1].read_bytes()
    assert archive.pack(packed[0], packed[1]) == len(before)


def rewritten(source: Path, target: Path, change: str) -> Path:
    """The archive with one fault."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        members = old.getmembers()
        for member in members[: -1 if change == "missing" else None]:
            content = old.extractfile(member).read()  # type: ignore[union-attr]
            if change == "damaged" and member.name.endswith("history.jsonl"):
                content = content[:-2] + b"9}"
            if change == "outside" and member.name == archive.LIST:
                content = json.dumps({**json.loads(content), "runs/../../evil": "0"}).encode()
            if change == "short" and member.name == archive.LIST:
                content = json.dumps({**json.loads(content), "runs": "0"}).encode()
            if change == "unlisted" and member.name == archive.LIST:
                content = json.dumps(dict(list(json.loads(content).items())[1:])).encode()
            member.size = len(content)
            new.addfile(member, BytesIO(content))
        if change == "short":
            new.addfile(tarfile.TarInfo("runs"), BytesIO())
        if change in ("outside", "link"):
            info = tarfile.TarInfo("runs/../../evil" if change == "outside" else members[1].name)
            info.type, info.linkname = (
                (tarfile.REGTYPE, "") if change == "outside" else (tarfile.SYMTYPE, "/etc")
            )
            new.addfile(info, BytesIO())
    return target


@pytest.mark.parametrize(
    ("change", "says"),
    [("damaged", "is damaged"), ("missing", "are missing"), ("outside", "does not belong"),
     ("unlisted", "does not belong"), ("short", "does not belong"), ("link", "does not belong")],
)  # fmt: skip
def test_an_archive_that_was_touched_writes_nothing(
    change: str, says: str, packed: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=says):
        archive.unpack(rewritten(packed[1], tmp_path / "odd.tar", change), tmp_path / "there")
    assert not (tmp_path / "there").exists() and not (tmp_path.parent / "evil").exists()


def test_what_is_no_archive_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no archive")
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(tmp_path / "text.tar", "text")
    with tarfile.open(tmp_path / "list.tar", "w") as tar:
        info = tarfile.TarInfo(archive.LIST)
        info.size = 2
        tar.addfile(info, BytesIO(b"[]"))
    for name in ("text.tar", "other.tar", "list.tar", "nowhere.tar"):
        with pytest.raises(ValueError, match=f"--unpack .*{name}"):
            archive.unpack(tmp_path / name, tmp_path / "there")
