"""What was lost, factor by factor, on a data set whose generative factors are known (toonfaces)."""

from typing import Any

from reports.statistics import mean_interval
from reports.store import View
from reports.tables.base import Cell, Table, estimate_cell, head, kept, reference_cell
from reports.tables.budgets import own_keys
from reports.tables.summary import FACTORS, reference_rows, references


def spread_of(view: View) -> dict[str, dict[str, dict[int, float]]]:
    """factor -> label -> seed -> how much of the factor's spread the samples keep."""
    metrics = [m for m in dict.fromkeys(view.here["metric"]) if m.startswith(FACTORS)]
    return {metric: view.at(metric) for metric in metrics}


def factors(view: View) -> Table | None:
    """Factors down, methods across: the share of each factor's spread that generated images keep."""
    found = spread_of(view)
    if not found:
        return None
    columns = {key.metric: key for key in own_keys(view, hidden=True)}
    names = [n for n in view.labels if any(n in values for values in found.values())]
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for metric, values in found.items():
        title = metric.removeprefix(FACTORS).replace("_", " ")
        row = {"Factor": Cell(title, title)}
        plain: dict[str, Any] = {"factor": title}
        for name in names:
            own = view.store.estimate(metric, list(values.get(name, {}).values()))
            row[view.store.title(name, samples=True)] = estimate_cell(own, 2)
            plain |= kept(f"{name} ", own)
        for kind, reference in references(view):
            own = mean_interval(reference_rows(view, kind, reference, columns[metric])["value"])
            if own.n:
                row[reference] = reference_cell(own, 2)
        cells.append(row)
        frame.append(plain)
    rows = view.here[view.here["metric"].str.startswith(FACTORS)]
    notes = [
        "1: as spread as in real images; 0: one value only. Factors are read off the images by a regressor; those that "
        "it reads hardly better than a constant are left out."
    ]
    return Table.of("factors", "What was lost, factor by factor", head(view, rows), cells, frame, notes)
