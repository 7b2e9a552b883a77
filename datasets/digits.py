"""scikit-learn's handwritten digits: 1,797 real images of 8 x 8 that need no download, enlarged."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from datasets._images import resize
from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least

_TEST = 360  # the last of a fixed order


class Digits(Dataset):
    """Grey digits in ten classes, 1,437 to train and 360 to test."""

    name = "digits"
    title = "Digits"
    summary = "scikit-learn's 1,797 handwritten digits, enlarged to 16 or 32 pixels; no download"
    version = 1
    defaults: ClassVar[dict[str, Any]] = {"size": 16}

    def check(self) -> None:
        at_least(self, size=8)

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, self.options["size"], self.options["size"])

    def total(self) -> int:
        return 1797

    def chunks(self, split: str) -> Iterator[Split]:
        from sklearn.datasets import load_digits

        images, classes = load_digits(return_X_y=True)  # 0 to 16, each 8 x 8
        order = np.random.Generator(np.random.PCG64(0)).permutation(len(images))
        chosen = order[-_TEST:] if split == "test" else order[:-_TEST]
        grey = np.rint(images[chosen] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
        yield Split(
            x=resize(grey, self.options["size"]),
            labels=one_hot(classes[chosen], 10),
            label_names=tuple(f"digit_{i}" for i in range(10)),
            label_kind="classes",
        )
