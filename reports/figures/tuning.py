"""Figures of a search: score against budget with its band, and every trial's settings against its score."""

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from scipy import stats

from reports.figures.base import canvas, heading, legend
from reports.power import LEAST
from reports.store import View
from reports.style import INK, PAPER, look
from reports.tables.tuning import expectation, trials


def tuning_budget(view: View) -> Figure | None:
    """The expected best of n trials, with a band of one standard deviation."""
    curves = expectation(view)
    if not curves:
        return None
    figure, axes = canvas(1, 1, 5.4, 3.2)
    ax = axes[0, 0]
    for method, curve in curves.items():
        a, x = look(method), [best.budget for best in curve]
        mean, sd = np.array([b.mean for b in curve]), np.array([b.sd for b in curve])
        ax.fill_between(x, mean - sd, mean + sd, color=a.colour, alpha=0.18, linewidth=0)
        ax.plot(x, mean, color=a.colour, linestyle=a.line, marker=a.marker, markersize=3.5, linewidth=1.6)
    ax.set_xlabel("trials")
    ax.set_ylabel(view.store.metric(view.store.meta["tuning"]["metric"])["title"])
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend(figure, view.store, curves)
    return figure


def tuning_settings(view: View) -> Figure | None:
    """A row a method, a panel a setting: where its trials lay and what they scored; a ring around the one that was chosen."""
    own = {method: [t for t in made if t["score"] is not None] for method, made in trials(view).items()}
    own = {method: made for method, made in own.items() if made and made[0]["chosen"]}
    if not own:
        return None
    told = view.store.meta["tuning"]
    names = list(dict.fromkeys(name for made in own.values() for name in made[0]["chosen"]))
    figure, axes = canvas(len(own), len(names), 2.1 * len(names) + 0.6, 1.9 * len(own) + 0.4)
    for row, (method, made) in zip(axes, own.items(), strict=True):
        a = look(method)
        for ax, name in zip(row, names, strict=True):
            if name not in made[0]["chosen"]:
                ax.set_visible(False)
                continue
            x = [t["chosen"][name] for t in made]
            numbers = all(isinstance(v, float | int) and not isinstance(v, bool) for v in x)
            known = sorted(set(x)) if numbers else sorted(set(map(str, x)))
            choice = not numbers or "log" not in told["spaces"][method][name]
            place: list[Any] = [known.index(v if numbers else str(v)) for v in x] if choice else x
            y = [t["score"] for t in made]
            for state, face in (("complete", a.colour), ("pruned", PAPER)):
                kept = [i for i, t in enumerate(made) if t["state"] == state]
                ax.plot(
                    [place[i] for i in kept], [y[i] for i in kept], "o",
                    color=a.colour, markerfacecolor=face, markersize=4.5,
                )  # fmt: skip
            best = next((i for i, t in enumerate(made) if t["trial"] == told["chosen"].get(method)), None)
            if best is not None:
                ax.plot(place[best], y[best], "o", color=INK, markerfacecolor="none", markersize=9)
            if choice:
                ax.set_xticks(range(len(known)), [f"{v:g}" if numbers else str(v) for v in known])
                ax.set_xlim(-0.5, len(known) - 0.5)
            else:
                ax.set_xscale("log")
                ax.set_xlim(10 ** math.floor(math.log10(min(x))), 10 ** math.ceil(math.log10(max(x) * 1.001)))
                ax.xaxis.set_minor_formatter(NullFormatter())
            if min(y) > 0 and max(y) > 10 * min(y):
                ax.set_yscale("log")
            rho = rank_correlation(place, y)
            told_rho = f", ρ {rho:+.2f}".replace("-", "\u2212") if math.isfinite(rho) else ""
            heading(ax, f"{view.store.title(method)}: {name}{told_rho}")
    for row in axes:
        row[0].set_ylabel(view.store.metric(told["metric"])["title"])
    return figure


def rank_correlation(x: list[float], y: list[float]) -> float:
    """Spearman's rank correlation; NaN for fewer than three trials, or where one of them never varies."""
    if len(x) < LEAST or len(set(x)) < 2 or len(set(y)) < 2:
        return math.nan
    return float(stats.spearmanr(x, y).statistic)
