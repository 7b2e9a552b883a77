"""MNIST in its published idx format, packed or not, padded from 28 to 32 pixels or as it is."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets._files import locate, read_idx
from datasets._images import resize
from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least

_PARTS = {"train": "train", "test": "t10k"}
_ENDINGS = {kind: (f"-{n}-ubyte", f".{n}-ubyte", f"-{n}-ubyte.idx", f".{n}", ".idx")
            for kind, n in (("images", "idx3"), ("labels", "idx1"))}  # fmt: skip  # as they are called in the wild


class Mnist(Dataset):
    """Handwritten digits in grey, 60,000 to train and 10,000 to test."""

    name = "mnist"
    title = "MNIST"
    summary = "70,000 handwritten digits in grey; --data-root holds the idx files"
    version = 1
    needs_root = True
    where = (
        "--download gets them, or put train-images-idx3-ubyte.gz and the three like it (see yann.lecun.com/exdb/"
        "mnist) into one folder and name it with --data-root"
    )
    torchvision = "MNIST"
    published = "895b1dec347b0635"
    folders: ClassVar[tuple[str, ...]] = (".", "raw", "MNIST/raw")  # the last two as torchvision leaves them
    classes: ClassVar[tuple[str, ...]] = tuple(f"digit_{i}" for i in range(10))
    # pad: from 28 to 32 pixels with black
    defaults: ClassVar[dict[str, Any]] = {"size": 32, "pad": True}
    later: ClassVar[tuple[str, ...]] = ("pad",)
    validates = True
    kept = 50_000  # images to train while the last ones are for validation

    def check(self) -> None:
        at_least(self, size=8)
        for split in _PARTS:
            self._file(split, "images"), self._file(split, "labels")

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, self.options["size"], self.options["size"])

    def source(self) -> Any:
        files = [self._file(split, kind) for split in _PARTS for kind in ("images", "labels")]
        return [self.digests(file.parent, [file.name], unpack=True)[file.name] for file in files]

    def total(self) -> int:
        return 60000 if self.options["validation"] else 70000

    def chunks(self, split: str) -> Iterator[Split]:
        source, first = "train" if self.options["validation"] else split, 0
        files = self._file(source, "images"), self._file(source, "labels")
        for grey, number in zip_longest(*map(read_idx, files), fillvalue=np.empty(0)):
            if len(grey) != len(number) or grey.shape[1:] != (28, 28) or number.max() > 9:
                raise ValueError(
                    f"{self.name}: {files[0]} and {files[1]} do not hold 28 x 28 images and labels"
                )
            if self.options["validation"]:
                rows = (np.arange(first, first + len(grey)) < self.kept) == (split == "train")
                first += len(grey)
                grey, number = grey[rows], number[rows]
                if not len(grey):
                    continue
            margin = 2 * self.options["pad"]
            padded = np.pad(grey, ((0, 0), (margin, margin), (margin, margin)))[..., None]
            yield Split(resize(padded, self.options["size"]), one_hot(number, 10), self.classes, "classes")

    def _file(self, split: str, kind: str) -> Path:
        names = [f"{_PARTS[split]}-{kind}{ending}" for ending in _ENDINGS[kind]]
        return locate(self, self.folders, tuple(f"{name}{gz}" for gz in (".gz", "") for name in names))
