"""What n seeds allow one to say: intervals, tests and the difference they could have found.

t intervals on means; a bootstrap only from n = 20; Wilson intervals and Fisher's exact test for counts;
paired t-tests over seeds, corrected by Holm inside a named family; below three values raw points.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import optimize, stats

LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
LEAST = 3  # below this many values: raw points, no interval and no test
BOOTSTRAP_LEAST = 20
NAN = float("nan")
Values = Sequence[float] | np.ndarray | pd.Series


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval; `low` and `high` are NaN where n is too small for one."""

    mean: float
    low: float
    high: float
    n: int
    points: tuple[float, ...] = ()

    @property
    def known(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True)
class Count:
    """k of n with Wilson's interval; NaN where n is 0."""

    k: int
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """The mean of a - b over the seeds both have; p is NaN where no test was possible, `reason` says why."""

    mean: float
    low: float
    high: float
    p: float
    n: int
    detectable: float
    points: tuple[float, ...] = ()
    reason: str = ""


def finite(values: Values) -> np.ndarray:
    """The finite ones, float64."""
    array = np.asarray(values, dtype=float).ravel()
    return array[np.isfinite(array)]


def mean_interval(values: Values, level: float = LEVEL) -> Estimate:
    """Mean and Student's t interval; from fewer than three values the mean alone."""
    x = finite(values)
    points = tuple(float(v) for v in x)
    if not len(x):
        return Estimate(NAN, NAN, NAN, 0)
    if len(x) < LEAST:
        return Estimate(float(x.mean()), NAN, NAN, len(x), points)
    half = float(stats.t.ppf((1 + level) / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return Estimate(float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, len(x), points)


def bootstrap_interval(
    values: Values,
    statistic: Callable[..., float] = np.mean,
    level: float = LEVEL,
    resamples: int = 2000,
) -> Estimate:
    """BCa bootstrap with a fixed seed, for statistics that have no t interval; refused below 20 values."""
    x = finite(values)
    if len(x) < BOOTSTRAP_LEAST:
        raise ValueError(
            f"a bootstrap needs at least {BOOTSTRAP_LEAST} values, got {len(x)}: use mean_interval"
        )
    points = tuple(float(v) for v in x)
    if np.ptp(x) == 0:
        return Estimate(float(statistic(x)), float(x[0]), float(x[0]), len(x), points)
    found = stats.bootstrap(
        (x,), statistic, confidence_level=level, n_resamples=resamples, rng=np.random.default_rng(0)
    ).confidence_interval
    return Estimate(float(statistic(x)), float(found.low), float(found.high), len(x), points)


def wilson(k: int, n: int, level: float = LEVEL) -> Count:
    """Wilson's score interval of a proportion, which stays useful at 0 of n and n of n."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a count")
    if n == 0:
        return Count(0, 0, NAN, NAN)
    z = float(stats.norm.ppf((1 + level) / 2))
    share = k / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return Count(k, n, low, high)


def tally(values: dict[int, float]) -> Count:
    """Seed -> verdict (0 or 1) as a count."""
    return wilson(sum(v > 0.5 for v in values.values()), len(values))


def fisher(k_a: int, n_a: int, k_b: int, n_b: int) -> float:
    """Two-sided p of Fisher's exact test that two counts share a proportion; NaN where one is empty."""
    if not n_a or not n_b:
        return NAN
    return float(stats.fisher_exact(np.array([[k_a, n_a - k_a], [k_b, n_b - k_b]])).pvalue)


def detectable(sd: float, n: int, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest true mean difference that a two-sided paired t-test over n seeds finds with a power.

    Solves 1 - F(t_c; n - 1, d sqrt n) + F(-t_c; ...) = power for the effect d (noncentral t); d * sd.
    """
    if n < LEAST or not math.isfinite(sd):
        return NAN
    return effect_size(n, alpha, power) * sd if sd else 0.0


@cache
def effect_size(n: int, alpha: float, power: float) -> float:
    """The standardised effect of `detectable`; many cells of a table ask for the same one."""
    critical = float(stats.t.ppf(1 - alpha / 2, n - 1))

    def missing(effect: float) -> float:
        shift = effect * math.sqrt(n)
        found = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
        return (float(found) if math.isfinite(float(found)) else 1.0) - power

    high = 1.0
    while missing(high) < 0:
        high *= 2
    return float(optimize.brentq(missing, 0.0, high))


def paired(a: dict[int, float], b: dict[int, float], tests: int = 1, level: float = LEVEL) -> Paired:
    """Paired t-test of a - b over the seeds present in both (dicts seed -> value).

    `tests`: the size of the family; the detectable difference is that of Holm's hardest step, alpha / tests.
    """
    seeds = sorted(s for s in a.keys() & b.keys() if math.isfinite(a[s]) and math.isfinite(b[s]))
    differences = np.array([a[s] - b[s] for s in seeds])
    estimate = mean_interval(differences, level)
    n = len(differences)
    if n < LEAST:
        reason = "no common seed" if n == 0 else f"n = {n}, too few for a test"
        return Paired(estimate.mean, NAN, NAN, NAN, n, NAN, estimate.points, reason)
    sd = float(differences.std(ddof=1))
    if sd <= 1e-12 * max(1.0, float(np.abs(differences).max())):
        equal = bool(np.all(differences == 0))
        reason = "" if equal else "the same difference at every seed, a t-test is undefined"
        p = 1.0 if equal else NAN
        return Paired(estimate.mean, estimate.mean, estimate.mean, p, n, 0.0, estimate.points, reason)
    t = estimate.mean / (sd / math.sqrt(n))
    p = float(2 * stats.t.sf(abs(t), n - 1))
    smallest = detectable(sd, n, ALPHA / max(1, tests))
    return Paired(estimate.mean, estimate.low, estimate.high, p, n, smallest, estimate.points)


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the given order; NaNs stay and do not count."""
    adjusted = [NAN] * len(ps)
    order = sorted((i for i, p in enumerate(ps) if math.isfinite(p)), key=lambda i: ps[i])
    running = 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(order) - rank) * ps[i]))
        adjusted[i] = running
    return adjusted


