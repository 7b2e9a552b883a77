"""NDB: the z-test against statsmodels, the divergence in closed form, real against real."""

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportions_ztest

from benchmarks.evaluation.references import references
from benchmarks.metrics.ndb import METRIC, different, jensen_shannon
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear, data


def test_z_test_agrees_with_statsmodels() -> None:
    a, b = np.array([30, 50, 120]), np.array([60, 52, 288])
    expected = [proportions_ztest([a[i], b[i]], [a.sum(), b.sum()])[1] < 0.05 for i in range(3)]
    assert different(a, b).tolist() == expected


def test_equal_and_empty_bins_are_not_different() -> None:
    assert not different(np.array([10, 0, 10]), np.array([50, 0, 50])).any()


def test_jensen_shannon() -> None:
    assert jensen_shannon(np.array([1, 0]), np.array([0, 3])) == pytest.approx(math.log(2))
    assert jensen_shannon(np.array([1, 2]), np.array([2, 4])) == pytest.approx(0)


def test_references(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, discs, Linear((3, 16, 16)))}
    assert found["real"]["ndb"] < 0.15 < 0.3 < found["mean-image"]["ndb"]
    assert found["real"]["jsd"] < 0.1 < found["mean-image"]["jsd"]


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_data_of_few_distinct_images_is_no_error() -> None:
    few = data(100)
    few.train.x[:] = few.train.x[np.arange(600) % 4]
    values = METRIC.compute(Snapshot(few, Linear((3, 16, 16))))
    assert np.isfinite(list(values.values())).all()
