"""Figures over steps: losses and metrics with seed bands, collapse seed by seed."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, heading, label_lowest, legend, shape
from reports.power import LEAST
from reports.statistics import Estimate, Values, mean_interval
from reports.store import View
from reports.style import INK, PAPER, Question, look
from reports.tables.collapse import VERDICT
from reports.tables.summary import Key, keys, rows_of, titles

POINTS = 150


def band(
    ax: Axes,
    name: str,
    steps: Iterable[float],
    seeds: list[np.ndarray],
    marker: bool = False,
    estimate: Callable[[Values], Estimate] = mean_interval,
) -> None:
    """Mean and 95% interval over seeds (from three seeds on), else every seed's own line."""
    a, x = look(name), np.asarray(list(steps), dtype=float)
    marks = (
        {"marker": a.marker, "markersize": 4, "markerfacecolor": PAPER if a.hollow else a.colour}
        if marker
        else {}
    )
    if len(seeds) < LEAST:
        for line in seeds:
            ax.plot(x, line, color=a.colour, linestyle=a.line, linewidth=1.2, **marks)  # type: ignore[arg-type]
        return
    found = [estimate(column) for column in np.stack(seeds, axis=1)]
    ax.fill_between(
        x, [e.low for e in found], [e.high for e in found], color=a.colour, alpha=0.18, linewidth=0
    )
    ax.plot(x, [e.mean for e in found], color=a.colour, linestyle=a.line, linewidth=1.6, **marks)  # type: ignore[arg-type]


def thinned(frame: pd.DataFrame, grid: np.ndarray, column: str) -> np.ndarray:
    """Means of a history's column around the points of a common grid; NaN where it has nothing."""
    step, values = (frame[name].to_numpy(dtype=float) for name in ("step", column))
    known = ~(np.isnan(step) | np.isnan(values))
    bins = np.digitize(step[known], (grid[1:] + grid[:-1]) / 2)
    counts = np.bincount(bins, minlength=len(grid))
    sums = np.bincount(bins, weights=values[known], minlength=len(grid))
    return np.divide(sums, counts, out=np.full(len(grid), np.nan), where=counts > 0)


def losses(view: View) -> Figure | None:
    """Every logged term, unweighted, by method."""
    histories = {(n, s): view.store.history(r) for n in view.labels for s, r in view.runs(n).items()}
    histories = {key: h for key, h in histories.items() if len(h) and "step" in h}
    terms = list(dict.fromkeys(c for h in histories.values() for c in h.columns if c not in ("step", "wall")))
    if not terms:
        return None
    last = max(float(h["step"].max()) for h in histories.values())
    longest = max(len(h) for h in histories.values())
    grid = np.linspace(0, last, max(2, min(POINTS, longest)))
    rows, columns = shape(len(terms), 3)
    figure, axes = canvas(rows, columns, 3.1 * columns, 2.1 * rows + 0.5)
    for ax, term in zip(axes.flat, terms, strict=False):
        for name in view.labels:
            own = [thinned(h, grid, term) for (n, _), h in histories.items() if n == name and term in h]
            if own:
                band(ax, name, grid, own)
        heading(ax, term)
        ax.margins(x=0.01)
    label_lowest(axes, len(terms), "step")
    blank(axes.flat[len(terms) :])
    legend(figure, view.store, [n for n in view.labels if any(key[0] == n for key in histories)])
    return figure


def series(view: View, key: Key) -> dict[str, tuple[list[int], list[np.ndarray]]]:
    """label -> (steps, one line per seed) of one column."""
    found: dict[str, tuple[list[int], list[np.ndarray]]] = {}
    rows = rows_of(view.ok, key)
    for name in view.labels:
        own = rows[rows["label"] == name]
        if len(own):
            table = own.pivot_table(index="step", columns="seed", values="value", aggfunc="last").sort_index()
            found[name] = (
                [int(s) for s in table.index],
                [table[s].to_numpy(dtype=float) for s in table.columns],
            )
    return found


def metric_curves(view: View, chosen: Question | None = None) -> Figure | None:
    """The metrics of a question over the evaluated steps; nothing where there was one step only."""
    columns = titles(view, keys(view, chosen))
    drawn = {title: series(view, key) for title, key in columns.items()}
    drawn = {title: s for title, s in drawn.items() if any(len(steps) > 1 for steps, _ in s.values())}
    if not drawn:
        return None
    rows, across = shape(len(drawn), 3)
    figure, axes = canvas(rows, across, max(4.6, 3.1 * across), 2.2 * rows + 0.5)
    for ax, (title, lines) in zip(axes.flat, drawn.items(), strict=False):
        for name, (steps, seeds) in lines.items():
            band(ax, name, steps, seeds, True, partial(view.store.estimate, columns[title].metric))
        heading(ax, title)
    label_lowest(axes, len(drawn), "step")
    blank(axes.flat[len(drawn) :])
    legend(figure, view.store, [n for n in view.labels if any(n in lines for lines in drawn.values())])
    return figure


def collapse_curves(view: View) -> Figure | None:
    """Vendi ratio over steps, a line a seed, a panel a method; a cross where the verdict is 'collapsed'."""
    metric = "collapse.vendi_ratio"
    rows = view.ok[view.ok["metric"] == metric]
    names = [name for name in view.labels if name in set(rows["label"])]
    if not names:
        return None
    verdicts = view.ok[view.ok["metric"] == VERDICT].set_index(["run", "step"])["value"].to_dict()
    across = shape(len(names), 4)
    figure, axes = canvas(*across, 2.6 * across[1] + 0.6, 2.3 * across[0] + 0.3, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, names, strict=False):
        a = look(name)
        own = rows[rows["label"] == name].sort_values(["run", "step"])
        x, y, runs = (own[column].to_numpy() for column in ("step", "value", "run"))
        ends = (
            np.flatnonzero(runs[1:] != runs[:-1]) + 1
        )  # a gap between one run and the next: one line draws them all
        lines = (np.insert(values, ends, np.nan) for values in (x, y))
        ax.plot(*lines, color=a.colour, linestyle=a.line, linewidth=1.2, alpha=0.8)
        fallen = np.array([verdicts.get(key, 0) == 1 for key in zip(runs, x, strict=True)], dtype=bool)
        ax.plot(x[fallen], y[fallen], "x", color=INK, markersize=5)
        ax.plot(x[~fallen], y[~fallen], a.marker, color=a.colour, markersize=4)
        heading(ax, view.store.title(name))
    axes.flat[0].set_ylim(bottom=0)  # shared
    label_lowest(axes, len(names), "step")
    for ax in axes[:, 0]:
        ax.set_ylabel("Vendi ratio")
    blank(axes.flat[len(names) :])
    return figure
