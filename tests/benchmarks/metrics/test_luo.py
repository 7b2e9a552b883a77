"""Luo's search: the first images in their order, agreement with scikit-learn, references."""

import numpy as np
import pytest
from scipy.stats import sem
from sklearn.neighbors import NearestNeighbors

from benchmarks.evaluation.references import references
from benchmarks.metrics.luo import GALLERY, METRIC, QUERIES, first
from benchmarks.snapshots.snapshot import Data, Snapshot, quantise, unit
from tests.benchmarks.fakes import Linear


def test_the_first_images_in_their_own_order(discs: Data) -> None:
    x, labels = first(discs, "train", 30)
    np.testing.assert_array_equal(x.permute(0, 2, 3, 1), discs.train.x[:30])
    np.testing.assert_array_equal(labels, discs.train.labels[:30])  # type: ignore[index]
    assert (QUERIES, GALLERY) == (64, 20000)


def test_agrees_with_scikit_learn(discs: Data) -> None:
    model = Linear((3, 16, 16))
    gallery, queries = (
        model.encode(unit(first(discs, name, n)[0])).double() for name, n in (("train", 1000), ("test", 64))
    )
    near = NearestNeighbors(n_neighbors=20, algorithm="brute").fit(gallery)
    found = near.kneighbors(queries, return_distance=False)
    same = np.asarray(discs.test.labels)[:64, None] == np.asarray(discs.train.labels)[found]
    values = METRIC.compute(Snapshot(discs, model))
    expected = {f"top{k}": same[:, :k].mean() for k in (1, 5, 10, 20)}
    expected |= {f"top{k}_se": sem(same[:, :k].mean((1, 2))) for k in (1, 5, 10, 20)}
    assert values == pytest.approx(expected, abs=2e-3)


def test_an_image_of_the_gallery_finds_itself() -> None:
    from tests.benchmarks.fakes import split

    both = Data(split(600, seed=1), split(200, seed=1), name="twice", n=200)  # other draws, same images first
    both.test.x[:] = both.train.x[:200]
    both.test.labels[:] = both.train.labels[:200]  # type: ignore[index]
    found = {
        name: r.values["top1"] for name, _, r in references(METRIC, both) if name in ("pixels", "random")
    }
    assert found["pixels"] == 1 and found["random"] < 0.9
    assert quantise(unit(first(both, "test", 1)[0])).equal(first(both, "test", 1)[0])


def test_references(discs: Data) -> None:
    found = {name: r for name, _, r in references(METRIC, discs, Linear((3, 16, 16)))}
    assert found["domain"].values["top1"] > found["random"].values["top1"] and found["domain"].n == 64
