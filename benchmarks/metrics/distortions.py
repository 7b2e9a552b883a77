"""Search with distorted queries (Luo et al. 2017, Fig. 3): a colour shift, and dark bars like sunglasses.

`*_top1`: label similarity of the nearest neighbour, with the queries and the gallery of `search`. `*_found`:
gallery images are distorted instead; the share that finds its own undistorted original first.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.search import agreement, sizes, tops
from benchmarks.snapshots.snapshot import Snapshot


def colour_shift(x: Tensor) -> Tensor:
    """Channels times 1.2, 1 and 0.7 (a warm light); grey images times 0.7."""
    gains = torch.tensor([1.2, 1.0, 0.7] if x.shape[1] == 3 else [0.7])[:, None, None]
    return (x * gains).round().clamp(0, 255).to(torch.uint8)


def occlusion(x: Tensor) -> Tensor:
    """A black bar over the eyes of a centred face: 3/8 to 1/2 of the height, 1/5 to 4/5 of the width."""
    y, (height, width) = x.clone(), x.shape[2:]
    y[:, :, height * 3 // 8 : height // 2, width // 5 : width * 4 // 5] = 0
    return y


DISTORTIONS: dict[str, Callable[[Tensor], Tensor]] = {"colour": colour_shift, "occluded": occlusion}


def compute(s: Snapshot) -> dict[str, float]:
    q, g = sizes(s.data)
    queries, originals = s.data.images("test", q), s.data.images("train", g)
    codes = s.memo("search/gallery", lambda: s.encode(originals))
    found = {}
    for name, distort in DISTORTIONS.items():
        found[f"{name}_top1"] = tops(s.encode(distort(queries)), codes, agreement(s.data))["top1"]
        nearest = sq_distances(flat(s.encode(distort(originals[:q]))), flat(codes)).argmin(1).numpy()
        found[f"{name}_found"] = float((nearest == np.arange(len(nearest))).mean())
    return found


METRIC = Metric(
    name="distortions",
    title="Search with distorted queries",
    question="searches",
    needs=frozenset({"encode", "images", "labels"}),
    values={
        "colour_top1": Value("Label similarity, colour shift", "higher", low=0, high=1),
        "colour_found": Value("Original found, colour shift", "higher", low=0, high=1),
        "occluded_top1": Value("Label similarity, occlusion", "higher", low=0, high=1),
        "occluded_found": Value("Original found, occlusion", "higher", low=0, high=1),
    },
    compute=compute,
    references=("domain", "pixels", "dhash", "phash", "colour-histogram", "untrained", "random"),
    n=lambda s: sizes(s.data)[0],
)
