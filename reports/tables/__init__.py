"""The report's tables, one function each, and `tables(store)`: all of them by id."""

from collections.abc import Callable
from dataclasses import replace

from reports.store import Store, View
from reports.tables.base import Cell, Table
from reports.tables.collapse import collapse, collapse_steps
from reports.tables.papers import claims, published_values
from reports.tables.runs import runs
from reports.tables.summary import summary

OF_A_VIEW: tuple[Callable[[View], Table | None], ...] = (
    collapse,
    collapse_steps,
    summary,
    claims,
    published_values,
)

__all__ = [
    "Cell",
    "Table",
    "claims",
    "collapse",
    "collapse_steps",
    "published_values",
    "runs",
    "summary",
    "tables",
]


def named(table: Table, store: Store, view: View) -> Table:
    """With several views in a store, a table's id and title say whose it is."""
    if len(store.views) == 1:
        return table
    return replace(table, id=f"{table.id}-{view.id}", title=f"{table.title}: {view.id}")


def tables(store: Store) -> dict[str, Table]:
    """Every table that the store has numbers for."""
    found = [(make(view), view) for view in store.views for make in OF_A_VIEW]
    every = [named(table, store, view) for table, view in found if table is not None]
    last = runs(store)
    return {table.id: table for table in [*every, *([last] if last else [])]}
