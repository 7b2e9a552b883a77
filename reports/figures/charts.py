"""Dots and intervals per metric, and quality against cost."""

import math

from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, heading, label_lowest, legend, shape
from reports.statistics import mean_interval
from reports.store import View
from reports.style import MUTED, PAPER, Question, look
from reports.tables.factors import spread_of
from reports.tables.summary import FACTORS, compared, keys, reference_rows, references, titles


def dots(view: View, chosen: Question | None = None) -> Figure | None:
    """Every seed as a dot, the mean with its 95% interval below it, references as grey diamonds."""
    columns = titles(view, keys(view, chosen))
    if not columns:
        return None
    values = {title: compared(view, key)[0] for title, key in columns.items()}
    names = [n for n in view.labels if any(n in v for v in values.values())]
    marks = {
        (title, name): mean_interval(reference_rows(view, kind, name, key)["value"]).mean
        for title, key in columns.items()
        for kind, name in references(view)
    }
    extra = [name for _, name in references(view) if any(math.isfinite(marks[t, name]) for t in columns)]
    lines = [*names, *extra]
    rows, across = shape(len(columns), 3)
    height = 0.27 * len(lines) + 0.75
    figure, axes = canvas(rows, across, 2.5 * across + 1.6, height * rows + 0.2, sharey=True)
    for ax, title in zip(axes.flat, columns, strict=False):
        for y, name in enumerate(lines):
            if name in extra and math.isfinite(marks.get((title, name), math.nan)) and name not in names:
                ax.plot(marks[title, name], y, "D", color=MUTED, markersize=4.5, markerfacecolor=PAPER)
            seeds = list(values[title].get(name, {}).values()) if name in names else []
            if seeds:
                a, found = look(name), view.store.estimate(columns[title].metric, seeds)
                ax.plot(
                    seeds,
                    [y - 0.16] * len(seeds),
                    "o",
                    color=a.colour,
                    alpha=0.45,
                    markersize=3,
                    markeredgewidth=0,
                )
                if found.known:
                    ax.plot([found.low, found.high], [y + 0.12] * 2, color=a.colour, linewidth=2)
                ax.plot(
                    found.mean,
                    y + 0.12,
                    a.marker,
                    color=a.colour,
                    markersize=5.5,
                    markerfacecolor=PAPER if a.hollow else a.colour,
                )
        heading(ax, title)
        ax.set_ylim(len(lines) - 0.4, -0.6)
        ax.locator_params(axis="x", nbins=5)
        ax.set_yticks(range(len(lines)), [view.store.title(n) if n in names else n for n in lines])
        ax.grid(axis="y", visible=False)
    blank(axes.flat[len(columns) :])
    return figure


def factors(view: View) -> Figure | None:
    """How much of each known factor's spread the samples keep; the line at 1 is real images."""
    found = spread_of(view)
    if not found:
        return None
    names = [n for n in view.labels if any(n in values for values in found.values())]
    order = sorted(
        found, key=lambda m: mean_interval([v for own in found[m].values() for v in own.values()]).mean
    )
    figure, axes = canvas(1, 1, 6.5, 0.24 * len(order) + 1.0)
    ax = axes[0, 0]
    ax.axvline(1, color=MUTED, linewidth=1)
    for i, name in enumerate(names):
        a = look(name)
        for y, metric in enumerate(order):
            own = view.store.estimate(metric, list(found[metric].get(name, {}).values()))
            at = y + (i - (len(names) - 1) / 2) * 0.6 / len(names)
            if own.known:
                ax.plot([own.low, own.high], [at, at], color=a.colour, linewidth=1.2)
            ax.plot(
                own.mean,
                at,
                a.marker,
                color=a.colour,
                markersize=4,
                markerfacecolor=PAPER if a.hollow else a.colour,
            )
    ax.set_yticks(range(len(order)), [m.removeprefix(FACTORS).replace("_", " ") for m in order])
    ax.set_xlim(left=0)
    ax.set_xlabel("spread kept, relative to real images")
    legend(figure, view.store, names, lines=False)
    return figure


def cost(view: View) -> Figure | None:
    """Mean value with its interval against the operations of training, a base's included."""
    columns = titles(view, keys(view))
    costs = view.operations
    drawn = {title: compared(view, key)[0] for title, key in columns.items()}
    names = [n for n in view.labels if n in costs and any(n in v for v in drawn.values())]
    if not names or not drawn:
        return None
    rows, wide = shape(len(drawn), 3)
    figure, axes = canvas(rows, wide, 3.1 * wide, 2.4 * rows + 0.5)
    for ax, (title, values) in zip(axes.flat, drawn.items(), strict=False):
        for name in names:
            seeds, a = list(values.get(name, {}).values()), look(name)
            found = view.store.estimate(columns[title].metric, seeds)
            if not found.n:
                continue
            across, fill = 1000 * costs[name], PAPER if a.hollow else a.colour
            if found.known:
                ax.plot([across, across], [found.low, found.high], color=a.colour, linewidth=1.5)
            ax.plot(across, found.mean, a.marker, color=a.colour, markerfacecolor=fill)
        heading(ax, title)
        ax.set_xlim(left=0)
        ax.margins(0.12)
    label_lowest(axes, len(drawn), "TFLOP a run")
    blank(axes.flat[len(drawn) :])
    legend(figure, view.store, names, lines=False)
    return figure
