"""The true manifold: a known spread, a reader that learns, real faces nearest."""

import numpy as np
import pytest
import torch

from benchmarks.evaluation.references import references
from benchmarks.metrics import _factor_reader
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.manifold import METRIC, kept
from benchmarks.snapshots import convnet
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.toonfaces import FACTORS, render
from tests.benchmarks.fakes import Linear


def test_kept() -> None:
    real = np.array([0.0, 1.0, 2.0, 3.0])
    assert kept(real / 2, real, 0) == pytest.approx(0.5)
    assert kept(real, real, 4) == 1
    assert kept(np.zeros(4), real, 4) == pytest.approx(0.25)


def test_reading_is_the_inverse_of_the_targets_of_training() -> None:
    outputs = np.zeros((1, sum(_factor_reader.SIZES)), np.float32)
    net = _factor_reader.Regressor((3, 16, 16))
    net.forward = lambda x: torch.from_numpy(outputs).split(_factor_reader.SIZES, 1)  # type: ignore[method-assign]
    start, expected = 0, []
    for factor, size in zip(FACTORS, _factor_reader.SIZES, strict=True):
        outputs[0, start + size - 1] = 1 if factor.levels else 0.25
        expected.append(size - 1 if factor.levels else factor.low + 0.25 * (factor.high - factor.low))
        start += size
    x = convnet.pixels(np.zeros((1, 16, 16, 3), np.uint8))
    np.testing.assert_allclose(_factor_reader.Reader(net, {}).read(x)[0], expected, atol=1e-6)


def test_references_and_the_reader(toons: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {name: r.values for name, _, r in references(METRIC, toons, Linear((3, 16, 16)))}
    assert found["real"]["distance"] == pytest.approx(1, abs=0.2)
    assert found["real"]["kept"] == pytest.approx(1, abs=0.1) and found["mean-image"]["kept"] < 0.5
    assert found["untrained"]["distance"] > 1.5
    monkeypatch.setattr(_factor_reader, "train", lambda *a: pytest.fail("trained twice"))
    again = Data(toons.train, toons.test, name=toons.name, key=toons.key, n=100, cache=toons.cache)
    assert _factor_reader.reader(again).errors == _factor_reader.reader(toons).errors
    assert _factor_reader.reader(again).errors["background_light"] < 0.9


def test_distance_agrees_with_a_loop(toons: Data) -> None:
    s = Snapshot(toons, Linear((3, 16, 16)))
    x = s.x_gen[:100]
    redrawn = render(_factor_reader.reader(toons).read(x), 16)
    expected = np.mean(
        [
            np.abs(a.astype(float) - b).mean() / 255
            for a, b in zip(x.permute(0, 2, 3, 1).numpy(), redrawn, strict=True)
        ]
    )
    assert METRIC.compute(s)["distance_l1"] == pytest.approx(expected)


def test_skipped_elsewhere(discs: Data) -> None:
    assert (
        evaluate(METRIC, Snapshot(discs, Linear((3, 16, 16)))).reason
        == "the data set's true factors are unknown"
    )
