"""Classes of stacked digits by PacGAN's rules (Lin et al. 2018, arXiv:1712.04086, Tables 2 and 3; Metz et al. 2016).

25,600 samples (in proportion to the preset's 1,000), the digit of each channel read by a classifier of single digits: how many
of the 1,000 triples there are, and KL(p || uniform) = ln 1,000 - H(p) of their shares p. Real digits are not quite at 0: they
are not evenly frequent, and samples are few. `right`: how often the classifier is, on test images; a wrong digit is most
often a class too many.
"""

import math

import numpy as np
from scipy.stats import entropy

from benchmarks.metrics._digit_reader import VERSION, reader
from benchmarks.metrics.base import Metric, ProgressFor, Value
from benchmarks.snapshots.snapshot import Data, Snapshot

SHARE = 25.6  # samples for each of the preset's


def samples(data: Data) -> int:
    return int(SHARE * data.n)


def compute(s: Snapshot) -> dict[str, float]:
    made, x = reader(s.data), s.sample(samples(s.data))
    classes = made.net.digits ** x.shape[1]
    counts = np.bincount(made.read(x), minlength=classes)
    kl = math.log(classes) - float(entropy(counts))
    return {"covered": float((counts > 0).sum()), "kl": kl, "right": made.accuracy}


def stacked(data: Data) -> bool:
    return data.test.labels is not None and data.test.label_kind == "channels"


def prepare(data: Data, progress_for: ProgressFor) -> None:
    if stacked(data):
        reader(data, progress_for("steps made, for the classifier of single digits"))


METRIC = Metric(
    name="stacked-modes",
    title="Classes of stacked digits",
    question="covers",
    needs=frozenset({"generate", "images"}),
    values={
        "covered": Value("Classes found of 1,000", "higher", low=0),
        "kl": Value("KL of classes to uniform", "lower", "nats", low=0),
        "right": Value("Digits that the classifier reads right", None, low=0, high=1),
    },
    compute=compute,
    parts={"reader": VERSION},
    references=("real", "mean-image", "untrained"),
    n=lambda s: samples(s.data),
    applies=lambda s: None if stacked(s.data) else "the images are not stacked digits",
    prepare=prepare,
)
