"""An array of images in a file: npz, npy or HDF5, read in pieces; nothing is ever unpickled."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from datasets._arrays import column_note, open_tables, read_labels
from datasets._images import resize
from datasets.base import Dataset, Split, at_least


class Arrays(Dataset):
    """Images of one file, central squares, split by a fixed permutation of the rows."""

    name = "arrays"
    title = "Array file"
    summary = "uint8 images in an npz, npy or HDF5 file, with labels on request; --data-root is the file"
    version = 1
    needs_root = True
    where = "give --data-root an .npz, .npy or .h5 file of uint8 images [n, H, W, C], [n, C, H, W], [n, H, W]"
    defaults: ClassVar[dict[str, Any]] = {"size": 0, "images": "", "labels": "", "test_share": 0.1}

    def check(self) -> None:
        at_least(self, size=0)
        assert self.root is not None
        self.tables = open_tables(self.root)
        fitting = [k for k, t in self.tables.items() if t.dtype == np.uint8 and len(t.shape) in (3, 4)]
        name = self.options["images"] or (fitting[0] if len(fitting) == 1 else "")
        if name not in fitting or (self.options["labels"] or name) not in self.tables:
            arrays = ", ".join(f"{k} {t.dtype}{list(t.shape)}" for k, t in self.tables.items()) or "no array"
            raise ValueError(
                f"{self.name}: {self.root} has {arrays}; name images by data.images, labels by data.labels; {self.where}"
            )
        self.images, self.marks = self.tables[name], self.tables.get(self.options["labels"])
        test = round(self.images.shape[0] * self.options["test_share"])
        if not 0 < test < self.images.shape[0] or min(self._layout[:2]) < 8 or self._layout[2] not in (1, 3):
            raise ValueError(
                f"{self.name}: cannot take {list(self.images.shape)} as images, {test} of them to test"
            )
        self.tested = np.zeros(self.images.shape[0], bool)
        self.tested[np.random.Generator(np.random.PCG64(0)).permutation(len(self.tested))[:test]] = True

    @cached_property
    def _layout(self) -> tuple[int, int, int, bool]:  # height, width, channels, whether channels come first
        shape = self.images.shape[1:]
        first = len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3)
        height, width, channels = shape[1:] + shape[:1] if first else (*shape, 1)[:3]
        return height, width, channels, first

    @property
    def shape(self) -> tuple[int, ...]:
        size = self.options["size"] or min(self._layout[:2])
        return (self._layout[2], size, size)

    def remarks(self) -> list[str]:
        return [] if self.marks is None else column_note(self.marks)

    def total(self) -> int:
        return int(self.images.shape[0])

    def chunks(self, split: str) -> Iterator[Split]:
        labels = None if self.marks is None else read_labels(self.marks, self.total())
        height, width, channels, first = self._layout
        side, row = min(height, width), 0
        top, left = (height - side) // 2, (width - side) // 2
        for piece in self.images.pieces():
            rows = row + np.flatnonzero(self.tested[row : row + len(piece)] == (split == "test"))
            some = piece[rows - row]
            row += len(piece)
            some = np.moveaxis(some, 1, -1) if first else some.reshape(-1, height, width, channels)
            if len(rows):
                x = resize(some[:, top : top + side, left : left + side], self.shape[1])
                yield Split(x) if labels is None else labels.split(x, rows)
