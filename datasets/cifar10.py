"""CIFAR-10 from its binary version, five training files and one for tests; the Python one is pickled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from datasets._files import locate
from datasets._images import resize
from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least

_ROW = 1 + 3 * 32 * 32  # the class, then the planes of red, green and blue
_CHUNK = 2000
_FILES = {"train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test": ("test_batch.bin",)}
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class Cifar10(Dataset):
    """Small photographs in ten classes, 50,000 to train and 10,000 to test."""

    name = "cifar10"
    title = "CIFAR-10"
    summary = "60,000 small photographs in ten classes; --data-root holds the binary version"
    version = 1
    needs_root = True
    torchvision = "CIFAR10"
    where = (
        "--download gets it, or unpack CIFAR-10's binary version (see www.cs.toronto.edu/~kriz/cifar.html) and name "
        "the folder that has cifar-10-batches-bin in it with --data-root"
    )
    defaults: ClassVar[dict[str, Any]] = {"size": 32}

    def check(self) -> None:
        at_least(self, size=8)
        for file in self._files("train") + self._files("test"):
            if file.stat().st_size % _ROW or not file.stat().st_size:
                raise ValueError(
                    f"{file}: damaged ({file.stat().st_size} bytes are not a multiple of {_ROW})"
                )

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    def source(self) -> Any:
        files = [file for split in _FILES for file in self._files(split)]
        return [self.digests(file.parent, [file.name])[file.name] for file in files]

    def total(self) -> int:
        return sum(file.stat().st_size // _ROW for split in _FILES for file in self._files(split))

    def chunks(self, split: str) -> Iterator[Split]:
        for file in self._files(split):
            rows = np.memmap(file, np.uint8, "r").reshape(-1, _ROW)
            for start in range(0, len(rows), _CHUNK):
                some = rows[start : start + _CHUNK]
                if some[:, 0].max() > 9:
                    raise ValueError(f"{file}: damaged (class {some[:, 0].max()} of 10)")
                yield Split(
                    x=resize(some[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), self.options["size"]),
                    labels=one_hot(some[:, 0], 10),
                    label_names=_CLASSES,
                    label_kind="classes",
                )

    def _files(self, split: str) -> list[Path]:
        return [locate(self, ("cifar-10-batches-bin", "."), (name,)) for name in _FILES[split]]
