"""Statistics against scipy, statsmodels and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from reports.claims import least_count
from reports.frames import Label
from reports.intervals import bounded_interval, ratio_interval
from reports.power import detectable, effect_size, power_of
from reports.statistics import (
    compare_column,
    contestants,
    fisher,
    holm,
    mean_interval,
    over_queries,
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
    assert found.mean == 1 and math.isnan(found.low) and math.isnan(found.detectable)
    same = paired({0: 1.0, 1: 2.0, 2: 3.0}, {0: 1.0, 1: 2.0, 2: 3.0})
    assert (same.low, same.high) == (0, 0) and math.isnan(same.detectable) and "equal" in same.reason
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


@pytest.mark.parametrize(
    ("n", "tests", "right"), [(3, 136, 38.2), (3, 15, 12.7), (6, 55, 3.53), (3, 1, 3.26), (6, 1, 1.44)]
)
def test_the_effect_that_few_seeds_find_under_a_correction(n, tests, right):
    """Where scipy's noncentral t is NaN in its tails, too."""
    assert effect_size(n, 0.05 / tests, 0.8) == pytest.approx(right, rel=0.01)
    assert detectable(2.0, n, 0.05 / tests) == pytest.approx(2 * right, rel=0.01)


@pytest.mark.parametrize("n", [3, 4, 6, 10, 20])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 15, 0.05 / 136])
def test_power_is_what_simulation_gives(n, alpha):
    rng = np.random.default_rng(n)
    effect = effect_size(n, alpha, 0.8)
    for share in (0.5, 1.0):
        x = rng.normal(share * effect, 1, (40_000, n))
        t = x.mean(1) / (x.std(1, ddof=1) / math.sqrt(n))
        found = float((np.abs(t) > stats.t.ppf(1 - alpha / 2, n - 1)).mean())
        assert power_of(share * effect, n, alpha) == pytest.approx(found, abs=0.01)  # 4 standard errors


def test_an_interval_stays_where_the_quantity_can_be():
    wide = [16.0, 60.0, 146.0]  # FID: the t interval says [-91, 239]
    found = bounded_interval(wide, (0.0, None))
    logs = mean_interval(np.log(wide))
    assert mean_interval(wide).low < 0 < found.low == pytest.approx(math.exp(logs.low))
    assert found.high == pytest.approx(math.exp(logs.high)) and found.low < found.mean < found.high
    narrow = [28.0, 29.0, 30.0]
    assert bounded_interval(narrow, (0.0, None)) == mean_interval(narrow)
    share = bounded_interval([0.984, 0.999, 0.999, 0.97], (0.0, 1.0))
    assert mean_interval([0.984, 0.999, 0.999, 0.97]).high > 1 > share.high > share.mean > share.low > 0
    at_the_bound = bounded_interval([1.0, 1.0, 0.9], (0.0, 1.0))
    assert at_the_bound.high == 1.0 and at_the_bound.low == pytest.approx(mean_interval([1.0, 1.0, 0.9]).low)


def test_log_intervals_cover_what_they_should():
    """The median of a lognormal, 95 % of the time, where the t interval leaves the range."""
    rng, inside, total = np.random.default_rng(0), 0, 0
    for _ in range(4000):
        x = np.exp(rng.normal(0, 1.5, 3))
        if mean_interval(x).low < 0:
            found = bounded_interval(x, (0.0, None))
            inside, total = inside + (found.low <= 1 <= found.high), total + 1
    assert total > 500 and inside / total > 0.93


def test_a_share_of_a_gap_has_an_interval_over_seeds():
    """Fieller's bounds are where the paired t-test of part - r whole has p = 0.05; they cover as often as they say."""
    part = dict(enumerate([0.2, 0.3, 0.25, 0.1, 0.35, 0.28]))
    whole = dict(enumerate([0.6, 0.62, 0.7, 0.66, 0.58, 0.64]))
    ratio, low, high = ratio_interval(part, whole)
    assert ratio == pytest.approx(np.mean(list(part.values())) / np.mean(list(whole.values())))
    assert low < ratio < high
    for bound in (low, high):
        left = [part[s] - bound * whole[s] for s in part]
        assert stats.ttest_1samp(left, 0).pvalue == pytest.approx(0.05)
    rng, inside = np.random.default_rng(0), 0
    for _ in range(2000):
        gap = rng.normal(0.6, 0.1, 6)
        own = 0.4 * gap + rng.normal(0, 0.1, 6)
        _, low, high = ratio_interval(dict(enumerate(own)), dict(enumerate(gap)))
        inside += low <= 0.4 <= high
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_a_share_of_no_gap_has_no_interval():
    assert all(map(math.isnan, ratio_interval({0: 1.0, 1: 2.0}, {0: 2.0, 1: 2.0})[1:]))
    assert math.isnan(ratio_interval({0: 1.0, 1: 2.0, 2: 1.5}, {0: 0.5, 1: -0.4, 2: 0.1})[1])
    assert all(map(math.isnan, ratio_interval({0: 1.0}, {1: 2.0})))


