"""MNIST and Fashion-MNIST in their published idx format, packed or not, padded from 28 to 32 pixels."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets._files import locate, read_idx
from datasets._images import resize
from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least, stamp

_PARTS = {"train": "train", "test": "t10k"}


class Mnist(Dataset):
    """Handwritten digits in grey, 60,000 to train and 10,000 to test."""

    name = "mnist"
    title = "MNIST"
    summary = "70,000 handwritten digits in grey; --data-root holds the idx files"
    version = 1
    needs_root = True
    where = (
        "download train-images-idx3-ubyte.gz and the three like it (see yann.lecun.com/exdb/mnist) into one "
        "folder and name it with --data-root"
    )
    folders: ClassVar[tuple[str, ...]] = (".", "raw", "MNIST/raw")  # the last two as torchvision leaves them
    classes: ClassVar[tuple[str, ...]] = tuple(f"digit_{i}" for i in range(10))
    defaults: ClassVar[dict[str, Any]] = {"size": 32}

    def check(self) -> None:
        at_least(self, size=8)
        for split in _PARTS:
            self._file(split, "images-idx3"), self._file(split, "labels-idx1")

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, self.options["size"], self.options["size"])

    def source(self) -> Any:
        files = [self._file(split, kind) for split in _PARTS for kind in ("images-idx3", "labels-idx1")]
        return [stamp(file.parent, [file.name]) for file in files]

    def total(self) -> int:
        return 70000

    def chunks(self, split: str) -> Iterator[Split]:
        files = self._file(split, "images-idx3"), self._file(split, "labels-idx1")
        for grey, number in zip_longest(*map(read_idx, files), fillvalue=np.empty(0)):
            if len(grey) != len(number) or grey.shape[1:] != (28, 28) or number.max() > 9:
                raise ValueError(
                    f"{self.name}: {files[0]} and {files[1]} do not hold 28 x 28 images and labels"
                )
            padded = np.pad(grey, ((0, 0), (2, 2), (2, 2)))[..., None]
            yield Split(resize(padded, self.options["size"]), one_hot(number, 10), self.classes, "classes")

    def _file(self, split: str, kind: str) -> Path:
        name = f"{_PARTS[split]}-{kind}-ubyte"
        return locate(self, self.folders, (f"{name}.gz", name))


class FashionMnist(Mnist):
    """Photographs of clothes in MNIST's format."""

    name = "fashion-mnist"
    title = "Fashion-MNIST"
    summary = "70,000 grey photographs of clothes; --data-root holds the idx files"
    where = (
        "download train-images-idx3-ubyte.gz and the three like it (see github.com/zalandoresearch/"
        "fashion-mnist) into one folder and name it with --data-root"
    )
    folders: ClassVar[tuple[str, ...]] = (".", "raw", "FashionMNIST/raw")
    classes: ClassVar[tuple[str, ...]] = (
        *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle_boot"),
    )
