"""Names that would break Markdown, LaTeX or HTML come out as text."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from reports.tables.base import ABSENT, Cell, Table
from reports.writers import csv, html, latex, latex_text, markdown, write

EVIL = r"<script>alert(1)</script> & a_b | 50% $x$ {y} ^ ~ # \ `c` *d* [e](http://f)" + "\nnext"


@pytest.fixture
def table() -> Table:
    cells = pd.DataFrame(
        [
            {"Method": Cell(EVIL, EVIL), EVIL: Cell("1.0", 1.0, "[0.5, 1.5], n = 3", best=True)},
            {"Method": Cell("real", "real"), EVIL: Cell(ABSENT)},
        ]
    )
    return Table(
        "t", EVIL, EVIL, cells, pd.DataFrame([{"m": EVIL, "x": 1.0}]), (EVIL,), ("method", "ceiling")
    )


def test_markdown_keeps_its_columns_and_lets_no_html_through(table: Table):
    text = markdown(table)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4 and all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)
    assert "<script" not in text and r"a\_b" in text and r"\[e\](http" in text
    assert "**1.0** [0.5, 1.5], n = 3" in text


def test_latex_escapes_every_special(table: Table):
    text = latex(table)
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1 and text.count(r"\midrule") == 2
    body = "".join(line for line in text.splitlines() if "alert" in line)
    assert r"a\_b" in body and r"50\%" in body and r"\&" in body and r"\textbackslash{}" in body
    assert not re.search(r"(?<!\\)[%#$]", body.replace(r"$-$", ""))
    assert latex_text("\u22121 ± 2 ↑") == r"$-$1 $\pm$ 2 $\uparrow$"
    assert r"\textbf{1.0}" in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)

    def handle_data(self, data):
        self.text += data


def test_html_shows_names_as_text(table: Table):
    parser = Tags()
    parser.feed(str(html(table)))
    assert "script" not in parser.seen and "a" not in parser.seen
    assert EVIL in parser.text


def test_csv_keeps_numbers_and_names(table: Table, tmp_path):
    (tmp_path / "t.csv").write_text(csv(table))
    read = pd.read_csv(tmp_path / "t.csv")
    assert read["m"][0] == EVIL and read["x"][0] == 1.0


def test_write_makes_three_files_a_table(table: Table, tmp_path):
    assert {p.suffix for p in write({"t": table}, tmp_path / "tables")} == {".csv", ".md", ".tex"}


def test_no_cell_of_a_csv_is_a_formula() -> None:
    """Text that a spreadsheet would compute begins with an apostrophe; numbers, negative ones too, are as they are."""
    frame = pd.DataFrame({"name": ["=1+1", "@x", "-0.5", "plain"], "value": [-1.5, 2.0, 3.0, 4.0]})
    assert csv(Table("t", "t", "", pd.DataFrame(), frame)).splitlines() == [
        "name,value",
        "'=1+1,-1.5",
        "'@x,2.0",
        "-0.5,3.0",
        "plain,4.0",
    ]
