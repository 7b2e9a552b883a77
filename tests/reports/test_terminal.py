"""The terminal's tables: references stand beside the methods, so that a number can be judged without opening the page."""

import io
from pathlib import Path

from rich.console import Console

from reports.terminal import terminal
from tests.reports import synthetic


def test_references_are_shown_with_their_own_metrics(tmp_path: Path) -> None:
    store = synthetic.store(tmp_path, panels=False)
    stream = io.StringIO()
    Console(file=stream, width=80, no_color=True).print(terminal(store))
    said = stream.getvalue()
    (view, *_) = store.views
    references = view.rows[view.rows["kind"].isin(["ceiling", "baseline"]) & view.rows["value"].notna()]
    names = set(references["method"]) - {""}
    assert names and "References" in said
    head = said[said.index("References") :]
    assert all(name in head for name in names)
    assert all(len(line) <= 80 for line in said.splitlines())
