"""Inversion: an exact inverse, closed forms of both distances to the prior, scipy's Wasserstein distance."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from benchmarks.evaluation.references import references
from benchmarks.metrics.inversion import METRIC, correlation, mmd, sliced_wasserstein
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear


def normals(n: int = 500, d: int = 3, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)))


def test_sliced_wasserstein_of_a_shift_and_against_scipy() -> None:
    a, rng = normals(), np.random.default_rng(1)
    shift = torch.tensor([3.0, 0.0, 0.0]).double()
    w = np.random.default_rng(1).normal(size=(3, 128))
    w /= np.linalg.norm(w, axis=0)
    assert sliced_wasserstein(a, a + shift, rng) == pytest.approx(3 * np.abs(w[0]).mean(), rel=1e-9)
    b = normals(seed=2) * 2
    expected = np.mean([wasserstein_distance(a.numpy() @ v, b.numpy() @ v) for v in w.T])
    assert sliced_wasserstein(a, b, np.random.default_rng(1)) == pytest.approx(expected, rel=1e-9)


def test_mmd_is_unbiased_and_agrees_with_a_loop() -> None:
    a, b = normals(30), normals(30, seed=3) + 1
    distance = [
        ((x - y) ** 2).sum() for i, x in enumerate(b.numpy()) for j, y in enumerate(b.numpy()) if i != j
    ]
    width = torch.tensor(np.array(distance)).median().item()

    def kernel(p: torch.Tensor, q: torch.Tensor) -> np.ndarray:
        return np.array([[np.exp(-((x - y) ** 2).sum() / (2 * width)) for y in q.numpy()] for x in p.numpy()])

    off = ~np.eye(30, dtype=bool)
    expected = kernel(a, a)[off].mean() + kernel(b, b)[off].mean() - 2 * kernel(a, b).mean()
    assert mmd(a, b) == pytest.approx(expected, rel=1e-9)
    same = [mmd(normals(200, seed=i), normals(200, seed=i + 100)) for i in range(20)]
    assert abs(np.mean(same)) < 2 * np.std(same) / 20**0.5 + 1e-4


def test_correlation() -> None:
    a = normals(50)
    assert correlation(a, 2 * a + 1) == pytest.approx(1)
    assert correlation(a, torch.zeros_like(a)) == 0
    expected = np.mean([np.corrcoef(a[:, i], a[:, i] ** 2)[0, 1] for i in range(3)])
    assert correlation(a, a**2) == pytest.approx(expected)


def test_references(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, discs, Linear((3, 16, 16)))}
    assert found["real"]["error"] == pytest.approx(0, abs=1e-9) and found["real"][
        "correlation"
    ] == pytest.approx(1)
    assert found["real"]["mmd"] < found["untrained"]["mmd"]


def test_a_constant_model_is_finite(discs: Data) -> None:
    values = METRIC.compute(Snapshot(discs, Linear((3, 16, 16), constant=True)))
    assert np.isfinite(list(values.values())).all() and values["correlation"] == 0
