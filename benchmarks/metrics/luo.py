"""Luo's own search (Luo et al. 2017, section 4.2, Table 2): 64 queries against the first 20,000 images.

Queries are the first images of the test split, the gallery those of the training split, in the data set's
order. Label similarity as in `search`, over the first 1, 5, 10 and 20 neighbours (the paper does not give k).
Smaller splits are taken whole; where fewer than 1,000 samples are looked at, the gallery is the first 5n, as
in `search`. On CelebA this is the paper's protocol (its 64 queries are "other images", not named).
"""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import label_similarity
from benchmarks.metrics.base import Metric
from benchmarks.metrics.search import tops, values
from benchmarks.snapshots.snapshot import Data, Snapshot

QUERIES, GALLERY = 64, 20000


def first(data: Data, split: str, n: int) -> tuple[Tensor, np.ndarray]:
    """The first n images of a split in its own order, uint8 [n, C, H, W], and their labels [n, L]."""
    found = data.split(split)
    assert found.labels is not None
    return torch.from_numpy(np.array(found.x[:n])).movedim(3, 1).contiguous(), np.asarray(found.labels[:n])


def compute(s: Snapshot) -> dict[str, float]:
    gallery, known = first(s.data, "train", GALLERY if s.n >= 1000 else 5 * s.n)
    queries, labels = first(s.data, "test", QUERIES)
    similarity = np.stack([label_similarity(row, known, s.data.test.label_kind) for row in labels])
    return tops(s.encode(queries), s.encode(gallery), similarity)


METRIC = Metric(
    name="luo",
    title="Image search, Luo's protocol",
    question="searches",
    needs=frozenset({"encode", "images", "labels"}),
    values=values("Label similarity (Luo)"),
    compute=compute,
    version=2,
    references=("domain", "pixels", "dhash", "phash", "colour-histogram", "untrained", "random"),
    n=lambda s: min(QUERIES, len(s.data.test.x)),
)
