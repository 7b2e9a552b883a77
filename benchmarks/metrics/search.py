"""Image search by E (Luo et al. 2017, section 4.2): labels shared with the nearest neighbours of E(x).

Up to 500 test queries, up to 5,000 training images as the gallery; the similarity is the share of agreeing
labels (of one-hot classes: the same class), averaged over the first 1, 5, 10 and 20 neighbours.
"""

import numpy as np
import torch

from benchmarks.metrics._numerics import flat, label_similarity, nearest_order, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Data, Snapshot

TOPS = (1, 5, 10, 20)


def sizes(data: Data) -> tuple[int, int]:
    """Queries and gallery images: n/2 and 5n, or what the splits have."""
    return min(data.n // 2, len(data.test.x)), min(5 * data.n, len(data.train.x))


def tops(queries: torch.Tensor, gallery: torch.Tensor, similarity: np.ndarray) -> dict[str, float]:
    """Mean `similarity` [q, g] over the first k Euclidean neighbours, ties in gallery order; and its standard error over
    the queries, of which a claim about search has to know as well as of seeds.
    """
    order = nearest_order(sq_distances(flat(queries), flat(gallery)), max(TOPS)).numpy()
    found = np.take_along_axis(similarity, order, 1)
    per_query = {k: found[:, :k].mean(1) for k in TOPS}
    errors = {
        f"top{k}_se": float(v.std(ddof=1) / np.sqrt(len(v))) for k, v in per_query.items() if len(v) > 1
    }
    return {f"top{k}": float(v.mean()) for k, v in per_query.items()} | errors


def agreement(data: Data) -> np.ndarray:
    """[q, g]: label similarity of every query to every gallery image."""
    q, g = sizes(data)
    queries, gallery = data.labels("test", q), data.labels("train", g)
    return data.memo(
        "search/agreement",
        lambda: np.stack([label_similarity(row, gallery, data.test.label_kind) for row in queries]),
    )


def compute(s: Snapshot) -> dict[str, float]:
    q, g = sizes(s.data)
    codes = s.memo("search/gallery", lambda: s.encode(s.data.images("train", g)))
    return tops(s.encode(s.data.images("test", q)), codes, agreement(s.data))


def values(title: str) -> dict[str, Value]:
    """What `tops` returns, as it is shown."""
    shown = {f"top{k}": Value(f"{title}, top {k}", "higher", low=0, high=1) for k in TOPS}
    return shown | {f"top{k}_se": Value(f"{title}, top {k}: standard error over queries") for k in TOPS}


METRIC = Metric(
    name="search",
    title="Image search",
    question="searches",
    needs=frozenset({"encode", "images", "labels"}),
    values=values("Label similarity"),
    compute=compute,
    version=2,
    references=("domain", "pixels", "dhash", "phash", "colour-histogram", "untrained", "random"),
    n=lambda s: sizes(s.data)[0],
)
