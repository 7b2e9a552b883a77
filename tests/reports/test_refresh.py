"""What is published says what the statistics of today make of its stored values."""

import shutil
from pathlib import Path

import pytest

from reports.refresh import pixels, refresh, stores

SMALL = "began2017-toonfaces"  # one run


@pytest.mark.parametrize(
    "folder",
    [pytest.param(f, marks=() if f.name == "quick" else pytest.mark.slow, id=f.name) for f in stores()],
)
def test_published_tables_are_those_of_their_values(folder: Path, tmp_path: Path) -> None:
    """Otherwise: python -m reports --refresh"""
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    assert [path.name for path in refresh(copy, set())] == []


def test_a_table_is_written_again_and_one_that_is_no_more_is_removed(tmp_path: Path) -> None:
    copy = tmp_path / SMALL
    shutil.copytree(next(folder for folder in stores() if folder.name == SMALL), copy)
    (copy / "collapse.md").write_text("edited by hand")
    (copy / "gone.csv").write_text("a,b\n")
    (copy / "samples.png").write_bytes(b"a picture")
    with pytest.raises(ValueError, match=r"gone\.csv is no table of this store and was never published"):
        refresh(copy, set())
    assert (copy / "collapse.md").read_text() == "edited by hand", "nothing was written"
    assert {path.name for path in refresh(copy, {"gone.csv"})} == {"collapse.md", "gone.csv"}
    assert "Collapsed runs" in (copy / "collapse.md").read_text()
    assert refresh(copy, set()) == []
    (copy / "collapse-steps.png").write_bytes(b"an older drawing")
    assert refresh(copy, set()) == [copy / "collapse-steps.png"] and pixels(copy / "collapse-steps.png")
    assert not (copy / "gone.csv").exists() and (copy / "samples.png").read_bytes() == b"a picture"
