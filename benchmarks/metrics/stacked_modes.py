"""Classes of stacked digits by PacGAN's rules (Lin et al. 2018, arXiv:1712.04086, Tables 2 and 3; Metz et al. 2016).

25,600 samples (in proportion to the preset's 1,000), each with the most probable digit of every channel: how many of the
1,000 triples there are, and KL(p || uniform) = ln 1,000 - H(p) of their shares p, which MNIST's own digits do not quite reach:
they are not uniform. The classifier is the data set's own; the authors' saw single digits.
"""

import math

import numpy as np
from scipy.stats import entropy

from benchmarks.metrics._numerics import joint
from benchmarks.metrics.base import Metric, Value, needs_classifier
from benchmarks.snapshots.extractors import BLOCKS, Extractor
from benchmarks.snapshots.snapshot import Data, Snapshot

SHARE = 25.6  # samples for each of the preset's


def samples(data: Data) -> int:
    return int(SHARE * data.n)


def compute(s: Snapshot) -> dict[str, float]:
    extractor, labels = s.data.extractor, s.data.train.labels
    assert isinstance(extractor, Extractor) and labels is not None
    blocks = BLOCKS["channels"]
    classes = (labels.shape[1] // blocks) ** blocks
    found = joint(extractor.predict(s.sample(samples(s.data))).numpy(), "channels")
    counts = np.bincount(found, minlength=classes)
    return {"covered": float((counts > 0).sum()), "kl": math.log(classes) - float(entropy(counts))}


def applies(s: Snapshot) -> str | None:
    stacked = s.data.test.labels is not None and s.data.test.label_kind == "channels"
    return needs_classifier(s) if stacked else "the images are not stacked digits"


METRIC = Metric(
    name="stacked-modes",
    title="Classes of stacked digits",
    question="covers",
    needs=frozenset({"generate", "images"}),
    values={
        "covered": Value("Classes found of 1,000", "higher", low=0),
        "kl": Value("KL of classes to uniform", "lower", "nats", low=0),
    },
    compute=compute,
    references=("real", "mean-image", "untrained"),
    extractor=True,
    n=lambda s: samples(s.data),
    applies=applies,
)