@dataclass(frozen=True)
class Column:
    """All pairs of one column compared: the family of Holm's correction is every pair of its methods."""

    pairs: dict[tuple[str, str], Paired]
    adjusted: dict[tuple[str, str], float]
    best: str  # the method that is better than every other after correction; "" where there is none
    leader: str  # the best mean, marked or not
    ties: tuple[str, ...]  # methods that the test does not separate from the leader

    @property
    def family(self) -> str:
        return (
            f"{len([p for p in self.adjusted.values() if math.isfinite(p)])} pairs of methods in this column"
        )


def compare_column(values: dict[str, dict[int, float]], better: str | None) -> Column:
    """Every pair of methods, paired t-test over seeds, Holm-corrected; `values`: method -> seed -> value."""
    names = list(values)
    keys = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    pairs = {key: paired(values[key[0]], values[key[1]], tests=len(keys)) for key in keys}
    adjusted = dict(zip(keys, holm([pairs[key].p for key in keys]), strict=True))
    means = {name: mean_interval(list(v.values())).mean for name, v in values.items()}
    means = {name: mean for name, mean in means.items() if math.isfinite(mean)}
    if better not in ("higher", "lower") or not means:
        return Column(pairs, adjusted, "", "", ())
    leader = (max if better == "higher" else min)(means, key=lambda name: means[name])
    others = [name for name in means if name != leader]

    def beats(other: str) -> bool:
        key = (leader, other) if (leader, other) in pairs else (other, leader)
        return adjusted[key] < ALPHA

    ties = tuple(name for name in others if not beats(name))
    return Column(pairs, adjusted, leader if others and not ties else "", leader, ties)
