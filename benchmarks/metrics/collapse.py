"""Mode collapse on any images: Vendi ratio (arXiv 2210.02410), near-duplicates, sharpness, and a verdict.

The Vendi score of n samples under a Gaussian kernel on pixels, bandwidth a quarter of the real images' mean
pairwise distance, over that of n real images. The verdict's thresholds come from degraded real data
(benchmarks/metrics/_collapse_rule.py).
"""

import torch

from benchmarks.metrics._collapse_rule import VERSION, prepare, thresholds
from benchmarks.metrics._numerics import (
    flat,
    hashes,
    nearest,
    ratio,
    real_scale,
    sharpness,
    sq_distances,
    vendi,
)
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot


def dhash_diversity(x: torch.Tensor) -> float:
    """Mean share of differing dHash bits over the pairs of different images."""
    p = hashes(x).mean(0)
    return float((2 * p * (1 - p)).mean() * len(x) / (len(x) - 1))


def compute(s: Snapshot) -> dict[str, float]:
    real, limit = real_scale(s.data), thresholds(s.data)
    x = s.x_gen[: s.n]
    sq = sq_distances(flat(x))
    vendi_ratio = vendi(sq, real["distance"] / 4) / real["vendi"]
    sharp = ratio(sharpness(x), real["sharpness"])
    low = vendi_ratio < limit["vendi_ratio"]
    blurred = low and sharp < limit["sharpness"]
    return {
        "vendi_ratio": vendi_ratio,
        "dup": float((nearest(sq) <= real["closest"]).double().mean()),
        "sharpness": sharp,
        "dhash_diversity": ratio(
            dhash_diversity(x), s.data.memo("collapse/dhash", lambda: dhash_diversity(s.x))
        ),
        "collapsed": float(low and not blurred),
        "blurred": float(blurred),
    }


METRIC = Metric(
    name="collapse",
    title="Mode collapse",
    question="collapse",
    needs=frozenset({"generate", "images"}),
    values={
        "vendi_ratio": Value("Vendi ratio", "higher", low=0),
        "dup": Value("Near-duplicates", "lower", low=0, high=1),
        "sharpness": Value("Sharpness ratio", low=0),
        "dhash_diversity": Value("dHash diversity ratio", "higher", low=0),
        "collapsed": Value("Collapsed", "lower"),
        "blurred": Value("Blurred", "lower"),
    },
    compute=compute,
    prepare=prepare,
    parts={"collapse rule": VERSION},
    references=("real", "mean-image", "untrained"),
)
