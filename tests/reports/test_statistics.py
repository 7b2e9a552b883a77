"""Statistics against scipy, statsmodels and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from reports.statistics import (
    bootstrap_interval,
    compare_column,
    detectable,
    fisher,
    holm,
    mean_interval,
    paired,
    wilson,
)

X = np.random.default_rng(0).normal(3, 2, 12)
Y = X + np.random.default_rng(1).normal(0.7, 1, 12)


def test_t_interval_is_scipys():
    found = mean_interval(X)
    low, high = stats.t.interval(0.95, len(X) - 1, X.mean(), stats.sem(X))
    assert (found.mean, found.low, found.high, found.n) == (
        pytest.approx(X.mean()),
        pytest.approx(low),
        pytest.approx(high),
        12,
    )


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [float("nan"), 1.0, 2.0]])
def test_fewer_than_three_values_give_points_and_no_interval(values):
    found = mean_interval(values)
    assert not found.known and found.n < 3
    assert found.points == tuple(v for v in values if v == v)


def test_the_bootstrap_is_refused_below_twenty_and_covers_from_there():
    with pytest.raises(ValueError, match="at least 20"):
        bootstrap_interval(X)
    x = np.random.default_rng(2).normal(5, 1, 40)
    found, t = bootstrap_interval(x), mean_interval(x)
    assert found.low == pytest.approx(t.low, abs=0.1) and found.high == pytest.approx(t.high, abs=0.1)
    assert bootstrap_interval(x).low == found.low  # the same every time


@pytest.mark.parametrize(("k", "n"), [(0, 6), (6, 6), (3, 6), (1, 100), (0, 1)])
def test_wilson_is_statsmodels(k, n):
    low, high = proportion_confint(k, n, method="wilson")
    found = wilson(k, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


def test_wilson_of_nothing_has_no_interval_and_nonsense_is_refused():
    assert math.isnan(wilson(0, 0).low)
    with pytest.raises(ValueError, match="7 of 6"):
        wilson(7, 6)


def test_fisher_of_six_against_none():
    assert fisher(6, 6, 0, 6) == pytest.approx(2 / math.comb(12, 6))
    assert fisher(2, 6, 3, 7) == pytest.approx(stats.fisher_exact([[2, 4], [3, 4]]).pvalue)
    assert math.isnan(fisher(0, 0, 1, 2))


def test_paired_is_scipys_over_common_seeds_only():
    a, b = dict(enumerate(X)), dict(enumerate(Y))
    found, expected = paired(a, b), stats.ttest_rel(X, Y)
    interval = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    b.pop(3)
    b[99], a[4] = 1.0, float("nan")
    assert paired(a, b).n == 10


def test_paired_without_spread_says_so():
    assert paired({0: 1.0, 1: 2.0, 2: 3.0}, {0: 1.0, 1: 2.0, 2: 3.0}).p == 1
    found = paired({0: 1.0, 1: 2.0, 2: 3.0}, {0: 0.0, 1: 1.0, 2: 2.0})
    assert math.isnan(found.p) and "undefined" in found.reason
    assert "too few" in paired({0: 1.0}, {0: 2.0}).reason


def test_holm_is_statsmodels_and_nan_does_not_count():
    ps = [0.01, 0.04, 0.03, 0.2, 0.0005]
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]))
    found = holm([0.01, float("nan"), 0.04])
    assert (found[0], found[2]) == (pytest.approx(0.02), pytest.approx(0.04)) and math.isnan(found[1])


@pytest.mark.parametrize(("n", "alpha"), [(3, 0.05), (6, 0.05), (6, 0.01), (20, 0.05)])
def test_the_detectable_difference_is_statsmodels(n, alpha):
    effect = TTestPower().solve_power(nobs=n, alpha=alpha, power=0.8, alternative="two-sided")
    assert detectable(2.5, n, alpha) == pytest.approx(2.5 * effect, rel=1e-4)


def test_the_best_needs_to_beat_every_other():
    rng = np.random.default_rng(3)
    good, same, bad = (dict(enumerate(rng.normal(m, 0.1, 6))) for m in (5, 5, 1))
    found = compare_column({"good": good, "bad": bad}, "higher")
    assert found.best == "good"
    assert compare_column({"good": good, "bad": bad}, "lower").best == "bad"
    assert compare_column({"good": good, "bad": bad}, None).best == ""
    tied = compare_column({"good": good, "same": same, "bad": bad}, "higher")
    assert tied.best == "" and len(tied.ties) == 1 and "bad" not in tied.ties
    few = {name: {0: v[0], 1: v[1]} for name, v in (("good", good), ("bad", bad))}
    assert compare_column(few, "higher").best == ""
    assert compare_column({"good": good}, "higher").best == ""


def test_detectable_shrinks_with_more_tests_in_the_family():
    a, b = dict(enumerate(X)), dict(enumerate(Y))
    assert paired(a, b, tests=10).detectable > paired(a, b).detectable
