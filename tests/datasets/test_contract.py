"""What holds for every data set, found by looking into the registry: a new one needs no new test here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.planning.registry import DATASETS
from datasets.base import Dataset
from datasets.stacked import _Stacked

ALL = list(DATASETS)
SMALL = {"n_train": 50, "n_test": 20, "size": 16}


def test_all_are_here() -> None:
    names = [item.name for item in ALL]
    assert len(names) == len(set(names))
    assert set(names) >= {
        *("toonfaces", "folder", "circles", "moons", "blobs", "varied", "aniso", "ring8", "grid25"),
        *("lines", "digits", "stacked-digits", "mnist", "fashion-mnist", "stacked-mnist", "cifar10"),
        *("celeba", "celeba-hq", "anime-faces", "arrays"),
    }


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.name)
def test_described(cls: type[Dataset], tmp_path: Path) -> None:
    assert cls.title and cls.summary and "\n" not in cls.summary and cls.version >= 1
    assert cls.kind in ("images", "points") and cls.__doc__
    if cls.needs_root:
        with pytest.raises(ValueError, match=f"{cls.name}: the flag --data-root is missing; ") as error:
            cls(tmp_path)
        assert "\n" not in str(error.value) and "--data-root" in cls.where


@pytest.mark.parametrize("cls", [cls for cls in ALL if not cls.needs_root], ids=lambda cls: cls.name)
def test_splits(cls: type[Dataset], tmp_path: Path) -> None:
    options: dict[str, Any] = {key: value for key, value in SMALL.items() if key in cls.defaults}
    data = cls(tmp_path / "a", **options)
    seen: list[tuple[int, int]] = []
    data.prepare(lambda done, total: seen.append((done, total)))
    train, test = data.split("train"), data.split("test")
    assert seen[-1] == (data.total(), data.total()) == (len(train) + len(test),) * 2
    for split in (train, test):
        if cls.kind == "images":
            assert split.x.dtype == np.uint8 and split.x.shape[1:] == (*data.shape[1:], data.shape[0])
        else:
            assert split.x.dtype == np.float32 and split.x.shape[1:] == data.shape and len(data.shape) == 1
        assert not split.x.flags.writeable
        if split.labels is not None:
            assert split.labels.dtype == np.uint8 and split.labels.shape == (
                len(split),
                len(split.label_names),
            )
            ones = {"classes": 1, "channels": 3}.get(split.label_kind)
            assert ones is None or (split.labels.sum(1) == ones).all()
    assert train.label_names == test.label_names
    again = cls(tmp_path / "b", **options)
    assert again.key == data.key
    np.testing.assert_array_equal(again.split("test").x, test.x)
    rows = {row.tobytes() for row in np.asarray(train.x)}
    assert not any(row.tobytes() in rows for row in np.asarray(test.x))


@pytest.mark.parametrize("cls", [cls for cls in ALL if not cls.needs_root], ids=lambda cls: cls.name)
def test_validation_images_are_training_images(cls: type[Dataset], tmp_path: Path) -> None:
    """About a sixth, with their labels; no test image is among them, and no name changes without the option."""
    options: dict[str, Any] = {key: value for key, value in SMALL.items() if key in cls.defaults}
    whole, held = cls(tmp_path, **options), cls(tmp_path, **options, validation=True)
    assert "validation" not in whole.named and held.key != whole.key
    train, kept, out = whole.split("train"), held.split("train"), held.split("test")
    if issubclass(cls, _Stacked):
        pytest.skip("its images are drawn anew, from digits that are parted: see test_digits.py")
    rows = [{row.tobytes() for row in np.asarray(split.x)} for split in (train, kept, out)]
    assert rows[1] | rows[2] == rows[0] and not rows[1] & rows[2]
    assert len(kept) + len(out) == len(train) and 0.05 < len(out) / len(train) < 0.4
    if train.labels is not None:
        assert (
            kept.labels is not None and len(kept.labels) == len(kept) and out.label_names == train.label_names
        )
