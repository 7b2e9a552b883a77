"""What n seeds allow one to say: intervals, tests, and who leads a column.

t intervals on means (inside a quantity's range: reports/intervals.py); Wilson intervals and Fisher's exact test for counts;
paired t-tests over seeds, corrected by Holm inside a named family; below three values raw points.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from reports.power import ALPHA, LEAST, detectable

LEVEL = 0.95
SIGNS = 6  # seeds from which an exact sign test can reach 5%
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
    """The mean of a - b over the seeds both have; a number that does not exist is NaN, `reason` says why."""

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


def mean_interval(values: Values) -> Estimate:
    """Mean and Student's t interval; from fewer than three values the mean alone."""
    x = finite(values)
    points = tuple(float(v) for v in x)
    if not len(x):
        return Estimate(NAN, NAN, NAN, 0)
    if len(x) < LEAST:
        return Estimate(float(x.mean()), NAN, NAN, len(x), points)
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return Estimate(float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, len(x), points)


def wilson(k: int, n: int) -> Count:
    """Wilson's score interval of a proportion, which stays useful at 0 of n and n of n."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a count")
    if n == 0:
        return Count(0, 0, NAN, NAN)
    low, high = proportion_confint(k, n, alpha=1 - LEVEL, method="wilson")
    return Count(k, n, float(low) if k else 0.0, float(high) if k < n else 1.0)  # exact at the ends


def tally(values: dict[int, float]) -> Count:
    """Seed -> verdict (0 or 1) as a count."""
    return wilson(sum(v > 0.5 for v in values.values()), len(values))


def fisher(k_a: int, n_a: int, k_b: int, n_b: int) -> float:
    """Two-sided p of Fisher's exact test that two counts share a proportion; NaN where one is empty."""
    if not n_a or not n_b:
        return NAN
    return float(stats.fisher_exact(np.array([[k_a, n_a - k_a], [k_b, n_b - k_b]])).pvalue)


def paired(a: dict[int, float], b: dict[int, float], tests: int = 1) -> Paired:
    """Paired t-test of a - b over the seeds present in both (dicts seed -> value); where all differences are equal, a sign test.

    `tests`: the size of the family; the detectable difference is that of Holm's hardest step, alpha / tests.
    """
    seeds = sorted(s for s in a.keys() & b.keys() if math.isfinite(a[s]) and math.isfinite(b[s]))
    differences = np.array([a[s] - b[s] for s in seeds])
    estimate = mean_interval(differences)
    n = len(differences)
    if n < LEAST:
        reason = "no common seed" if n == 0 else f"n = {n}, too few for a test"
        return Paired(estimate.mean, NAN, NAN, NAN, n, NAN, estimate.points, reason)
    sd = float(differences.std(ddof=1))
    if sd <= 1e-12 * max(1.0, float(np.abs(differences).max())):
        if np.all(differences == 0):
            return Paired(0.0, 0.0, 0.0, 1.0, n, NAN, estimate.points, "equal at every seed")
        mean, reason = estimate.mean, "the same difference at every seed, a t-test is undefined"
        if n < SIGNS:
            return Paired(mean, NAN, NAN, NAN, n, NAN, estimate.points, reason)
        return Paired(mean, mean, mean, 2.0 ** (1 - n), n, NAN, estimate.points, f"{reason}: sign test")
    t = estimate.mean / (sd / math.sqrt(n))
    p = float(2 * stats.t.sf(abs(t), n - 1))
    smallest = detectable(sd, n, ALPHA / max(1, tests))
    return Paired(estimate.mean, estimate.low, estimate.high, p, n, smallest, estimate.points)


