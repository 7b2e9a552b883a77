"""How near the nearest of many samples comes to each test image (Donahue et al. 2016, arXiv:1605.09782: `NND` of its code).

Mean Euclidean distance, in pixels of [0, 1], from every test image to the nearest of 1,000, 10,000 and 100,000 generated
ones; the smaller sets are the first of the largest. It rewards coverage: a generator of one perfect image is far from most.
"""

import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

SIZES = (1_000, 10_000, 100_000)
CHUNK = 1_000  # samples at once; divides every size


def compute(s: Snapshot) -> dict[str, float]:
    x = flat(s.data.images("test", len(s.data.test.x)))
    nearest = torch.full((len(x),), torch.inf, dtype=x.dtype)
    found, seen = {}, 0
    for part in s.sample(SIZES[-1]).split(CHUNK):
        nearest = torch.minimum(nearest, _to_nearest(x, part))
        seen += len(part)
        if seen in SIZES:
            found[f"distance_{seen}"] = float(nearest.mean())
    return found


def _to_nearest(x: Tensor, samples: Tensor) -> Tensor:
    return sq_distances(x, flat(samples)).amin(1).sqrt()


METRIC = Metric(
    name="nearest-sample",
    title="Nearest of many samples",
    question="covers",
    needs=frozenset({"generate", "images"}),
    values={f"distance_{n}": Value(f"L2 to the nearest of {n:,} samples", "lower", low=0) for n in SIZES},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    n=lambda s: len(s.data.test.x),
)
