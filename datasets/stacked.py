"""Three random digits as the red, green and blue of one image: 1,000 modes, as VEEGAN and PacGAN count."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from datasets.base import Dataset, Split, at_least
from datasets.digits import Digits as _Digits
from datasets.mnist import Mnist as _Mnist

_CHUNK = 1024
_NAMES = tuple(f"{channel}_{digit}" for channel in ("red", "green", "blue") for digit in range(10))


class _Stacked(Dataset):
    single: ClassVar[type[Dataset]]  # where the digits of each channel come from
    validates = True  # digit by digit

    def check(self) -> None:
        at_least(self, n_train=1, n_test=1, seed=0)
        own = {key: self.options[key] for key in ("size", "pad", "validation") if key in self.options}
        self.digits = self.single(self.cache, self.root, **own)

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    def source(self) -> Any:
        return self.digits.key

    @property
    def content(self) -> str:  # type: ignore[override]  # of the digits: everything else is drawn
        return self.digits.identify(self._progress)

    def chunks(self, split: str) -> Iterator[Split]:
        digits = self.digits.split(split)
        assert digits.labels is not None
        rng, n = self.rng(split), self.options[f"n_{split}"]
        for start in range(0, n, _CHUNK):
            rows = rng.integers(len(digits), size=(min(_CHUNK, n - start), 3))
            yield Split(
                x=np.concatenate([digits.x[rows[:, channel]] for channel in range(3)], -1),
                labels=np.concatenate([digits.labels[rows[:, channel]] for channel in range(3)], 1),
                label_names=_NAMES,
                label_kind="channels",
            )


class StackedDigits(_Stacked):
    """Of scikit-learn's digits; training and test images share no digit."""

    name = "stacked-digits"
    title = "Stacked digits"
    summary = "three of scikit-learn's digits as RGB, 1,000 modes; no download"
    version = 1
    single = _Digits
    defaults: ClassVar[dict[str, Any]] = {"size": 16, "n_train": 12000, "n_test": 2000, "seed": 0}


class StackedMnist(_Stacked):
    """Of MNIST's; as many test images as VEEGAN takes samples."""

    name = "stacked-mnist"
    title = "Stacked MNIST"
    summary = "three of MNIST's digits as RGB, 1,000 modes; --data-root holds the idx files"
    version = 1
    needs_root = True
    where = _Mnist.where
    torchvision = _Mnist.torchvision
    single = _Mnist
    defaults: ClassVar[dict[str, Any]] = {"size": 32, "pad": True, "n_train": 60000, "n_test": 26000, "seed": 0}  # fmt: skip
    later: ClassVar[tuple[str, ...]] = ("pad",)
