"""P(A > B): how often A beats B on the same seed, and whether that is often enough to matter.

Bouthillier et al. 2021, "Accounting for Variance in Machine Learning Benchmarks" (arXiv:2103.03098), section 4.2: the share of
paired seeds at which A is better (a tie is half a win), with its bootstrap interval; A is recommended over B where chance is
excluded and the share is large enough to care for. They ask the interval's upper end to exceed gamma, and for 29 pairs.
Deviation: the estimate itself is asked to reach gamma, which is stricter; below 20 pairs, and where all pairs come out alike, the
interval is the exact binomial one (Clopper and Pearson 1934), since a bootstrap of equal values has no width.
"""

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from reports.power import LEAST
from reports.statistics import LEVEL, NAN

GAMMA = 0.75  # theirs
PAIRS = 20  # from here on the bootstrap
REPETITIONS = 10_000
MEANINGFUL, SMALL, OPEN = "meaningful", "small", "undecided"


@dataclass(frozen=True)
class Outperformance:
    """The share of `n` paired seeds at which A beats B with its interval, NaN below three pairs."""

    share: float
    low: float
    high: float
    n: int

    @property
    def verdict(self) -> str:
        """Undecided where chance (1/2) is not excluded; else small below gamma on the winner's side, or meaningful."""
        if not (self.low > 0.5 or self.high < 0.5):
            return OPEN
        return MEANINGFUL if max(self.share, 1 - self.share) >= GAMMA else SMALL


def outperformance(a: dict[int, float], b: dict[int, float], better: str) -> Outperformance:
    """Returns P(A > B) over the seeds both have; `better` is higher or lower."""
    sign = 1.0 if better == "higher" else -1.0
    differences = np.array([sign * (a[seed] - b[seed]) for seed in sorted(a.keys() & b.keys())])
    differences = differences[np.isfinite(differences)]
    n = len(differences)
    wins = (differences > 0) + 0.5 * (differences == 0)
    if not n:
        return Outperformance(NAN, NAN, NAN, 0)
    share = float(wins.mean())
    if n < LEAST:
        return Outperformance(share, NAN, NAN, n)
    if n < PAIRS or not np.ptp(wins):
        low, high = proportion_confint(float(wins.sum()), n, alpha=1 - LEVEL, method="beta")  # half wins too
        return Outperformance(share, float(low), float(high), n)
    again = wins[np.random.default_rng(0).integers(n, size=(REPETITIONS, n))].mean(axis=1)
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Outperformance(share, float(low), float(high), n)
