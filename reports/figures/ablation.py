"""Forest plots of factors, sensitivity curves of sweeps, heat maps of grids of two factors."""

import math

import numpy as np
from matplotlib.figure import Figure

from reports import ablation as parts
from reports.figures.base import blank, canvas, heading, label_lowest, left_out, shape
from reports.frames import Label
from reports.statistics import mean_interval
from reports.store import View
from reports.style import INK, MUTED, PAPER, look
from reports.tables.summary import compared, keys, titles

MOST, PANELS = 12, 6  # panels of a forest plot, metrics of a sweep's figure


def forest(view: View, base: Label) -> Figure | None:
    """Paired difference to the base per factor and metric with its 95% interval; filled where Holm's p is below 5%."""
    variants = parts.bases(view).get(base, [])
    effects = [
        e for e in parts.effects(view, base, variants) if e.better is not None and math.isfinite(e.test.mean)
    ]
    every = list(dict.fromkeys(e.title for e in effects))
    names = every[:MOST]
    if not names:
        return None
    factors = list(dict.fromkeys(parts.factor(v) for v in variants))
    rows, across = shape(len(names), 3)
    figure, axes = canvas(
        rows, across, 2.5 * across + 1.9, (0.27 * len(factors) + 0.8) * rows + 0.3, sharey=True
    )
    a = look(base)
    for ax, name in zip(axes.flat, names, strict=False):
        ax.axvline(0, color=INK, linewidth=1)
        for e in (e for e in effects if e.title == name):
            y = factors.index(e.factor)
            if math.isfinite(e.test.low):
                ax.plot([e.test.low, e.test.high], [y, y], color=a.colour, linewidth=2)
            else:
                ax.plot(e.test.points, [y] * len(e.test.points), ".", color=MUTED)
            ax.plot(e.test.mean, y, "o", color=a.colour, markerfacecolor=a.colour if e.sure else PAPER)
        heading(ax, name)
        ax.set_yticks(range(len(factors)), factors)
        ax.set_ylim(len(factors) - 0.5, -0.5)
        ax.locator_params(axis="x", nbins=4)
        ax.grid(axis="y", visible=False)
    blank(axes.flat[len(names) :])
    label_lowest(axes, len(names), "difference to the base")
    return left_out(figure, every[MOST:])


def sensitivity(view: View, base: Label) -> Figure | None:
    """Metrics against each swept key; the dashed line is the mean of the unchanged method."""
    swept = parts.sweeps(view, base)
    columns = {t: k for t, k in titles(view, keys(view)).items() if view.store.metric(k.metric)["better"]}
    unseen, columns = list(columns)[PANELS:], dict(list(columns.items())[:PANELS])
    if not swept or not columns:
        return None
    values = {title: compared(view, key)[0] for title, key in columns.items()}
    panels = [(name, title) for name in swept for title in columns]
    rows, across = shape(len(panels), min(3, len(columns)))
    figure, axes = canvas(rows, across, 2.9 * across, 2.1 * rows + 0.2)
    a = look(base)
    for ax, (name, title) in zip(axes.flat, panels, strict=False):
        xs = [p.where[name] for p in swept[name]]
        found = [
            view.store.estimate(columns[title].metric, list(values[title].get(p.label, {}).values()))
            for p in swept[name]
        ]
        ax.plot(xs, [e.mean for e in found], marker=a.marker, color=a.colour)
        for x, e in zip(xs, found, strict=True):
            if e.known:
                ax.plot([x, x], [e.low, e.high], color=a.colour, linewidth=1.5)
        own = mean_interval(list(values[title].get(base, {}).values()))
        if own.n:
            ax.axhline(own.mean, color=MUTED, linestyle="--", linewidth=1)
        positive = [x for x in xs if x > 0]
        if positive and max(xs) / min(positive) > 20:
            if min(xs) > 0:
                ax.set_xscale("log")
            else:
                ax.set_xscale("symlog", linthresh=min(positive))
                ax.set_xlim(min(xs) - min(positive) / 3, max(xs) * 1.6)
        heading(ax, title)
        ax.set_xlabel(name)
    blank(axes.flat[len(panels) :])
    return left_out(figure, unseen)


def heat(view: View, base: Label) -> Figure | None:
    """Means over a grid of two keys, a panel a metric, the number written into every field."""
    found = parts.grids(view, base)
    columns = {t: k for t, k in titles(view, keys(view)).items() if view.store.metric(k.metric)["better"]}
    if not found or not columns:
        return None
    (across_key, down_key), points = max(found.items(), key=lambda item: len(item[1]))
    xs, ys = (sorted({p.where[k] for p in points}) for k in (across_key, down_key))
    shown = list(columns.items())[:PANELS]
    rows, across = shape(len(shown), 3)
    figure, axes = canvas(rows, across, 3.0 * across, 2.6 * rows)
    for ax, (title, key) in zip(axes.flat, shown, strict=False):
        values, _ = compared(view, key)
        field = np.full((len(ys), len(xs)), np.nan)
        for p in points:
            mean = mean_interval(list(values.get(p.label, {}).values())).mean
            field[ys.index(p.where[down_key]), xs.index(p.where[across_key])] = mean
        if np.isnan(field).all():
            continue
        ax.imshow(field, cmap="cividis", aspect="auto", origin="lower")
        middle = (np.nanmin(field) + np.nanmax(field)) / 2
        for (i, j), v in np.ndenumerate(field):
            if math.isfinite(v):
                ax.text(j, i, f"{v:.3g}", ha="center", va="center", color="black" if v > middle else "white")
        ax.set_xticks(range(len(xs)), [f"{x:g}" for x in xs])
        ax.set_yticks(range(len(ys)), [f"{y:g}" for y in ys])
        ax.set_xlabel(across_key)
        ax.set_ylabel(down_key)
        ax.grid(False)
        heading(ax, title)
    blank(axes.flat[len(shown) :])
    return left_out(figure, list(columns)[PANELS:])
