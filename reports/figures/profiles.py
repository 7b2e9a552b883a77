"""Performance profiles (Dolan and Moré 2002; Agarwal et al. 2021): the share of scores above every threshold."""

import math

import numpy as np
from matplotlib.figure import Figure

from reports.across import Suite
from reports.aggregate import THRESHOLDS, profile
from reports.figures.base import canvas, legend
from reports.style import MUTED, look


def performance_profile(suite: Suite) -> Figure:
    """Draws a line a contestant with its pointwise 95% band: higher everywhere is better in every respect."""
    figure, axes = canvas(1, 1, 5.6, 3.3)
    ax = axes[0, 0]
    ax.axvline(0, color=MUTED, linewidth=1)
    for name in suite.names:
        a, found = look(name), profile(suite.scores(name), suite.strata)
        if math.isfinite(found[0].low):
            low, high = np.array([b.low for b in found]), np.array([b.high for b in found])
            ax.fill_between(THRESHOLDS, low, high, color=a.colour, alpha=0.15, linewidth=0, step="post")
        ax.step(
            THRESHOLDS,
            [b.value for b in found],
            where="post",
            color=a.colour,
            linestyle=a.line,
            linewidth=1.6,
        )
    ax.set_xlabel("normalised score t (0: best trivial baseline, 1: real images)")
    ax.set_ylabel("share of scores above t")
    ax.set_ylim(0, 1.02)
    legend(figure, suite.tasks[0].view.store, suite.names)
    return figure
