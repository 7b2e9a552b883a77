"""The terminal's version, for 80 columns: who collapsed, the metrics by method, and the answer."""

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from reports.answer import answer
from reports.store import Store, View
from reports.tables.base import Cell, Table
from reports.tables.collapse import collapse
from reports.tables.earlier import sentences
from reports.tables.runs import failures
from reports.tables.summary import summary

ACROSS, REFERENCES = 3, 4  # methods, and references, beside each other
NARROW = ("Method", "Collapsed", "p against GAN", "Vendi ratio", "Lost runs")


def frame(title: str, columns: list[str]) -> RichTable:
    made = RichTable(
        title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for i, name in enumerate(columns):
        made.add_column(Text(name), justify="left" if i == 0 else "right", overflow="fold")
    return made


def text(cell: Cell, detail: bool = True) -> Text:
    made = Text(cell.text, style="bold green" if cell.best else "")
    if detail and cell.detail:
        made.append(f"\n{cell.detail.removesuffix(', raw').replace(', n = ', ' n=')}", style="dim")
    return made


def collapse_table(table: Table) -> RichTable:
    """The collapse table without its finer columns."""
    columns = [name for name in NARROW if name in table.columns]
    made = frame(table.title, columns)
    for row in table.cells[columns].itertuples(index=False, name=None):
        made.add_row(*(text(c, columns[i] != "Lost runs") for i, c in enumerate(row)))
    return made


def whole_table(table: Table) -> RichTable:
    """Returns a table as it is, for a wide terminal."""
    made = frame(table.title, table.columns)
    for _, cells in table.rows():
        made.add_row(*map(text, cells))
    return made


def metrics_tables(view: View, table: Table) -> list[RichTable]:
    """Metrics down, methods across, a few at a time; green is the best where the test says so."""
    methods = table.cells[[kind == "method" for kind in table.kinds]]
    found = []
    for start in range(0, len(methods), ACROSS):
        some = methods.iloc[start : start + ACROSS]
        made = frame(
            f"{table.title}, {view.dataset}" if start == 0 else "", ["", *(c.text for c in some["Method"])]
        )
        for name in table.columns[1:]:
            made.add_row(Text(name), *(text(c) for c in some[name]))
        found.append(made)
    return found


def reference_tables(table: Table) -> list[RichTable]:
    """Ceilings and baselines, a few at a time, each with the metrics that it has values of: what a number is worth."""
    rows = table.cells[[kind != "method" for kind in table.kinds]]
    found = []
    for start in range(0, len(rows), REFERENCES):
        some = rows.iloc[start : start + REFERENCES]
        made = frame("References" if start == 0 else "", ["", *(c.text for c in some["Method"])])
        for name in table.columns[1:]:
            if any(cell.value is not None and cell.value == cell.value for cell in some[name]):
                made.add_row(Text(name), *(text(c, detail=False) for c in some[name]))
        found.append(made)
    return found


def terminal(store: Store) -> RenderableType:
    """What `benchmarks.run` prints last."""
    parts: list[RenderableType] = []
    for view in store.views:
        fallen, whole = collapse(view), summary(view)
        parts += [collapse_table(fallen)] if fallen else []
        parts += [*metrics_tables(view, whole), *reference_tables(whole)] if whole else []
        parts += [Text(whole.head, style="dim"), Text("")] if whole else []
        parts += [Padding(Text(sentence), (0, 0, 1, 0)) for sentence in answer(view).lines]
    lost = store.records[~store.records["status"].isin(["ok", ""])]
    for record in lost.to_dict("records"):
        seed = f", seed {record['seed']}" if record["seed"] == record["seed"] else ""
        parts.append(Text(f"{record['status']}: {store.title(record['label'])}{seed}: {record['reason']}"))
    parts += [Text(line) for line in [*failures(store), *sentences(store)]]
    return Group(*parts)
