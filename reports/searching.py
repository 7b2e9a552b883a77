"""How good the best of n trials is expected to be: the curve of score against a tuning budget.

Expected maximum of n draws from the trials' empirical distribution (Dodge et al. 2019, "Show Your Work"):
F(v)^n is the distribution of the best of n, so its mean and spread are exact sums over the trials.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Best:
    """The best of `budget` trials: its expectation and standard deviation, in the score's own unit."""

    budget: int
    mean: float
    sd: float


def expected_best(scores: Sequence[float], higher_is_better: bool = True) -> list[Best]:
    """Return the expected best score for each budget from 1 to the number of trials.

    Raises ValueError where there are no trials or a score is not finite: a failed trial must be given
    the worst score by the caller, for dropping it would flatter a method that often fails.
    """
    values = np.asarray(scores, dtype=float)
    if values.size == 0:
        raise ValueError("expected_best: no trials; give at least one score")
    if not np.isfinite(values).all():
        raise ValueError(
            f"expected_best: scores {scores} must be finite; give a failed trial the worst score"
        )
    sign = 1.0 if higher_is_better else -1.0
    ordered = np.sort(sign * values)
    ranks = np.arange(values.size + 1) / values.size
    curve = []
    for budget in range(1, values.size + 1):
        weights = np.diff(ranks**budget)
        mean = float(weights @ ordered)
        sd = float(np.sqrt(weights @ (ordered - mean) ** 2))
        curve.append(Best(budget, sign * mean, sd))
    return curve
