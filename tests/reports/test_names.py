"""Whatever things are called, figures, tables and the folder stay whole."""

import shutil
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from reports import render
from reports.figures.base import RC, save_png, svg
from reports.writers import markdown_text
from tests.reports.synthetic import write

MATHS = r"costs $\input{x}$ or $5"


def test_figures_read_no_name_as_mathematics(tmp_path: Path) -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.plot([1, 2], [1, 1000], label=MATHS)
    ax.set_title(MATHS)
    ax.set_xticks([1, 2], [MATHS, "$x$"])
    ax.set_yscale("log")
    ax.text(1, 1, MATHS)
    figure.legend()
    save_png(figure, tmp_path / "new" / "figure.png")
    with matplotlib.rc_context(RC):
        text = svg(figure)
    assert text.count(f">{MATHS}<") == 4 and ">$x$<" in text and ">$\\mathdefault" not in text
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figure.png"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# a heading", r"\# a heading"),
        ("- an item", r"\- an item"),
        ("+ an item", r"\+ an item"),
        ("$x$", r"\$x\$"),
        ("a - b # c", "a - b # c"),
    ],
)
def test_nothing_begins_in_markdown(text: str, said: str) -> None:
    assert markdown_text(text) == said


@pytest.mark.slow
def test_what_an_earlier_command_left_is_removed(tmp_path: Path) -> None:
    """Or it would stand, and be published, as if it belonged to these results."""
    alone = write(tmp_path / "alone", seeds=(0,), panels=False, change=lambda t: t[t["metric"] == "fid.fid"])
    render(alone)
    expected = {path.name for path in alone.rglob("*")}
    folder = write(tmp_path / "narrowed", seeds=(0,), panels=False)
    render(folder)
    assert {path.name for path in folder.rglob("*")} > expected
    (folder / "tables" / "mine.csv").write_text("of somebody else")
    for name in ("results.parquet", "records.parquet", "meta.json"):
        shutil.copy(alone / name, folder / name)
    report = render(folder)
    assert {path.name for path in folder.rglob("*")} == expected | {"mine.csv"}
    assert all(path.is_file() for path in (*report.tables, *report.figures, report.html))
