"""What is published: values, configuration and pictures, and one page that is made from them."""

import shutil
from pathlib import Path

import pytest

from reports.documents import evidence
from reports.publish import kept
from reports.refresh import pixels, refresh, stores, tables_of

SMALL = next(folder for folder in stores() if folder.name == "began2017-toonfaces")  # one run


def test_no_table_is_committed() -> None:
    """Only what the page is made from: otherwise python -m reports --refresh."""
    assert [path for folder in stores() for path in folder.iterdir() if not kept(path)] == []


def test_a_page_is_written_again_and_what_no_store_keeps_is_removed(tmp_path: Path) -> None:
    copy = tmp_path / SMALL.name
    shutil.copytree(SMALL, copy)
    page = evidence.page(copy)
    (copy / "README.md").write_text("edited by hand")
    (copy / "gone.csv").write_text("a,b\n")
    (copy / "samples.png").write_bytes(b"a picture")
    with pytest.raises(ValueError, match=r"gone\.csv belongs to no store and was never published"):
        refresh(copy, page, set())
    assert (copy / "README.md").read_text() == "edited by hand", "nothing was written"
    assert {path.name for path in refresh(copy, page, {"gone.csv"})} == {"README.md", "gone.csv"}
    assert refresh(copy, page, set()) == []
    (copy / "collapse-steps.png").write_bytes(b"an older drawing")
    assert refresh(copy, page, set()) == [copy / "collapse-steps.png"] and pixels(copy / "collapse-steps.png")
    assert not (copy / "gone.csv").exists() and (copy / "samples.png").read_bytes() == b"a picture"


def test_a_page_has_question_command_answer_table_and_pictures() -> None:
    page = evidence.page(SMALL)
    meta = evidence.meta_of(SMALL)
    for told in (f"# {meta['title']}", f"`{meta['command']}`", "Collapsed runs", "](samples.png)"):
        assert told in page, told
    assert tables_of(SMALL)["reading.md"].strip() in page
