"""Shares of a claimed gap: only where there is a gap, with Fieller's interval, by the method that is said to be worse."""

import math
from pathlib import Path

import pytest

from reports.statistics import mean_interval
from reports.tables.gaps import gaps, share_of_gap
from tests.reports.synthetic import store

WORSE = {0: 0.10, 1: 0.14, 2: 0.12, 3: 0.16}
BETTER = {0: 0.70, 1: 0.72, 2: 0.80, 3: 0.74}


def test_the_whole_gap_is_one_and_none_is_zero():
    assert share_of_gap(BETTER, WORSE, BETTER) == pytest.approx((1, 1, 1, 4, ""))
    assert share_of_gap(WORSE, WORSE, BETTER)[:3] == pytest.approx((0, 0, 0))


def test_only_common_seeds_count_and_no_gap_has_no_share():
    half = {seed: (WORSE[seed] + BETTER[seed]) / 2 for seed in WORSE} | {9: 5.0}
    assert share_of_gap(half, WORSE, BETTER)[0] == pytest.approx(0.5)
    assert share_of_gap(half, WORSE, {0: 0.7, 1: 0.72})[3:] == (2, "n = 2, too few")
    nothing = share_of_gap(half, WORSE, {0: 0.05, 1: 0.3, 2: 0.0, 3: 0.2})
    assert math.isnan(nothing[0]) and nothing[4] == "no gap is established"


def test_a_variant_of_the_worse_method_is_a_row(tmp_path: Path):
    (view,) = store(tmp_path, variants={"gan": ("", "clip=none")}, panels=False).views
    table = gaps(view)
    assert table is not None
    row = table.frame.set_index("metric").loc["collapse.vendi_ratio"]
    own = view.at("collapse.vendi_ratio")
    middle, low, high = (
        mean_interval(list(own[n].values())).mean for n in ("gan · clip=none", "gan", "aegan")
    )
    assert row["share"] == pytest.approx((middle - low) / (high - low))
    assert row["low"] < row["share"] < row["high"] and row["better"] == "aegan"


def test_no_variant_no_table(tmp_path: Path):
    (view,) = store(tmp_path, panels=False).views
    assert gaps(view) is None
