"""Results of another version of a method, family, data set or metric: apart from every table, with what differs."""

from typing import Any

import pandas as pd

from reports.statistics import mean_interval, tally
from reports.store import Store
from reports.style import method_order
from reports.tables.base import Cell, Table, count_cell, decimals, estimate_cell, listed
from reports.tables.summary import FACTORS, HIDDEN

HEAD = (
    "in this folder, of another version than the tables: in none of them, and at the last step of these runs"
)
PLACE = ["metric", "extractor", "split", "n"]


def earlier(store: Store) -> Table | None:
    """A row per method and difference: the last values of its runs, where the tables have the measure. None without any."""
    every = store.earlier
    if not len(every):
        return None
    numbers = store.rows[(store.rows["status"] == "ok") & store.rows["value"].notna()]
    measured = numbers[PLACE].drop_duplicates()
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    groups = [
        (tuple(map(str, keys)), own) for keys, own in every.groupby(["dataset", "family", "label", "differs"])
    ]
    for (dataset, family, name, differs), own in sorted(groups, key=lambda group: method_order(group[0][2])):
        lost = own[own["status"] != "ok"]
        ended = listed(f"{status} {some['run'].nunique()}" for status, some in lost.groupby("status"))
        row = {
            "Method": Cell(store.title(name), name, f"{dataset}, {family}" if len(store.views) > 1 else ""),
            "What differs": Cell(differs, differs),
            "Runs": Cell(str(own["run"].nunique()), own["run"].nunique(), ended),
        }
        cells.append(row | _values(store, own.merge(measured, on=PLACE)))
        for run in own.to_dict("records"):
            kept = ("run", "seed", "step", "metric", "value", "extractor", "n", "split", "version", "status")
            place = {"dataset": dataset, "family": family, "method": name, "differs": differs}
            frame.append(place | {column: run[column] for column in kept})
    return Table.of("earlier", "Earlier versions", HEAD, cells, frame)


def _values(store: Store, rows: pd.DataFrame) -> dict[str, Cell]:
    """A cell for each measure: a mean as in the tables, a count for a verdict."""
    found: dict[str, Cell] = {}
    for keys, some in rows.groupby(["metric", "extractor"], sort=False):
        metric, extractor = map(str, keys)
        if metric.startswith(FACTORS):
            continue
        title = store.metric(metric)["title"] + (f" [{extractor}]" if extractor else "")
        last = [float(value) for value in some.loc[some["step"] == some["step"].max(), "value"]]
        counted = count_cell(tally(dict(enumerate(last))))
        found[title if title not in found else f"{metric.split('.')[0]}: {title}"] = (
            counted if metric in HIDDEN else estimate_cell(mean_interval(last), decimals(last))
        )
    return found


def sentences(store: Store) -> list[str]:
    """The same in a line each, for the terminal."""
    told = []
    for keys, own in store.earlier.groupby(["label", "differs"], sort=False):
        name, differs = map(str, keys)
        n = own["run"].nunique()
        told.append(f"kept apart, in tables/earlier: {store.title(name)}, {differs}: {n} run{'s' * (n != 1)}")
    return told
