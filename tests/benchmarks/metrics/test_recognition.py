"""Recognised samples: the threshold by its definition, real images by construction, and what draws nothing."""

import numpy as np
import pytest
import torch

from benchmarks.evaluation.references import references
from benchmarks.metrics import recognition
from benchmarks.metrics.base import evaluate
from benchmarks.snapshots.extractors import BLOCKS
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear


def test_confidence_and_threshold_by_hand(discs: Data) -> None:
    x = discs.images("test", 50)
    p = discs.extractor.predict(x).numpy()  # type: ignore[union-attr]
    kind = discs.test.label_kind
    if kind == "attributes":
        expected = np.maximum(p, 1 - p).mean(1)
    else:
        expected = p.reshape(len(p), BLOCKS[kind], -1).max(2).mean(1)
    assert recognition.confidence(discs, x).numpy() == pytest.approx(expected)
    n = recognition.samples(discs)
    every = recognition.confidence(discs, discs.images("test", n)).numpy()
    assert recognition.threshold(discs) == pytest.approx(np.quantile(every.astype(float), 0.05))
    assert 0.94 <= float((torch.from_numpy(every) > recognition.threshold(discs)).double().mean()) <= 0.96


def test_real_images_are_recognised_and_shuffled_ones_less(discs: Data) -> None:
    found = {
        name: (kind, r.values) for name, kind, r in references(recognition.METRIC, discs, Linear((3, 16, 16)))
    }
    assert found["real"][0] == "ceiling" and found["shuffled"][0] == "baseline"
    assert found["real"][1]["recognised"] > 0.85 > found["shuffled"][1]["recognised"]


def test_shares_are_shares(discs: Data) -> None:
    values = evaluate(recognition.METRIC, Snapshot(discs, Linear((3, 16, 16)))).values
    assert 0 <= values["recognised"] <= 1 and 0 <= values["confidence"] <= 1
