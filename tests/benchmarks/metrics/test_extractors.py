"""Distances under other extractors: closed forms of MMD, networks that never change, and what is not installed."""

import math

import numpy as np
import pytest
import torch

from benchmarks.evaluation.references import snapshot
from benchmarks.metrics import extractors, mmd
from benchmarks.metrics.base import evaluate
from benchmarks.snapshots import foreign_networks
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear


def test_mmd_agrees_with_loops_and_is_zero_in_the_mean_for_equal_distributions() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 3)), rng.standard_normal((6, 3)) + 1

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return math.exp(-((a - b) ** 2).sum() / (2 * 1.5**2))

    within = [
        np.mean([k(rows[i], rows[j]) for i in range(len(rows)) for j in range(len(rows)) if i != j])
        for rows in (x, y)
    ]
    expected = sum(within) - 2 * np.mean([k(a, b) for a in x for b in y])
    assert extractors.mmd(torch.tensor(x), torch.tensor(y), 1.5) == pytest.approx(expected)
    draws = [
        extractors.mmd(
            torch.tensor(rng.standard_normal((40, 2))), torch.tensor(rng.standard_normal((40, 2))), 1.0
        )
        for _ in range(200)
    ]
    assert abs(np.mean(draws)) < 3 * np.std(draws) / math.sqrt(len(draws)) and min(draws) < 0


def test_the_median_distance_is_of_pairs() -> None:
    assert extractors.median_distance(torch.tensor([[0.0], [1.0], [3.0]]).double()) == 2
    assert math.isnan(extractors.mmd(torch.zeros(3, 1).double(), torch.zeros(3, 1).double(), 0.0))


def test_the_random_network_is_the_same_everywhere() -> None:
    x = torch.arange(2 * 3 * 16 * 16).reshape(2, 3, 16, 16).remainder(256).to(torch.uint8)
    first = foreign_networks.features("random", x)
    assert first.shape == (2, 256) and first.std() > 0
    foreign_networks.random_network.cache_clear()
    assert torch.equal(first, foreign_networks.features("random", x))
    assert float(first.double().sum()) == pytest.approx(85.2416, rel=1e-4)
    assert foreign_networks.features("random", x[:, :1]).shape == (
        2,
        256,
    )  # grey images have a network of their own


def test_an_absent_package_leaves_its_values_out(discs: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractors, "has_imagenet_lite", lambda: False)
    assert extractors.compute(snapshot("real", discs)).keys() == {"fd_random", "mmd_random"}


@pytest.mark.slow
@pytest.mark.skipif(
    not foreign_networks.has_imagenet_lite(), reason="the extra imagenet-lite is not installed"
)
def test_both_know_real_images_from_their_mean(discs: Data) -> None:
    real, mean = (extractors.compute(snapshot(name, discs)) for name in ("real", "mean-image"))
    assert real.keys() == set(extractors.METRIC.values)
    assert all(real[name] < mean[name] / 3 for name in real)


def test_cmmd_by_loops(discs: Data) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    n = mmd.samples(discs)
    x, y = (f.double().numpy() for f in (s.features()[:n], discs.features("test", n)))
    x, y = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (x, y))

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-((a[:, None] - b[None]) ** 2).sum(2) / 200)

    within = [(kernel(a, a).sum() - len(a)) / (len(a) * (len(a) - 1)) for a in (x, y)]
    assert evaluate(mmd.METRIC, s).values["mmd"] == pytest.approx(
        1000 * (sum(within) - 2 * kernel(x, y).mean()), abs=1e-7
    )
