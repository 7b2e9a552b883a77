"""Interpolations between real test images, judged by the features of a network: is the midpoint near the data there?

The distance of G halfway between E(a) and E(b) to its nearest training image in features, over that of real test images (1: as
near as a real image). `interpolation` has the same in pixels.
"""

import torch

from benchmarks.metrics._numerics import ratio
from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.interpolation import midpoints, to_data
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.snapshot import Snapshot


def compute(s: Snapshot) -> dict[str, float]:
    extractor, rows = s.data.extractor, s.data.features("train", 5 * s.n).double()
    assert isinstance(extractor, Extractor)
    near = s.data.memo("interpolation/features", lambda: to_data(s.data.features("test", s.n).double(), rows))
    return {"distance": ratio(to_data(extractor.features(midpoints(s)).to(torch.float64), rows), near)}


METRIC = Metric(
    name="interpolation-features",
    title="Interpolation in features",
    question="interpolates",
    needs=frozenset({"generate", "encode", "images"}),
    values={"distance": Value("Distance of midpoints to the data, in features", "lower", low=0)},
    compute=compute,
    references=("real-path", "pixel-space", "mean-image", "untrained"),
    extractor=True,
)
