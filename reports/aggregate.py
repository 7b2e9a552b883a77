"""One number over several tasks (data sets or questions): interquartile mean, performance profile, probability of improvement.

Agarwal et al. 2021, "Deep RL at the Edge of the Statistical Precipice" (arXiv:2108.13264), section 4, with the definitions of
their library, rliable. The library itself draws from numpy's global generator whatever seed it is given, and needs a version of
arch that pandas 3 does not load. Deviation: strata are named, so that questions put to the same runs are resampled together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.power import LEAST
from reports.statistics import LEVEL, NAN

TASKS = 3  # fewer tasks are shown one by one
# Runs over strata from which a bootstrap says something. Several scores of one run count once: they are resampled together,
# and of six runs a percentile bootstrap is too narrow, however many questions they answer.
ENOUGH = 20
REPETITIONS = 2000
THRESHOLDS = tuple(np.round(np.linspace(-0.5, 1.0, 61), 3).tolist())


@dataclass(frozen=True)
class Bounded:
    """A value and its percentile interval, NaN where there are too few runs for one."""

    value: float
    low: float
    high: float

    @property
    def opposite(self) -> "Bounded":
        """P(B > A) where this is P(A > B)."""
        return Bounded(1 - self.value, 1 - self.high, 1 - self.low)


def resampled(shape: tuple[int, int], strata: Sequence[str], seed: int) -> np.ndarray:
    """Returns rows int [REPETITIONS, runs, tasks]: tasks of one stratum take the same rows, each stratum its own."""
    runs, _ = shape
    rng = np.random.default_rng(seed)
    drawn = {name: rng.integers(runs, size=(REPETITIONS, runs)) for name in dict.fromkeys(strata)}
    return np.stack([drawn[name] for name in strata], axis=2)


def boot(scores: np.ndarray, strata: Sequence[str], seed: int = 0) -> np.ndarray:
    """Returns scores [runs, tasks] resampled over runs inside each stratum: [REPETITIONS, runs, tasks]."""
    rows = resampled(scores.shape, strata, seed)
    return scores[rows, np.arange(scores.shape[1])]


def resampling_units(runs: int, strata: Sequence[str]) -> int:
    """Returns how many runs are drawn independently of each other: `runs` in each stratum."""
    return runs * len(set(strata))


def bounded(value: float, again: np.ndarray, runs: int, strata: Sequence[str]) -> Bounded:
    """Returns the value with the percentiles of its bootstrap distribution, if there are runs enough for them."""
    if resampling_units(runs, strata) < ENOUGH or runs < LEAST:
        return Bounded(value, NAN, NAN)
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Bounded(value, float(low), float(high))


def interquartile_mean(scores: np.ndarray, strata: Sequence[str]) -> Bounded:
    """Returns the mean of the middle half of all scores [runs, tasks]."""
    again = boot(scores, strata)
    means = np.asarray(stats.trim_mean(again.reshape(len(again), -1), 0.25, axis=1))
    return bounded(float(stats.trim_mean(scores, 0.25, axis=None)), means, len(scores), strata)


def profile(
    scores: np.ndarray, strata: Sequence[str], thresholds: Sequence[float] = THRESHOLDS
) -> list[Bounded]:
    """Returns the share of scores [runs, tasks] above each threshold, with a pointwise interval."""
    again = boot(scores, strata)
    return [
        bounded(float((scores > t).mean()), (again > t).mean(axis=(1, 2)), len(scores), strata)
        for t in thresholds
    ]


def chance_above(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns P(a > b) + P(a = b) / 2 over all pairs of runs, the mean over tasks: [.., runs, tasks] twice -> [..]."""
    x, y = a[..., :, None, :], b[..., None, :, :]
    return np.asarray(((x > y) + 0.5 * (x == y)).mean(axis=(-3, -2, -1)))


def improvement(a: np.ndarray, b: np.ndarray, strata: Sequence[str]) -> Bounded:
    """Returns the probability that a run of a scores above a run of b, averaged over tasks; runs are not paired."""
    again = chance_above(boot(a, strata, 1), boot(b, strata, 2))
    return bounded(float(chance_above(a, b)), again, min(len(a), len(b)), strata)
