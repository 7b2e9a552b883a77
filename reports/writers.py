"""One table, four forms: CSV (plain numbers), Markdown, LaTeX with booktabs, HTML; names are escaped."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from benchmarks.results import write_atomic
from reports.tables.base import ABSENT, MINUS, Cell, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet begins a formula with
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    MINUS: r"$-$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    ABSENT: "--",
    "\u00d7": r"$\times$",
    "→": r"$\to$",
    "≥": r"$\geq$",
    "²": r"\textsuperscript{2}",
    "\u00a0": "~",
    "\n": " ",
}


def latex_text(text: str) -> str:
    """Plain text for LaTeX."""
    return "".join(LATEX.get(c, c) for c in text)


def markdown_text(text: str) -> str:
    """Plain text for a Markdown table: nothing begins in it; intervals keep their brackets."""
    escaped = re.sub(r"([\\`*_{}|~$]|^[#+=-])", r"\\\1", text)
    if re.search(r"\][(\[:]", escaped):
        escaped = re.sub(r"([\[\]])", r"\\\1", escaped)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def csv(table: Table) -> str:
    """The plain numbers, at full precision, as every reader takes them: a header and rows, no comment.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    return table.frame.map(_no_formula).rename(columns=_no_formula).to_csv(index=False)


def _no_formula(cell: Any) -> Any:
    if not isinstance(cell, str) or cell[:1] not in FORMULA:
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def markdown(table: Table) -> str:
    """A pipe table with its head above and its notes below."""

    def cell(c: Cell) -> str:
        text = markdown_text(c.text)
        return (f"**{text}**" if c.best else text) + (f" {markdown_text(c.detail)}" if c.detail else "")

    lines = [f"**{markdown_text(table.title)}**", "", markdown_text(table.head), ""]
    lines.append("| " + " | ".join(markdown_text(c) for c in table.columns) + " |")
    lines.append("|" + "---|" * len(table.columns))
    lines += [
        "| " + " | ".join(cell(c) for c in row) + " |"
        for row in table.cells.itertuples(index=False, name=None)
    ]
    lines += ["", *(f"{markdown_text(note)}" for note in table.notes)]
    return "\n".join(lines).rstrip() + "\n"


def latex(table: Table) -> str:
    r"""A booktabs table (\usepackage{booktabs,textcomp}); a rule sets references off from methods."""

    def cell(c: Cell) -> str:
        text = latex_text(c.text)
        small = rf" {{\footnotesize {latex_text(c.detail)}}}" if c.detail else ""
        return (rf"\textbf{{{text}}}" if c.best else text) + small

    lines = [
        r"% \usepackage{booktabs,textcomp}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex_text(table.title)}. {latex_text(table.head)}.}}",
        rf"\label{{tab:{table.id}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
        r"\toprule",
        " & ".join(latex_text(c) for c in table.columns) + r" \\",
        r"\midrule",
    ]
    previous = ""
    for kind, row in table.rows():
        if previous and kind != previous:
            lines.append(r"\midrule")
        previous = kind
        lines.append(" & ".join(cell(c) for c in row) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\footnotesize {latex_text(note)}" for note in table.notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def html(table: Table) -> Markup:
    """A sortable table; the page's script reads data-v. Nothing in it is trusted."""

    def cell(c: Cell, first: bool) -> Markup:
        value = "" if c.value is None or c.value != c.value else str(c.value)
        classes = " ".join(name for name in (c.tone and f"tone-{c.tone}", "best" if c.best else "") if name)
        text = Markup("<strong>{}</strong>").format(c.text) if c.best else escape(c.text)
        detail = Markup(" <small>{}</small>").format(c.detail) if c.detail else Markup("")
        tag = Markup('th scope="row"') if first else Markup("td")
        close = Markup("th") if first else Markup("td")
        return Markup('<{} class="{}" data-v="{}">{}{}</{}>').format(tag, classes, value, text, detail, close)

    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(c) for c in table.columns)
    body = []
    for kind, row in table.rows():
        cells = Markup("").join(cell(c, j == 0) for j, c in enumerate(row))
        body.append(Markup('<tr class="kind-{}">{}</tr>').format(kind, cells))
    notes = Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in table.notes)
    return Markup(
        '<figure class="table" id="table-{}"><figcaption><b>{}</b> <span class="head">{}</span></figcaption>'
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>{}</figure>"
    ).format(table.id, table.title, table.head, table.title, heads, Markup("\n").join(body), notes)


def paths(tables: Iterable[str], folder: Path) -> list[Path]:
    """Where `write` puts them."""
    return [folder / f"{name}.{ending}" for name in tables for ending in ("csv", "md", "tex")]


def write(tables: dict[str, Table], folder: Path) -> list[Path]:
    """folder/<id>.{csv,md,tex} of every table; returns the paths."""
    written = []
    for name, table in tables.items():
        for ending, form in (("csv", csv), ("md", markdown), ("tex", latex)):
            path = folder / f"{name}.{ending}"
            write_atomic(path, form(table))
            written.append(path)
    return written
