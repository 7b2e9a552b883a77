"""Search: a known ranking, scikit-learn's neighbours, references in order."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from benchmarks.evaluation.references import references
from benchmarks.metrics._numerics import nearest_order, sq_distances
from benchmarks.metrics.search import METRIC, sizes, tops
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear


def test_tops_on_a_line() -> None:
    gallery = torch.arange(40.0)[:, None]
    similarity = (torch.arange(40) % 2 == 0).double().numpy()[None]
    found = tops(torch.tensor([[0.0]]), gallery, similarity)
    assert found == {"top1": 1, "top5": 0.6, "top10": 0.5, "top20": 0.5}, "one query has no spread"
    two = tops(torch.tensor([[0.0], [1.0]]), gallery, np.concatenate([similarity, similarity]))
    assert (two["top1"], two["top1_se"]) == (0.5, pytest.approx(0.5)) and set(two) > {"top20", "top20_se"}


def test_ties_keep_the_gallery_order() -> None:
    similarity = np.array([[1.0] + [0.0] * 29])
    assert tops(torch.zeros(1, 2), torch.zeros(30, 2), similarity)["top1"] == 1


def test_equal_hash_distances_keep_the_gallery_order_whatever_rounding_says() -> None:
    """Hashes at one Hamming distance differ by a rounding error once distances are computed through centred rows."""
    rng = np.random.default_rng(0)
    query = rng.integers(0, 2, 64)
    gallery = np.stack(
        [np.where(np.isin(np.arange(64), rng.choice(64, 9, False)), 1 - query, query) for _ in range(200)]
    )
    sq = sq_distances(torch.from_numpy(query[None]).double(), torch.from_numpy(gallery).double())
    assert len(np.unique(sq.numpy())) > 1, "the rounding errors that this is about"
    assert nearest_order(sq, 20).tolist() == [list(range(20))]


def test_agrees_with_scikit_learn(discs: Data) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    q, g = sizes(discs)
    codes = s.encode(discs.images("train", g)).double()
    found = (
        NearestNeighbors(n_neighbors=20, algorithm="brute")
        .fit(codes)
        .kneighbors(s.encode(discs.images("test", q)).double(), return_distance=False)
    )
    same = discs.labels("test", q)[:, None] == discs.labels("train", g)[found]
    values = METRIC.compute(s)
    for k in (1, 5, 10, 20):
        assert values[f"top{k}"] == pytest.approx(same[:, :k].mean(), abs=1e-3)


def test_references_order(discs: Data) -> None:
    found = {name: r.values["top1"] for name, _, r in references(METRIC, discs, Linear((3, 16, 16)))}
    assert set(found) == {"domain", "pixels", "dhash", "phash", "colour-histogram", "untrained", "random"}
    assert found["domain"] > found["pixels"] > found["random"]
    labels = discs.labels("train", 1000).mean(0)
    floor = (labels**2 + (1 - labels) ** 2).mean()
    assert found["random"] == pytest.approx(floor, abs=0.07)
