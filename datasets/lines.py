"""Lines of ACAI (Berthelot et al. 2018, arXiv 1807.07543): from the centre outwards, at any angle.

The manifold is a circle, and the angle its only factor: `draw` makes the true image of any angle.
Deviation: an antialiased band by the distance from the segment, where the paper's code paints row by row.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from datasets._labels import one_hot
from datasets.base import Dataset, Split, at_least

_CHUNK = 1024
_SECTORS = 10


def draw(angles: np.ndarray, size: int) -> np.ndarray:
    """uint8 [n, size, size, 1]: white on black, anticlockwise from the right; angles [n] in radians.

    The line ends a pixel (of 32) before the border and is two pixels (of 32) wide.
    """
    unit = size / 32
    at = np.arange(size) + 0.5 - size / 2
    x, y = at[None, None, :], -at[None, :, None]
    c, s = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    along = np.clip(c * x + s * y, 0, 15 * unit)  # of the nearest point of the segment
    distance = np.hypot(x - along * c, y - along * s)
    return np.rint(255 * np.clip(unit + 0.5 - distance, 0, 1)).astype(np.uint8)[..., None]


class Lines(Dataset):
    """Grey images of one line each; the classes are ten sectors of angles, as in the paper's code."""

    name = "lines"
    title = "Lines"
    summary = "ACAI's lines from the centre at a random angle, which is their only factor; no download"
    version = 1
    defaults: ClassVar[dict[str, Any]] = {"size": 32, "n_train": 12000, "n_test": 2000, "seed": 0}

    def check(self) -> None:
        at_least(self, size=8, n_train=1, n_test=1, seed=0)

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, self.options["size"], self.options["size"])

    def chunks(self, split: str) -> Iterator[Split]:
        rng, n = self.rng(split), self.options[f"n_{split}"]
        for start in range(0, n, _CHUNK):
            angles = rng.uniform(0, 2 * np.pi, min(_CHUNK, n - start))
            yield Split(
                x=draw(angles, self.options["size"]),
                labels=one_hot((angles * (_SECTORS / (2 * np.pi))).astype(int) % _SECTORS, _SECTORS),
                label_names=tuple(f"sector_{i}" for i in range(_SECTORS)),
                label_kind="classes",
                factors=angles[:, None].astype(np.float32),
                factor_names=("angle",),
            )
