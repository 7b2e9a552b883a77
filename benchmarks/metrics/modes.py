"""Covered modes, high-quality share, reverse KL: on known mixtures (PacGAN's rules), or by the classifier.

Mixtures, 2,500 samples: high quality is within 3 std (the data set's `reach`) of the nearest mode; a mode is covered if a
high-quality sample is nearest to it; reverse KL to uniform = ln K - H(nearest-mode counts), and as PacGAN's code counts it,
of the high-quality samples alone. Images with classes: the classifier's most probable class (stacked digits: one
in each channel, 26,000 samples), reverse KL to the training labels' frequencies. KL falls with n.
"""

from functools import reduce

import numpy as np

from benchmarks.metrics._mixture import mixture
from benchmarks.metrics._numerics import joint, reverse_kl
from benchmarks.metrics.base import Metric, Value, needs_classifier
from benchmarks.snapshots.extractors import BLOCKS, Extractor
from benchmarks.snapshots.snapshot import Data, Snapshot


def samples(data: Data) -> int:
    """2,500 points, 26,000 stacked digits, else 2n."""
    return 2500 if data.kind == "points" else data.n * (26 if data.test.label_kind == "channels" else 2)


def compute(s: Snapshot) -> dict[str, float]:
    x = s.sample(samples(s.data))
    if s.data.modes is not None:
        return mixture(x, s.data.modes, s.data.mode_std, s.data.reach)
    extractor, split, kind = s.data.extractor, s.data.train, s.data.train.label_kind
    assert isinstance(extractor, Extractor) and split.labels is not None
    shares = np.asarray(split.labels).mean(0).reshape(BLOCKS[kind], -1)  # [blocks, classes]
    target = reduce(lambda low, high: np.outer(high, low).ravel(), shares)  # the channels are independent
    counts = np.bincount(joint(extractor.predict(x).numpy(), kind), minlength=len(target))
    return {"covered": float((counts > 0).sum()), "reverse_kl": reverse_kl(counts, target)}


def applies(s: Snapshot) -> str | None:
    if s.data.kind == "points":
        return None if s.data.modes is not None else "the points are not a mixture of known modes"
    attributes = s.data.test.labels is None or s.data.test.label_kind == "attributes"
    return "the images have no classes" if attributes else needs_classifier(s)


METRIC = Metric(
    name="modes",
    title="Modes",
    question="covers",
    needs=frozenset({"generate"}),
    values={
        "covered": Value("Covered modes", "higher", low=0),
        "high_quality": Value("High-quality samples", "higher", low=0, high=1),
        "reverse_kl": Value("Reverse KL", "lower", "nats", low=0),
        "reverse_kl_near": Value("Reverse KL of high-quality samples (PacGAN)", "lower", "nats", low=0),
    },
    compute=compute,
    version=2,
    references=("real", "mean-image", "untrained"),
    extractor=True,
    n=lambda s: samples(s.data),
    applies=applies,
)