def over_queries(a: dict[int, float], b: dict[int, float], query_se: float, queries: int) -> Paired:
    """The difference a - b where both are means over the same queries: seeds and queries both vary.

    query_se: standard error over queries of the difference (bound it by the root of the sum of both squares where only each
    one's own is known). The variance of the mean is s^2 / n + query_se^2: more seeds do not make the queries more; degrees
    of freedom by Satterthwaite.
    """
    test = paired(a, b)
    if test.n < LEAST or not math.isfinite(query_se):
        reason = test.reason or "the spread over queries was not stored"
        return Paired(test.mean, NAN, NAN, NAN, test.n, NAN, test.points, reason)
    of_seeds, of_queries = float(np.var(test.points, ddof=1)) / test.n, query_se**2
    if not of_seeds + of_queries:
        return test
    df = (of_seeds + of_queries) ** 2 / (of_seeds**2 / (test.n - 1) + of_queries**2 / (queries - 1))
    se = math.sqrt(of_seeds + of_queries)
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * se
    p = float(2 * stats.t.sf(abs(test.mean) / se, df))
    return Paired(test.mean, test.mean - half, test.mean + half, p, test.n, NAN, test.points)


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
    """All pairs of one column compared: the family of Holm's correction is every pair of its contestants.

    pairs holds the difference first - second over the seeds that both have; who leads, and whether that is sure, is read
    off these differences alone. same: names whose values are one contestant's (one generator, several encoders).
    """

    pairs: dict[tuple[str, str], Paired]
    adjusted: dict[tuple[str, str], float]
    best: str  # the method that is better than every other after correction; "" where there is none
    leader: str  # wins the most of its pairs, marked or not
    ties: tuple[str, ...]  # methods that the test does not separate from the leader
    same: tuple[tuple[str, ...], ...] = ()

    @property
    def family(self) -> str:
        return f"{sum(math.isfinite(p) for p in self.adjusted.values())} pairs of methods in this column"


def contestants(
    values: Mapping[str, dict[int, float]], alike: Sequence[Sequence[str]] = ()
) -> list[tuple[str, ...]]:
    """The names of `values` in groups that are one contestant: those of `alike` whose values are equal at common seeds."""
    groups: list[tuple[str, ...]] = []
    for name in values:
        own = getattr(name, "method", name)  # a variant's: two variants of peers[0] stay two
        peers = next((group for group in alike if own in group), (own,))
        known = next((g for g in groups if (other := getattr(g[0], "method", g[0])) in peers
                      and (own, other) != (peers[0], peers[0]) and agree(values[g[0]], values[name])), None)  # fmt: skip
        if known is None:
            groups.append((name,))
        else:
            groups[groups.index(known)] = (*known, name)
    return groups


def agree(a: dict[int, float], b: dict[int, float]) -> bool:
    """Whether two have common seeds, and the same value at each of them."""
    common = a.keys() & b.keys()
    return bool(common) and all(a[seed] == b[seed] for seed in common)


def family(pairs: Sequence[tuple[dict[int, float], dict[int, float]]]) -> list[Paired]:
    """Tests first - second of each; what it could have detected is at Holm's hardest step over those that can be tested."""
    tests = sum(math.isfinite(paired(a, b).p) for a, b in pairs)
    return [paired(a, b, tests=max(1, tests)) for a, b in pairs]


def compare_column(
    values: Mapping[str, dict[int, float]], better: str | None, alike: Sequence[Sequence[str]] = ()
) -> Column:
    """Compares every pair of methods by a paired t-test over their common seeds, Holm-corrected.

    values: method -> seed -> value. alike: groups of methods that share a generator; where their values are the same they
    enter once, under the first one's name.
    """
    groups = contestants(values, alike)
    names = [group[0] for group in groups]
    keys = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    pairs = dict(zip(keys, family([(values[a], values[b]) for a, b in keys]), strict=True))
    adjusted = dict(zip(keys, holm([pairs[key].p for key in keys]), strict=True))
    same = tuple(group for group in groups if len(group) > 1)
    means = {name: mean_interval(list(values[name].values())).mean for name in names}
    known = [name for name in names if math.isfinite(means[name])]
    if better not in ("higher", "lower") or not known:
        return Column(pairs, adjusted, "", "", (), same)
    sign = 1.0 if better == "higher" else -1.0

    def ahead(a: str, b: str) -> float:
        """By how much a is better than b on their common seeds; NaN where they have none."""
        return sign * (pairs[a, b].mean if (a, b) in pairs else -pairs[b, a].mean)

    wins = {a: sum(ahead(a, b) > 0 for b in known if b != a) for a in known}
    leader = max(known, key=lambda name: (wins[name], sign * means[name]))
    others = [name for name in known if name != leader]

    def beats(other: str) -> bool:
        key = (leader, other) if (leader, other) in pairs else (other, leader)
        return adjusted[key] < ALPHA and ahead(leader, other) > 0

    ties = tuple(name for name in others if not beats(name))
    return Column(pairs, adjusted, leader if others and not ties else "", leader, ties, same)
