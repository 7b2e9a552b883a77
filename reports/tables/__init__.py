"""The report's tables, one function each, and `tables(store)`: all of them by id."""

from collections.abc import Callable
from dataclasses import replace

from reports.store import Store, View
from reports.tables.ablation import ablations, ladder_tables
from reports.tables.across import across_datasets, across_questions
from reports.tables.admission import admission
from reports.tables.base import Cell, Table
from reports.tables.budgets import budgets
from reports.tables.collapse import collapse, collapse_steps
from reports.tables.contest import contest, contrasts
from reports.tables.earlier import earlier
from reports.tables.factors import factors
from reports.tables.gaia import gaia
from reports.tables.gaps import gaps
from reports.tables.order import order
from reports.tables.outperformance import outperformances
from reports.tables.papers import claims
from reports.tables.published_rows import dhash, labels, modes
from reports.tables.reproduction import reproduction
from reports.tables.runs import runs
from reports.tables.scorecard import scorecard
from reports.tables.summary import summary
from reports.tables.tuning import tuning, tuning_budget
from reports.tables.variance import variance

ONE: tuple[Callable[[View], Table | None], ...] = (
    admission,
    contest,
    contrasts,
    scorecard,
    collapse,
    collapse_steps,
    summary,
    dhash,
    labels,
    modes,
    factors,
    budgets,
    claims,
    reproduction,
    gaps,
    order,
    tuning,
    tuning_budget,
    outperformances,
    variance,
)
SEVERAL: tuple[Callable[[View], list[Table]], ...] = (ablations, ladder_tables, across_questions)

__all__ = ["ONE", "SEVERAL", "Cell", "Table", "gaia", "runs", "summary", "tables"]


def of_view(view: View) -> list[Table]:
    """Every table that a view has numbers for."""
    found = [table for make in ONE if (table := make(view)) is not None]
    return found + [table for many in SEVERAL for table in many(view)]


def tables(store: Store) -> dict[str, Table]:
    """Every table by id; with several views in a store, its id and title say whose it is."""
    several = len(store.views) > 1
    every: list[Table] = []
    for view in store.views:
        for table in of_view(view):
            named = replace(table, id=f"{table.id}-{view.id}", title=f"{table.title}: {view.id}")
            every.append(named if several else table)
    last = (gaia(store), earlier(store), runs(store))
    every += [table for table in last if table is not None]
    every += across_datasets(store)
    return {table.id: table for table in every}
