"""Quality against what it costs: every evaluated point of training, and the front that none of them beats at less cost."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from reports.contrasts import Question, questions
from reports.figures.base import blank, canvas, heading, legend
from reports.frames import Label
from reports.statistics import mean_interval
from reports.store import View
from reports.style import INK, PAPER, look
from reports.tables.contest import column
from reports.tables.summary import by_seed, rows_of

Point = tuple[float, float]  # cost, value


def front(points: Sequence[Point], better: str) -> list[Point]:
    """Returns the points that no other one beats in value at the same or less cost, by rising cost."""
    sign = -1.0 if better == "higher" else 1.0
    found: list[Point] = []
    for cost, value in sorted(points, key=lambda p: (p[0], sign * p[1])):
        if not found or sign * value < sign * found[-1][1]:
            found.append((cost, value))
    return found


def operations_at(view: View, name: Label, step: int) -> float:
    """TFLOP of a run up to a step, with all of its base's."""
    whole = 1000 * view.operations.get(name, np.nan)
    base = view.store.meta.get("methods", {}).get(name.method, {}).get("generator")
    before = 1000 * view.operations.get(Label(base), 0.0) if base else 0.0
    return before + (whole - before) * step / max(1, view.ends[name])


def seconds_at(view: View, name: Label, step: int) -> float:
    """Mean wall time of its runs up to a step, with its base's; NaN where they left no history."""
    found = []
    for run in view.runs(name).values():
        history = view.store.history(run)
        if {"step", "wall"} <= set(history) and len(own := history[history["step"] <= step]):
            found.append(float(own["wall"].max()))
    base = view.store.meta.get("methods", {}).get(name.method, {}).get("generator")
    known = base and Label(base) in view.ends
    before = seconds_at(view, Label(base), view.ends[Label(base)]) if known else 0.0
    return before + float(np.mean(found)) if found else np.nan


COSTS = (("TFLOP", operations_at), ("seconds", seconds_at))


def trace(view: View, question: Question) -> dict[Label, dict[int, float]]:
    """label -> step -> mean over seeds (of FID the geometric mean) at every step but 0."""
    assert question.key is not None
    rows = rows_of(view.ok, question.key)
    found: dict[Label, dict[int, float]] = {}
    for step in sorted({int(step) for step in rows["step"].dropna() if step > 0}):
        for name, seeds in by_seed(rows[rows["step"] == step]).items():
            values = np.array(list(seeds.values()))
            if question.logarithmic:
                values = np.log(values[values > 0])
            if len(values) and name in view.labels:
                label = Label.of(name)
                found.setdefault(label, {})[step] = question.shown(mean_interval(values)).mean
    return found


def logarithmic(ax: Axes, which: Literal["x", "y"]) -> None:
    """A logarithmic axis with plain numbers at 1, 2 and 5 of every decade."""
    ax.set(**{f"{which}scale": "log"})
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
    axis.set_minor_formatter(NullFormatter())


def pareto(view: View) -> Figure | None:
    """A row a question, a column a cost; None where runs have equal steps, whose costs the chart of costs has."""
    asked = [q for q in questions(view) if q.key is not None] if view.budget else []
    traces = {q.title: trace(view, q) for q in asked}
    if not asked:
        return None
    figure, axes = canvas(len(asked), len(COSTS), 4.6 * len(COSTS), 2.9 * len(asked) + 0.5)
    for line, question in zip(axes, asked, strict=True):
        for ax, (cost, spent) in zip(line, COSTS, strict=True):
            every: list[Point] = []
            for name, values in traces[question.title].items():
                points = [(spent(view, name, step), value) for step, value in sorted(values.items())]
                points = [p for p in points if np.isfinite(p).all()]
                if not points:
                    continue
                a, (x, y) = look(name), np.array(points).T
                fill = PAPER if a.hollow else a.colour
                ax.plot(x, y, a.marker, color=a.colour, markerfacecolor=fill, markersize=4, linestyle=a.line,
                        linewidth=0.7, alpha=0.8)  # fmt: skip
                every += points
            best = front(every, question.better)
            if best:
                ax.step(*np.array(best).T, where="post", color=INK, linewidth=1.2, zorder=0)
            logarithmic(ax, "x")
            if question.logarithmic:
                logarithmic(ax, "y")
            ax.set_xlabel(f"{cost} a run")
            heading(ax, column(view, question))
            if not every:
                blank([ax])
    legend(figure, view.store, [n for n in view.labels if any(n in found for found in traces.values())])
    return figure
