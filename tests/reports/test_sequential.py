"""The levels are the published ones, and looking several times keeps the promised error rate."""

import numpy as np
import pytest
from scipy import stats

from reports.sequential import levels


def test_one_look_is_the_ordinary_test() -> None:
    assert levels([6]) == pytest.approx([0.05], abs=1e-6)


def test_two_equal_looks_are_as_published() -> None:
    """Lan and DeMets 1983 with Pocock's spending: 2.157 and 2.201."""
    bounds = stats.norm.isf(np.array(levels([1, 2])) / 2)
    assert bounds == pytest.approx([2.157, 2.201], abs=2e-3)


def test_error_rate_of_paired_t_tests_under_the_null() -> None:
    looks = [3, 6, 12]
    values = np.random.default_rng(0).normal(size=(40_000, 12))
    p = [stats.ttest_1samp(values[:, :n], 0, axis=1).pvalue for n in looks]
    stopped = np.any([a <= b for a, b in zip(p, levels(looks), strict=True)], axis=0)
    assert 0.04 < stopped.mean() < 0.06


@pytest.mark.parametrize("looks", [[3, 3], [], [0, 3]])
def test_bad_plans_of_looks_are_refused(looks: list[int]) -> None:
    with pytest.raises(ValueError, match="looks"):
        levels(looks)
