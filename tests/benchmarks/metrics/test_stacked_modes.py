"""Classes of stacked digits: counted by hand, read off single channels, by a classifier that is trained once."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.evaluation.references import references
from benchmarks.metrics import _digit_reader, stacked_modes
from benchmarks.metrics._digit_reader import DigitReader, Network
from benchmarks.metrics.stacked_modes import METRIC
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.base import Split
from datasets.stacked import StackedDigits
from tests.benchmarks.fakes import Linear, data


def by_shade(x: Tensor) -> Tensor:
    """Logits [n, 10] of the digit that is the shade of a channel over 25."""
    return -(x.double().mean((1, 2, 3))[:, None] - 25 * torch.arange(10) - 12).abs()


def shades(n: int = 3000) -> tuple[Data, np.ndarray]:
    digits = np.random.default_rng(0).integers(10, size=(n, 3))
    x = np.repeat(np.repeat((25 * digits + 12).astype(np.uint8)[:, None, None], 8, 1), 8, 2)
    labels = np.eye(10, dtype=np.uint8)[digits].reshape(n, 30)
    made = Split(x=x, labels=labels, label_kind="channels", label_names=tuple(map(str, range(30))))
    return Data(made, made, name="stacked", n=100), digits


def knows() -> DigitReader:
    net = Network(8, 10).eval()
    net.forward = by_shade  # type: ignore[method-assign]
    return DigitReader(net, 1.0)


def test_classes_are_counted_against_even_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The triples that there are, and the KL of their shares from 1 / 1,000."""
    monkeypatch.setattr(stacked_modes, "reader", lambda data: knows())
    d, digits = shades()
    found = {name: r for name, _, r in references(METRIC, d)}
    assert found["real"].n == 2560
    seen = Counter(tuple(row) for row in digits[d.index("train", 2560)].tolist())
    share = np.array(list(seen.values())) / 2560
    assert found["real"].values["covered"] == len(seen) > 800
    assert found["real"].values["kl"] == pytest.approx((share * np.log(share * 1000)).sum())
    assert found["mean-image"].values == {"covered": 1, "kl": pytest.approx(math.log(1000)), "right": 1}


def test_channels_are_figures() -> None:
    d, digits = shades(50)
    read = knows().read(d.images("test", 50))
    np.testing.assert_array_equal(read, digits[d.index("test", 50)] @ [1, 10, 100])
    assert _digit_reader.accuracy(knows().net, d.test) == 1
    x, single = _digit_reader.singles(d.test)
    assert x.shape == (150, 1, 8, 8) and single[:3].tolist() == digits[0].tolist()


def test_the_classifier_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = StackedDigits(tmp_path, n_train=600, n_test=200)
    first = _digit_reader.reader(Data.of(made, n=100, cache=tmp_path))
    assert first.accuracy > 0.8
    monkeypatch.setattr(_digit_reader, "train", lambda *a: pytest.fail("trained twice"))
    again = Data.of(made, n=100, cache=tmp_path)
    assert _digit_reader.reader(again).accuracy == first.accuracy
    values = METRIC.compute(Snapshot(again, Linear((3, 16, 16))))
    assert values["right"] == first.accuracy and 0 <= values["kl"] <= math.log(1000)


def test_other_images_are_skipped() -> None:
    assert METRIC.unmet(Snapshot(data(20), Linear((3, 16, 16)))) == "the images are not stacked digits"
