"""GAIA's table on points: scipy's and scikit-learn's numbers, and what KL must be."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr
from sklearn.neighbors import KernelDensity

from benchmarks.evaluation.references import references
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.latent2d import METRIC, density, log_density
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from tests.benchmarks.fakes import Linear


@pytest.fixture(scope="module")
def blob() -> Data:
    x = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    return Data(Split(x=x[:2000]), Split(x=x[2000:]), name="blob", kind="points", n=400)


def test_density_agrees_with_scikit_learn(blob: Data) -> None:
    real, h = density(blob)
    x = blob.images("test", 50).double()
    theirs = KernelDensity(bandwidth=h).fit(real.numpy()).score_samples(x.numpy())
    np.testing.assert_allclose(log_density(x, real, h), theirs, atol=1e-6)
    left = [
        KernelDensity(bandwidth=h).fit(np.delete(x.numpy(), i, 0)).score_samples(x[i : i + 1])[0]
        for i in range(3)
    ]
    np.testing.assert_allclose(log_density(x, None, h)[:3], left, atol=1e-6)
    assert float(log_density(x, real, h).mean()) == pytest.approx(-np.log(2 * np.pi) - 1, abs=0.25)


def test_pearson_agrees_with_scipy(blob: Data) -> None:
    s = Snapshot(blob, Linear((2,), latent=3))
    expected = pearsonr(pdist(s.x.double().numpy()), pdist(s.z_enc.double().numpy()))[0]
    assert METRIC.compute(s)["pearson"] == pytest.approx(expected, abs=1e-9)


def test_references(blob: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, blob, Linear((2,), latent=3))}
    assert found["real"]["pearson"] == pytest.approx(1)
    assert abs(found["real"]["kl_reconstructions"]) < 0.1
    assert found["mean-image"]["pearson"] == 0
    assert found["mean-image"]["kl_reconstructions"] > found["real"]["kl_reconstructions"] + 1


def test_kl_of_a_shift_grows_with_it(blob: Data) -> None:
    real, h = density(blob)
    kl = []
    for shift in (0.5, 1.0, 1.5):
        x = blob.images("test", 400).double() + torch.tensor([shift, 0.0]).double()
        kl.append(float((log_density(x, None, h) - log_density(x, real, h)).mean()))
    assert kl == sorted(kl) and kl[1] == pytest.approx(0.5, abs=0.2)  # two unit normals: shift^2 / 2


def test_skipped_on_images(discs: Data) -> None:
    assert evaluate(METRIC, Snapshot(discs, Linear((3, 16, 16)))).reason == "the data are not points"
