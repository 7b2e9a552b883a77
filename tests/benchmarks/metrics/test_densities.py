"""Soft-IntroVAE's scores of points beside independent computations: torch's divergences and distributions, sums by hand."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from benchmarks.evaluation.references import references
from benchmarks.metrics import elbo, histograms
from benchmarks.metrics.base import evaluate
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from tests.benchmarks.fakes import Linear, data

RNG = np.random.default_rng(0)


def points(n: int = 400, extent: float = 2.0) -> Data:
    train, test = (Split(x=RNG.normal(size=(k, 2)).astype(np.float32)) for k in (2 * n, n))
    return Data(train, test, name="normal", kind="points", n=100, extent=extent)


class Gaussian(Linear):
    """Mean codes as Linear's, log-variances that depend on x."""

    def posterior(self, x: Tensor) -> Tensor:
        return torch.cat(
            [self.encode(x), 0.3 * x.flatten(1).sum(1, keepdim=True).tanh().expand(-1, self.latent)], 1
        )


def gaussian(**options: Any) -> Gaussian:
    return Gaussian((2,), latent=3, **options)


def test_divergences_of_histograms_are_torch_s() -> None:
    d = points()
    s = Snapshot(d, Linear((2,)))
    found = evaluate(histograms.METRIC, s)
    assert found.n == 400
    real, fake = (
        torch.from_numpy(np.histogram2d(x[:, 0], x[:, 1], 100, [[-2, 2], [-2, 2]], density=True)[0])
        for x in (d.images("test", 400).double().numpy(), s.sample(400).double().numpy())
    )

    def kl(q: Tensor, p: Tensor) -> float:
        return float(F.kl_div((q + 1e-14).log(), p, reduction="batchmean"))

    assert found.values["kl"] == pytest.approx(kl(fake, real))
    middle = (real + fake) / 2
    assert found.values["jsd"] == pytest.approx((kl(real, middle) + kl(fake, middle)) / 2)


def test_the_same_points_are_at_no_distance_and_far_ones_have_no_value() -> None:
    d = points()
    p = histograms.densities(d.images("test", 400).double().numpy(), 2.0)
    assert histograms.divergence(p, p) == pytest.approx(0, abs=1e-9) and p.sum() * 0.04**2 == pytest.approx(1)
    assert np.isnan(histograms.divergence(p, histograms.densities(np.full((5, 2), 9.0), 2.0)))
    found = {name: r.values for name, _, r in references(histograms.METRIC, d, Linear((2,)))}
    assert found["real"]["kl"] < found["mean-image"]["kl"]


def test_a_window_is_asked_for() -> None:
    d = points(extent=0.0)
    reason = histograms.METRIC.unmet(Snapshot(d, Linear((2,))))
    assert reason == "the data set states no window for densities"
    assert np.isnan(evaluate(elbo.METRIC, Snapshot(d, gaussian())).values["grid"])


@pytest.mark.slow
def test_the_bound_is_that_of_torch_s_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elbo, "SIDE", 7)
    monkeypatch.setattr(elbo, "CHUNK", 10)
    d, model = points(), gaussian()
    s = Snapshot(d, model)
    found = evaluate(elbo.METRIC, s)
    assert found.status == "ok" and found.n == 400

    def kl(x: Tensor) -> Tensor:
        mean, logvar = model.posterior(x).double().chunk(2, 1)
        return kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1)

    def error(x: Tensor) -> Tensor:
        return (x.double() - model.generate(model.encode(x)).double()).square().sum(1)

    x = d.images("test", 400)
    assert found.values["kl"] == pytest.approx(float(kl(x).mean()))
    assert found.values["error"] == pytest.approx(float(error(x).mean()))
    assert found.values["kl_generated"] == pytest.approx(float(kl(s.sample(400)).mean()))
    drawn = found.values["error_drawn"]
    assert drawn != found.values["error"] and drawn == pytest.approx(found.values["error"], rel=0.2)
    b, places = kl(x) + error(x), np.linspace(-2, 2, 7)
    grid = torch.tensor([[a, c] for a in places for c in places]).float()
    total = float(b.sum() + (kl(grid) + error(grid)).sum())
    assert elbo.normalised(s, b, 7) == pytest.approx(1e7 * float(b.mean()) / total, rel=1e-5)


def test_an_encoder_without_a_gaussian_is_skipped() -> None:
    found = evaluate(elbo.METRIC, Snapshot(points(), Linear((2,))))
    assert (found.status, found.reason) == ("skipped", "the encoder gives no Gaussian")


def test_images_have_a_bound_without_a_grid() -> None:
    d = data(40)
    found = evaluate(elbo.METRIC, Snapshot(d, Gaussian((3, 16, 16))))
    assert found.values["kl"] > 0 and np.isnan(found.values["grid"])
