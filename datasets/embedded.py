"""Ten Gaussians of 700 dimensions embedded in 1,200 (Srivastava et al. 2017, arXiv:1705.07761, section 4.1), after PacGAN's code.

A point is one of ten numbers on all 1,200 axes, and N(0, 1) more on the first 700. High quality is within 10 standard
deviations of the nearest mode: a real point lies sqrt(700) = 26.5 away, so by this rule none of them is; the nearest modes
are 8.7 apart. Neither paper says so; the rule is kept, and the row of real points shows what it gives.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least

_CHUNK, _AXES, _NOISY = 4096, 1200, 700
_MEANS = np.array([-1, -0.5, 0, 0.5, -2, -2.5, 10, 0.25, -13, -5.5])


class Embedded1200(Dataset):
    """VEEGAN's third mixture."""

    name = "embedded1200"
    title = "1,200-D mixture"
    summary = "10 Gaussians of 700 dimensions in 1,200 (VEEGAN's)"
    version = 1
    kind = "points"
    defaults: ClassVar[dict[str, Any]] = {"n_train": 100_000, "n_test": 2500, "seed": 0}
    modes = np.repeat(_MEANS[:, None], _AXES, 1)
    mode_std = 1.0
    reach = 10.0

    def check(self) -> None:
        at_least(self, n_train=10, n_test=10, seed=0)

    @property
    def shape(self) -> tuple[int, ...]:
        return (_AXES,)

    def chunks(self, split: str) -> Iterator[Split]:
        rng = self.rng(split)
        n, count = self.options[f"n_{split}"], len(_MEANS)
        names = tuple(f"part_{i}" for i in range(count))
        for start in range(0, n, _CHUNK):
            parts = rng.integers(count, size=min(_CHUNK, n - start))
            x = np.repeat(_MEANS[parts, None], _AXES, 1)
            x[:, :_NOISY] += rng.standard_normal((len(x), _NOISY))
            labels = one_hot(parts, count)
            yield Split(x=x.astype(np.float32), labels=labels, label_names=names, label_kind="classes")
