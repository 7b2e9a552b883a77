"""Files that are not ours are neither deleted nor overwritten, whatever they are called."""

from pathlib import Path

import pytest

from benchmarks.storage.ownership import LIST, TUNING, Manifest, claim
from benchmarks.storage.run_folder import lock_folder


def rendered(out: Path, **files: str) -> Manifest:
    """As a report is written: tables by name, with their text."""
    manifest = Manifest(out)
    paths = [out / "tables" / f"{name}.md" for name in files]
    manifest.make_way(paths)
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    manifest.finish(paths)
    return manifest


def text(out: Path, name: str) -> str:
    return (out / "tables" / f"{name}.md").read_text()


def test_what_a_report_no_longer_gives_goes_and_the_rest_stays(tmp_path: Path) -> None:
    claim(tmp_path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "notes.md").write_text("mine")
    rendered(tmp_path, a="1", b="1", c="1")
    (tmp_path / "tables" / "c.md").write_text("1, and my remarks")
    assert rendered(tmp_path, a="2").moved == []
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == ["a.md", "c.md", "notes.md"]
    assert text(tmp_path, "a") == "2" and text(tmp_path, "notes") == "mine"


def test_a_file_in_the_way_is_kept_apart(tmp_path: Path) -> None:
    claim(tmp_path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.md").write_text("mine")
    (line,) = rendered(tmp_path, a="1").moved
    assert line.endswith(f"it is kept as {tmp_path / 'set-aside' / 'a.md-1'}")
    assert (tmp_path / "set-aside" / "a.md-1").read_text() == "mine" and text(tmp_path, "a") == "1"
    (tmp_path / "tables" / "a.md").write_text("edited")
    assert len(rendered(tmp_path, a="2").moved) == 1
    assert (tmp_path / "set-aside" / "a.md-2").read_text() == "edited"


def test_a_store_of_an_earlier_program_is_written_over_but_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"parts": []}')
    (tmp_path / "tables").mkdir()
    for name in ("a", "old"):
        (tmp_path / "tables" / f"{name}.md").write_text("earlier")
    claim(tmp_path)
    assert not (tmp_path / LIST).exists()
    assert rendered(tmp_path, a="1").moved == []
    assert text(tmp_path, "a") == "1" and text(tmp_path, "old") == "earlier"
    assert (tmp_path / LIST).exists()


@pytest.mark.parametrize("name", ["report.html", "meta.json", "results.parquet", ".lock"])
def test_a_folder_of_others_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(
        ValueError, match=f"holds {name}, which this program did not write: give another --out"
    ):
        with lock_folder(tmp_path):
            pass
    assert (tmp_path / name).read_text() == "{}" and [p.name for p in tmp_path.iterdir()] == [name]


def test_a_folder_of_papers_may_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "main.tex").write_text("mine")
    for _ in range(2):
        with lock_folder(tmp_path):
            pass


def test_an_interrupted_first_run_is_still_ours(tmp_path: Path) -> None:
    (tmp_path / "runs" / "0123456789abcdef").mkdir(parents=True)
    (tmp_path / ".lock").write_text("process 17")
    claim(tmp_path)


def test_a_search_writes_over_its_own_files_alone(tmp_path: Path) -> None:
    """Its list is another one than a report's, which would remove what it lists and did not write."""
    claim(tmp_path)
    path = tmp_path / "tuned.toml"
    path.write_text("of somebody else")
    moved = []
    for text, edit in (("first", ""), ("second", "by hand"), ("third", "")):
        manifest = Manifest(tmp_path, TUNING)
        manifest.make_way([path])
        path.write_text(text)
        manifest.finish([path])
        moved.append(len(manifest.moved))
        rendered(tmp_path, a="1")
        if edit:
            path.write_text(edit)
    assert moved == [1, 0, 1] and path.read_text() == "third"
    kept = sorted(p.read_text() for p in (tmp_path / "set-aside").iterdir())
    assert kept == ["by hand", "of somebody else"]
