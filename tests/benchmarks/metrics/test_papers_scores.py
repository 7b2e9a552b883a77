"""ALICE's and BiGAN's scores beside independent computations: scipy's densities, scikit-learn's neighbours."""

import numpy as np
import pytest
import torch
from scipy.stats import entropy, multivariate_normal
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from benchmarks.evaluation.references import references
from benchmarks.metrics import icp, nearest_sample, whole_gallery
from benchmarks.metrics.base import evaluate
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from datasets.mixtures import Gaussians5
from tests.benchmarks.fakes import Linear, split

MODES, STD = Gaussians5.modes, Gaussians5.mode_std
RNG = np.random.default_rng(0)


def points(n: int = 300) -> Data:
    x = [MODES[RNG.integers(5, size=k)] + STD * RNG.normal(size=(k, 2)) for k in (2 * n, n)]
    train, test = (Split(x=rows.astype(np.float32)) for rows in x)
    return Data(train, test, name="gaussians5", kind="points", n=n, modes=MODES, mode_std=STD)


def test_the_inception_score_is_scipy_s() -> None:
    x = RNG.normal(size=(40, 2)) * 2
    p = np.stack([multivariate_normal.pdf(x, mode, STD**2 * np.eye(2)) for mode in MODES], 1) + 1e-300
    p /= p.sum(1, keepdims=True)
    expected = np.exp(np.mean([entropy(row, p.mean(0)) for row in p]))
    assert icp.inception(icp.log_posterior(x, MODES, STD)) == pytest.approx(expected, rel=1e-6)


def test_the_score_counts_modes() -> None:
    each = icp.log_posterior(MODES, MODES, STD)
    assert icp.inception(each) == pytest.approx(5) and icp.inception(each[:2]) == pytest.approx(2)
    assert icp.inception(each[:1].repeat(4, 0)) == pytest.approx(1)


def test_references_of_the_score() -> None:
    d = points()
    found = {name: r.values for name, _, r in references(icp.METRIC, d, Linear((2,)))}
    assert found["real"]["score"] > 4.9 and found["real"]["mse"] == 0
    assert found["mean-image"]["score"] == pytest.approx(1, abs=0.01)
    x = d.images("test", d.n).double().numpy()
    assert found["random-pairs"]["mse"] == pytest.approx(((x - np.roll(x, 1, 0)) ** 2).mean())


def classed(n: int, seed: int) -> Split:
    made = split(n, 8, 1, seed)
    return Split(x=made.x, labels=np.eye(3, dtype=np.uint8)[RNG.integers(3, size=n)], label_kind="classes")


def test_the_nearest_of_all_training_images() -> None:
    """scikit-learn's classifier, on every image of both splits; L2 by numpy."""
    d = Data(classed(400, 1), classed(120, 2), name="classes", n=100)
    model = Linear((1, 8, 8))
    found = evaluate(whole_gallery.METRIC, Snapshot(d, model))
    assert found.n == 120

    def codes(part: Split) -> tuple[np.ndarray, np.ndarray]:
        x = torch.from_numpy(np.moveaxis(part.x, -1, 1).astype(np.float32) / 255)
        return model.encode(x).double().numpy(), part.labels.argmax(1)

    (train, labels), (test, truth) = codes(d.train), codes(d.test)
    expected = KNeighborsClassifier(1).fit(train, labels).score(test, truth)
    assert found.values["nn_code"] == pytest.approx(expected)
    s = Snapshot(d, model)
    x, y = (v.double().flatten(1).numpy() / 255 for v in (s.x, s.x_rec))
    own = np.linalg.norm(x - y, axis=1).mean()
    random = np.linalg.norm(np.roll(x, -1, 0) - y, axis=1).mean()
    assert found.values["l2_real"] == pytest.approx(own)
    assert found.values["random_real"] == pytest.approx(random)
    assert found.values["relative_real"] == pytest.approx(own / random)


def test_a_model_with_layers_is_asked_for_them() -> None:
    d = Data(classed(400, 1), classed(120, 2), name="classes", n=100)
    model = Linear((1, 8, 8))
    hidden = {"last": lambda x: x.flatten(1), "code": lambda x: torch.zeros(len(x), 2)}
    model.hidden = lambda x: {k: f(x.float()) for k, f in hidden.items()}  # type: ignore[attr-defined]
    found = evaluate(whole_gallery.METRIC, Snapshot(d, model)).values
    first = d.labels("train", 400)[0].argmax()
    assert found["nn_code"] == pytest.approx((d.test.labels.argmax(1) == first).mean())
    rows = [part.x.reshape(len(part.x), -1) for part in (d.train, d.test)]
    knn = KNeighborsClassifier(1).fit(rows[0], d.train.labels.argmax(1))
    assert found["nn_last"] == pytest.approx(knn.score(rows[1], d.test.labels.argmax(1)))


def test_attributes_are_no_classes() -> None:
    d = Data(split(40, 8, 1, 1), split(20, 8, 1, 2), name="attributes", n=10)
    reason = whole_gallery.METRIC.unmet(Snapshot(d, Linear((1, 8, 8))))
    assert reason == "the images have no classes"


def test_the_nearest_of_many_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's neighbours among the first 20 and all 60 samples."""
    monkeypatch.setattr(nearest_sample, "SIZES", (20, 60))
    monkeypatch.setattr(nearest_sample, "CHUNK", 10)
    s = Snapshot(Data(classed(50, 1), classed(40, 2), name="classes", n=20), Linear((1, 8, 8)))
    found = nearest_sample.compute(s)
    x, samples = (v.flatten(1).double().numpy() / 255 for v in (s.data.images("test", 40), s.sample(60)))
    for n in (20, 60):
        distances, _ = NearestNeighbors(n_neighbors=1).fit(samples[:n]).kneighbors(x)
        assert found[f"distance_{n}"] == pytest.approx(distances.mean())
