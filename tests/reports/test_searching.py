"""The expected best of n trials agrees with drawing n trials many times."""

import numpy as np
import pytest

from reports.searching import expected_best


@pytest.mark.parametrize("higher", [True, False])
def test_expected_best_agrees_with_simulation(higher: bool) -> None:
    rng = np.random.default_rng(0)
    scores = [*rng.normal(size=8), 0.5, 0.5]
    for best in expected_best(scores, higher):
        drawn = rng.choice(scores, size=(40_000, best.budget))
        ends = drawn.max(1) if higher else drawn.min(1)
        assert best.mean == pytest.approx(ends.mean(), abs=0.03)
        assert best.sd == pytest.approx(ends.std(), abs=0.03)


@pytest.mark.parametrize("scores", [[], [1.0, float("nan")]])
def test_trials_that_cannot_be_ranked_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="expected_best"):
        expected_best(scores)
