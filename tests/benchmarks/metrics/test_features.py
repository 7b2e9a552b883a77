"""KID, PRDC and Vendi of named features: closed forms, plain loops, real against real, collapsed samples."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from benchmarks.evaluation.references import references
from benchmarks.metrics import kid, prdc, vendi
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear
from tests.benchmarks.metrics.test_collapse import Showing


def features(s: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(s.data.extractor, Extractor)
    return s.features().double().numpy(), s.data.features("test", 2 * s.n).double().numpy()


def test_kid_agrees_with_the_unbiased_estimate(discs: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    monkeypatch.setattr(kid, "SIZE", 400)  # all of them: every subset is the same
    fake, real = features(s)
    kernel = [(a @ b.T / a.shape[1] + 1) ** 3 for a, b in ((fake, fake), (real, real), (fake, real))]
    within = [k[~np.eye(len(k), dtype=bool)].mean() for k in kernel[:2]]
    found = kid.METRIC.compute(s)
    assert found["kid"] == pytest.approx(sum(within) - 2 * kernel[2].mean(), rel=1e-9)
    assert np.isnan(found["std"]), "one possible subset has no spread"
    monkeypatch.setattr(kid, "SIZE", 100)
    assert kid.METRIC.compute(s)["std"] > 0


def test_prdc_of_equal_sets_agree_where_every_radius_is_zero() -> None:
    """Each real image ten times, the generated ones the same: nobody is outside."""
    real = torch.randn(20, 64, generator=torch.Generator().manual_seed(0)).repeat(10, 1).double()
    data = SimpleNamespace(features=lambda split, n: real[:n], memo=lambda name, make: make())
    found = prdc.compute(SimpleNamespace(data=data, n=200, features=lambda: real))  # type: ignore[arg-type]
    assert found["coverage"] == found["recall"] == 1 and found["precision"] > 0.98 and found["density"] > 1


def test_prdc_agrees_with_loops(discs: Data) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    fake, real = (rows[: s.n] for rows in features(s))
    d = cdist(real, fake)
    radius_real, radius_fake = (np.sort(cdist(x, x), 1)[:, 5] for x in (real, fake))
    found = prdc.METRIC.compute(s)
    assert found["precision"] == pytest.approx(
        np.mean([(d[:, j] <= radius_real).any() for j in range(s.n)]), abs=0.01
    )
    assert found["recall"] == pytest.approx(
        np.mean([(d[i] <= radius_fake).any() for i in range(s.n)]), abs=0.01
    )
    inside = d < radius_real[:, None]
    assert found["density"] == pytest.approx(inside.sum(0).mean() / 5, abs=0.01)
    assert found["coverage"] == pytest.approx(inside.any(1).mean(), abs=0.01)


def test_vendi_score_closed_forms_and_kernel() -> None:
    eye = torch.eye(5)
    assert vendi.score(eye.repeat(3, 1)) == pytest.approx(5)
    assert vendi.score(torch.ones(7, 3)) == pytest.approx(1)
    assert vendi.score(torch.zeros(7, 3)) == pytest.approx(1)
    rows = torch.from_numpy(np.random.default_rng(0).normal(size=(30, 4)))
    unit = (rows / rows.norm(dim=1, keepdim=True)).numpy()
    p = np.linalg.svd(unit @ unit.T / 30, compute_uv=False)
    p = p[p > 1e-12]
    assert vendi.score(rows) == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-9)


@pytest.mark.parametrize("metric", [kid.METRIC, prdc.METRIC, vendi.METRIC], ids=lambda m: m.name)
def test_finite_on_collapsed_samples_and_in_order(metric, discs: Data) -> None:
    x = discs.images("train", 100)
    for shown in (x[:1], x[:3], torch.zeros_like(x[:1])):
        values = metric.compute(Snapshot(discs, Showing(discs, shown)))
        values.pop("std", None)  # KID's, which so few images do not have
        assert np.isfinite(list(values.values())).all()
    found = {name: r.values for name, _, r in references(metric, discs, Linear((3, 16, 16)))}
    first = {"kid": "kid", "prdc": "coverage", "vendi": "score"}[metric.name]
    better = 1 if metric.values[first].better == "higher" else -1
    assert better * found["real"][first] > better * found["mean-image"][first]


def test_real_against_real(discs: Data) -> None:
    real = {
        m.name: next(r.values for _, _, r in references(m, discs))
        for m in (kid.METRIC, prdc.METRIC, vendi.METRIC)
    }
    assert abs(real["kid"]["kid"]) < 0.2
    assert min(real["prdc"].values()) > 0.8
    assert real["vendi"]["ratio"] == pytest.approx(1, abs=0.1)
