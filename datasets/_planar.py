"""What the data sets in the plane share: sizes, seeds, and labels that name the component of a point."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from datasets._labels import one_hot
from datasets.base import SPLITS, Dataset, Split, at_least


class Planar(Dataset):
    """Base of the data sets in the plane; a subclass defines `draw`."""

    version = 1
    kind = "points"
    parts: ClassVar[int] = 3  # components
    defaults: ClassVar[dict[str, Any]] = {"n_train": 10000, "n_test": 2500, "seed": 0}

    def check(self) -> None:
        at_least(self, n_train=10, n_test=10, seed=0)

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def chunks(self, split: str) -> Iterator[Split]:
        seed = np.random.SeedSequence([self.options["seed"], SPLITS.index(split)]).generate_state(1)[0]
        points, parts = self.draw(self.options[f"n_{split}"], int(seed))
        names = tuple(f"part_{i}" for i in range(self.parts))
        labels = one_hot(parts, self.parts)
        yield Split(x=points.astype(np.float32), labels=labels, label_names=names, label_kind="classes")

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """n points [n, 2] and the numbers of their components [n]."""
        raise NotImplementedError


class Shape(Planar):
    """unit: both axes in the same units, the training points between 0.1 and 0.9 of the longer one."""

    defaults: ClassVar[dict[str, Any]] = {**Planar.defaults, "unit": False}

    def chunks(self, split: str) -> Iterator[Split]:
        if not self.options["unit"]:
            yield from super().chunks(split)
            return
        known = np.concatenate([part.x for part in super().chunks("train")])
        low, high = known.min(0), known.max(0)
        for part in super().chunks(split):
            yield replace(part, x=0.5 + 0.8 * (part.x - (low + high) / 2) / (high - low).max())
