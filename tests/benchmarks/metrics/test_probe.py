"""Probes against scikit-learn, and the references in order."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from benchmarks.evaluation.references import references
from benchmarks.metrics._numerics import accuracy
from benchmarks.metrics.probe import METRIC, neighbours, ridge
from benchmarks.snapshots.snapshot import Data


@pytest.mark.parametrize("d", [5, 200])
def test_ridge_agrees_with_scikit_learn(d: int) -> None:
    rng = np.random.default_rng(0)
    a, b, y = rng.normal(2, 3, (60, d)), rng.normal(2, 3, (10, d)), rng.integers(0, 2, (60, 3))
    scale = 60**0.5 / 59**0.5  # scikit-learn's scaler takes the other standard deviation
    scaler = StandardScaler().fit(a)
    expected = Ridge(alpha=1).fit(scaler.transform(a) / scale, y).predict(scaler.transform(b) / scale)
    np.testing.assert_allclose(ridge(torch.from_numpy(a), y, torch.from_numpy(b)), expected, atol=1e-8)


def test_neighbours_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    a, b, y = rng.normal(size=(60, 4)), rng.normal(size=(20, 4)), rng.integers(0, 2, (60, 3))
    theirs = KNeighborsClassifier(5).fit(a, y).predict(b)
    np.testing.assert_array_equal(
        neighbours(torch.from_numpy(a), y, torch.from_numpy(b), 5) > 0.5, theirs > 0
    )


def test_accuracy_of_attributes_classes_and_channels() -> None:
    scores = np.array([[0.9, 0.2, 0.8], [0.1, 0.3, 0.6]])
    assert accuracy(scores, np.array([[1, 0, 0], [0, 0, 1]]), "attributes") == pytest.approx(5 / 6)
    assert accuracy(scores, np.array([[1, 0, 0], [0, 1, 0]]), "classes") == 0.5
    pairs = np.array([[0.1, 0.9, 0.6, 0.4, 0.2, 0.8]])
    assert accuracy(pairs, np.array([[0, 1, 1, 0, 1, 0]]), "channels") == pytest.approx(2 / 3)


def test_references(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, discs)}
    for value in METRIC.values:
        assert found["domain"][value] > found["pixels"][value] > found["random"][value]
