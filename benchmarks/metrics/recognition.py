"""Does the data set's classifier recognise what G draws? The share of samples that it is as sure of as of real images.

An image's confidence is the probability of its most probable class (the mean over channels of stacked digits; over attributes
the mean of the more probable answer, 1/2 to 1). Recognised is a sample of more confidence than the least 5% of held-out real
images have, so that 95% of those are recognised by construction. A classifier is sure of much that is no image, so the share of
an untrained generator and of real images with shuffled pixels say what a share is worth; and it does not see collapse.
"""

import torch
from torch import Tensor

from benchmarks.metrics.base import Metric, Value, needs_classifier
from benchmarks.metrics.fid import samples
from benchmarks.snapshots.extractors import BLOCKS, Extractor
from benchmarks.snapshots.snapshot import Data, Snapshot

LEAST = 0.05  # share of real images that are not recognised


def confidence(data: Data, x: Tensor) -> Tensor:
    """Maps uint8 [n, C, H, W] -> the classifier's confidence, float32 [n]."""
    assert isinstance(data.extractor, Extractor)
    p, kind = data.extractor.predict(x), data.test.label_kind
    if kind == "attributes":
        return torch.maximum(p, 1 - p).mean(1)
    return p.unflatten(1, (BLOCKS[kind], -1)).amax(2).mean(1)


def threshold(data: Data) -> float:
    """Returns the confidence below which the least sure real images lie."""
    real = confidence(data, data.images("test", samples(data)))
    return float(torch.quantile(real.double(), LEAST))


def compute(s: Snapshot) -> dict[str, float]:
    limit = s.data.memo("recognition/threshold", lambda: threshold(s.data))
    found = confidence(s.data, s.sample(samples(s.data)))
    return {"recognised": float((found > limit).double().mean()), "confidence": float(found.double().mean())}


METRIC = Metric(
    name="recognition",
    title="Recognition by the classifier",
    question="generates",
    needs=frozenset({"generate", "images", "labels"}),
    values={
        "recognised": Value("Recognised samples", "higher", low=0, high=1),
        "confidence": Value("Classifier's confidence", low=0, high=1),
    },
    compute=compute,
    references=("real", "untrained", "shuffled"),
    extractor=True,
    n=lambda s: samples(s.data),
    applies=needs_classifier,
)