def test_who_leads_is_read_off_the_sample_that_was_tested():
    a = {0: 1.00, 1: 1.10, 2: 1.21, 3: 1.05}
    b = {0: 0.90, 1: 1.01, 2: 1.11, 3: 0.94, 4: 5.0, 5: 6.0}  # better at every common seed, worse over all
    found = compare_column({"a": a, "b": b}, "lower")
    assert found.leader == found.best == "b" and found.pairs["a", "b"].mean > 0
    assert compare_column({"a": a, "b": b}, "higher").best == "a"
    mirrored = compare_column({"b": b, "a": a}, "lower")
    assert mirrored.best == "b" and mirrored.pairs["b", "a"].mean < 0


def test_one_generator_is_one_contestant():
    gan, own = {0: 1.0, 1: 2.0, 2: 3.0}, {0: 5.0, 1: 6.0, 2: 7.5}
    values = {"gan": gan, "inverse": dict(gan), "direct": dict(gan), "aegan": own}
    assert contestants(values, [("gan", "inverse", "direct")]) == [("gan", "inverse", "direct"), ("aegan",)]
    found = compare_column(values, "lower", [("gan", "inverse", "direct")])
    assert found.same == (("gan", "inverse", "direct"),) and list(found.pairs) == [("gan", "aegan")]
    assert found.best == "gan" and found.adjusted["gan", "aegan"] == found.pairs["gan", "aegan"].p
    fewer = {**values, "inverse": {1: 2.0, 2: 3.0}}
    assert contestants(fewer, [("gan", "inverse")])[0] == ("gan", "inverse"), "a lost run makes no contestant"
    assert len(contestants({**fewer, "inverse": {9: 1.0}}, [("gan", "inverse")])) == 4, "nothing shows it"
    apart = compare_column({**values, "direct": own}, "lower", [("gan", "inverse", "direct")])
    assert apart.same == (("gan", "inverse"),), "an encoder of its own is a contestant of its own"


def test_a_mean_over_queries_varies_with_them_too():
    a = {s: 0.745 + d for s, d in enumerate([0.002, -0.001, 0.0, 0.001, -0.002, 0.0])}
    b = dict.fromkeys(a, 0.727)
    alone, both = paired(a, b), over_queries(a, b, query_se=0.0163, queries=64)
    assert alone.p < 1e-5 and both.p > 0.2 and both.mean == alone.mean
    assert both.low < 0 < alone.low
    assert over_queries(a, b, 0.0, 64).p == pytest.approx(alone.p)
    unknown = over_queries(a, b, math.nan, 64)
    assert math.isnan(unknown.p) and unknown.reason == "the spread over queries was not stored"
    rng, hits = np.random.default_rng(0), 0
    for _ in range(2000):  # no difference: the queries' common error must not look like one
        error = rng.normal(0, 0.01)
        noisy = {s: 0.7 + error + rng.normal(0, 0.002) for s in range(6)}
        hits += over_queries(noisy, dict.fromkeys(noisy, 0.7), 0.01, 64).p < 0.05
    assert hits / 2000 < 0.07


def test_what_six_against_six_could_show():
    assert (
        least_count(6, 6, 0.05) == 5 and least_count(6, 6, 0.05 / 10) == 6 and least_count(3, 3, 0.05) is None
    )
    assert fisher(6, 6, 0, 6) < 0.005 < fisher(5, 6, 0, 6)


def test_equal_differences_are_tested_by_their_signs_where_that_can_say_something() -> None:
    """5 modes against 1 in ten of ten seeds: scipy's binomial test; three seeds could not reach 5%."""
    found = paired(dict.fromkeys(range(10), 5.0), dict.fromkeys(range(10), 1.0))
    assert (
        found.p == pytest.approx(stats.binomtest(10, 10).pvalue)
        and found.mean == found.low == found.high == 4
    )
    few = paired(dict.fromkeys(range(3), 5.0), dict.fromkeys(range(3), 1.0))
    assert math.isnan(few.p) and "undefined" in few.reason


def test_what_could_be_detected_is_at_the_level_that_is_applied() -> None:
    """Of five methods two have enough seeds: one pair is tested, so Holm corrects for one, and so does 'detectable'."""
    rng = np.random.default_rng(0)
    values = {
        name: dict(enumerate(rng.normal(size=6 if name in "ab" else 2))) for name in ("a", "b", "c", "d", "e")
    }
    column = compare_column(values, "higher")
    assert column.adjusted["a", "b"] == column.pairs["a", "b"].p
    assert column.pairs["a", "b"].detectable == paired(values["a"], values["b"]).detectable
    assert column.pairs["a", "b"].detectable < paired(values["a"], values["b"], tests=10).detectable


def test_a_variant_that_borrows_the_generator_is_the_same_contestant() -> None:
    """An arm of the inverse generator over the same GAN is GAN again; an arm of GAN with GAN's values is not."""
    gan = {0: 1.0, 1: 2.0, 2: 3.0}
    values = {Label("gan"): gan, Label("gan", "clip=none"): dict(gan), Label("inverse", "paper"): dict(gan)}
    groups = contestants(values, [("gan", "inverse")])
    assert groups == [("gan", Label("inverse", "paper")), (Label("gan", "clip=none"),)]
    assert contestants({"a": gan, "b": gan}) == [("a",), ("b",)]
