"""P(A > B): wins counted by hand, bounds by another implementation, verdicts of three values, and its table."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from reports.outperformance import MEANINGFUL, OPEN, SMALL, outperformance
from reports.sections import shown
from reports.tables import tables
from reports.tables.scorecard import operations
from tests.reports.synthetic import store


def seeds(values: list[float]) -> dict[int, float]:
    return dict(enumerate(values))


def test_wins_and_half_wins_are_counted_in_the_metrics_direction() -> None:
    a, b = seeds([1, 2, 3, 4]), seeds([0, 2, 4, 3, 9])
    assert outperformance(a, b, "higher").share == (1 + 0.5 + 0 + 1) / 4
    assert outperformance(a, b, "lower").share == (0 + 0.5 + 1 + 0) / 4
    assert outperformance(a, b, "higher").n == 4
    assert math.isnan(outperformance(a, {9: 1.0}, "higher").share)
    assert math.isnan(outperformance(seeds([1, 2]), seeds([0, 0]), "higher").low)


@pytest.mark.parametrize("k, n", [(6, 6), (5, 6), (0, 4), (9, 12), (25, 25), (0, 25)])
def test_few_pairs_and_wins_alone_have_the_exact_interval(k: int, n: int) -> None:
    found = outperformance(seeds([1.0] * k + [-1.0] * (n - k)), seeds([0.0] * n), "higher")
    exact = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_ties_alone_leave_it_open() -> None:
    found = outperformance(seeds([1.0] * 20), seeds([1.0] * 20), "higher")
    assert found.low < 0.3 and found.share == 0.5 and found.high > 0.7


def test_from_twenty_pairs_on_the_bootstraps() -> None:
    wins = np.array([1.0] * 24 + [-1.0] * 6)
    found = outperformance(seeds(list(wins)), seeds([0.0] * 30), "higher")
    other = stats.bootstrap(((wins > 0) * 1.0,), np.mean, method="percentile", rng=np.random.default_rng(5))
    assert (found.low, found.high) == pytest.approx(tuple(other.confidence_interval), abs=0.04)


def test_verdicts() -> None:
    def verdict(k: int, n: int) -> str:
        return outperformance(seeds([1.0] * k + [-1.0] * (n - k)), seeds([0.0] * n), "higher").verdict

    assert verdict(5, 5) == OPEN and verdict(6, 6) == MEANINGFUL and verdict(0, 6) == MEANINGFUL
    assert verdict(70, 100) == SMALL and verdict(80, 100) == MEANINGFUL and verdict(52, 100) == OPEN


def test_the_table_holds_every_pair_and_both_tests(tmp_path: Path) -> None:
    table = tables(store(tmp_path, ("gan", "aegan", "aae"), panels=False))["outperformance"]
    fid = table.frame[table.frame["metric"] == "fid.fid"]
    assert len(fid) == 3
    pair = fid[fid["b"] == "gan"].set_index("a").loc["aegan"]
    assert (
        pair["share"] == 1 and pair["pairs"] == 6 and pair["verdict"] == MEANINGFUL and pair["p_holm"] < 0.05
    )
    words = " ".join(table.notes)
    assert "not corrected" in words and "Holm" in words
    told = [
        cells[4].text for _, cells in table.rows() if cells[1].value == "aegan" and cells[2].value == "gan"
    ]
    assert told[0] == "AEGAN beats GAN, meaningful"


def test_a_long_table_in_which_nothing_is_decided_is_folded(tmp_path: Path) -> None:
    """Two seeds decide no pair; six do, and then every row is shown."""
    few = tables(store(tmp_path / "few", ("gan", "aegan", "aae", "ae"), seeds=(0, 1), panels=False))[
        "outperformance"
    ]
    folded = shown(few)
    assert (
        folded.startswith("<details><summary>") and f"Undecided for each of {len(few.cells)} pairs" in folded
    )
    many = tables(store(tmp_path / "many", ("gan", "aegan", "aae"), panels=False))["outperformance"]
    assert "<details>" not in shown(many) and "AEGAN beats GAN" in shown(many)


def test_what_was_trained_elsewhere_costs_nobody_knows_what() -> None:
    assert operations(math.nan, 3).text == "–" and not operations(math.nan, 3).detail
    assert operations(0.01, 3).text == "0.010" and operations(0.01, 3).detail == "exact"
