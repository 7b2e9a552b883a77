"""Digits, single and stacked."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from datasets.digits import Digits
from datasets.stacked import StackedDigits


def test_digits_are_scikit_learns(tmp_path: Path) -> None:
    data = Digits(tmp_path, size=8)
    train, test = data.split("train"), data.split("test")
    assert (len(train), len(test)) == (1437, 360)
    images, classes = load_digits(return_X_y=True)
    ours = np.concatenate([train.x, test.x]).reshape(1797, 64)
    labels = np.concatenate([np.asarray(train.labels), np.asarray(test.labels)]).argmax(1)
    rows = np.concatenate([np.rint(ours * (16 / 255)), labels[:, None]], 1)
    theirs = np.concatenate([images, classes[:, None]], 1)
    assert sorted(rows.astype(int).tolist()) == sorted(theirs.astype(int).tolist())


@pytest.mark.parametrize("size", [16, 32])
def test_enlarged_digits_keep_their_shape(size: int, tmp_path: Path) -> None:
    large = np.asarray(Digits(tmp_path, size=size).split("test").x, float)
    small = np.asarray(Digits(tmp_path, size=8).split("test").x, float)
    k = size // 8
    back = large.reshape(-1, 8, k, 8, k, 1).mean((2, 4))
    assert np.abs(back - small).mean() < 12


def test_stacked_digits_are_three_digits(tmp_path: Path) -> None:
    data = StackedDigits(tmp_path, n_train=1500, n_test=100)
    single = Digits(tmp_path, size=16)
    for name in ("train", "test"):
        split, digits = data.split(name), single.split(name)
        known = {x.tobytes(): y.argmax() for x, y in zip(digits.x, np.asarray(digits.labels), strict=True)}
        assert split.label_kind == "channels" and split.label_names[10] == "green_0"
        labels = np.asarray(split.labels).reshape(-1, 3, 10).argmax(2)
        for image, triple in zip(np.asarray(split.x), labels, strict=True):
            assert [known[image[..., c].tobytes()] for c in range(3)] == triple.tolist()
    held = StackedDigits(tmp_path, n_train=200, n_test=100, validation=True)
    parts = {name: {np.ascontiguousarray(image[..., c]).tobytes() for image in np.asarray(held.split(name).x) for c in range(3)}
             for name in ("train", "test")}  # fmt: skip
    training = {x.tobytes() for x in np.asarray(single.split("train").x)}
    assert (
        not parts["train"] & parts["test"]
        and parts["train"] | parts["test"] <= training
        and held.key != data.key
    )
    modes = np.asarray(data.split("train").labels).reshape(-1, 3, 10).argmax(2) @ [100, 10, 1]
    assert len(np.unique(modes)) > 700
