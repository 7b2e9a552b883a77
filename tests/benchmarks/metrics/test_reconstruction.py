"""Reconstruction: closed forms, imagehash pair by pair, random pairs, and batch sizes."""

import imagehash
import numpy as np
import pytest
from PIL import Image

from benchmarks.evaluation.references import references
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.reconstruction import METRIC
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from tests.benchmarks.fakes import Linear


def test_references(discs: Data) -> None:
    found = {name: r.values for name, _, r in references(METRIC, discs, Linear((3, 16, 16)))}
    real, mean, pairs = found["real"], found["mean-image"], found["random-pairs"]
    assert (real["l1"], real["dhash"], real["dhash_generated"], real["sharpness"]) == (0, 1, 1, 1)
    assert pairs["l1_relative"] == pytest.approx(1, abs=0.1)
    assert pairs["dhash"] == pytest.approx(real["dhash_random"], abs=0.05)
    assert mean["l1_relative"] == pytest.approx(1) and mean["sharpness"] < 0.05 and mean["l1"] < pairs["l1"]


def test_agrees_with_a_loop_over_images(discs: Data) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    found = METRIC.compute(s)
    similar, distance = [], []
    for a, b in zip(s.x.permute(0, 2, 3, 1).numpy(), s.x_rec.permute(0, 2, 3, 1).numpy(), strict=True):
        similar.append(1 - (imagehash.dhash(Image.fromarray(a)) - imagehash.dhash(Image.fromarray(b))) / 64)
        distance.append(np.abs(a.astype(float) / 255 - b.astype(float) / 255).mean())
    assert found["dhash"] == pytest.approx(np.mean(similar), rel=1e-12)
    assert found["l1"] == pytest.approx(np.mean(distance), rel=1e-12)


def test_batch_size_does_not_matter(discs: Data) -> None:
    one, two = (METRIC.compute(Snapshot(discs, Linear((3, 16, 16), batch=b))) for b in (7, 500))
    for name in one:
        assert one[name] == pytest.approx(two[name], abs=1e-3, rel=1e-3), name


def test_skipped_without_an_encoder(discs: Data) -> None:
    result = evaluate(METRIC, Snapshot(discs, Linear((3, 16, 16), can=("generate",))))
    assert (result.status, result.reason) == ("skipped", "the method has no encoder")


def test_flat_images_have_no_sharpness_to_compare_with() -> None:
    """Each image has one colour: a value that does not exist, and not a metric that failed."""
    x = np.random.default_rng(0).integers(0, 256, (64, 1, 1, 3), np.uint8).repeat(16, 1).repeat(16, 2)
    data = Data(Split(x), Split(x), name="flat", n=32)
    result = evaluate(METRIC, Snapshot(data, Linear((3, 16, 16))))
    assert result.status == "ok" and np.isnan(result.values["sharpness"]) and result.values["l1"] > 0
