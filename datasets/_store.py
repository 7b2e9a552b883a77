"""The cache's own files: arrays appended in bounded memory, read back memory-mapped, under a lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Split:
    """Some images or points with what is known about them; rows of all arrays belong together."""

    x: np.ndarray  # uint8 [n, H, W, C] for images; float32 [n, p] for points
    labels: np.ndarray | None = None  # uint8 [n, L], 0/1
    label_names: tuple[str, ...] = ()
    label_kind: str = "attributes"  # "classes": rows are one-hot; "channels": one-hot for each colour channel
    factors: np.ndarray | None = None  # float32 [n, F] true generative factors
    factor_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


def printable(text: str) -> str:
    """`text` as any file or terminal can hold it: what cannot be shown is written as Python writes it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def arrays(folder: Path, split: str) -> dict[str, Any]:
    """The arrays of a split by field, memory-mapped and read-only."""
    paths = folder.glob(f"{split}.*.npy")
    return {path.name.split(".")[1]: np.load(path, mmap_mode="r", allow_pickle=False) for path in paths}


class Writer:
    """Appends chunks to .npy files whose headers get the final length at the end."""

    def __init__(self, folder: Path, split: str, owner: Any) -> None:
        """owner: the data set, by whose name and shape chunks are checked."""
        self.folder, self.split, self.owner = folder, split, owner.name
        c, *rest = owner.shape
        self.row = (*rest, c)  # of x: channels last
        self.files: dict[str, Any] = {}
        self.heads: dict[str, tuple[np.dtype, tuple[int, ...], int]] = {}  # dtype, row shape, rows
        self.names: dict[str, Any] = {}

    def append(self, chunk: Split) -> None:
        """Raises ValueError for what does not keep to `Split`, or to the shape of the data set."""
        if wrong := _wrong(chunk, self.row):
            raise ValueError(f"{self.owner}: what it yields for the {self.split} split: {wrong}")
        for field in fields(chunk):
            value = getattr(chunk, field.name)
            if isinstance(value, np.ndarray):
                self._rows(field.name, np.ascontiguousarray(value))
            elif value is not None:
                self.names[field.name] = value

    def _rows(self, name: str, rows: np.ndarray) -> None:
        if name not in self.files:
            self.files[name] = (self.folder / f"{self.split}.{name}.npy").open("wb")
            self.heads[name] = (rows.dtype, rows.shape[1:], 0)
            self._header(name)
        dtype, shape, count = self.heads[name]
        assert (rows.dtype, rows.shape[1:]) == (dtype, shape), f"{name}: {rows.dtype} {rows.shape}"
        self.files[name].write(rows.data)
        self.heads[name] = (dtype, shape, count + len(rows))

    def _header(self, name: str) -> None:
        dtype, shape, count = self.heads[name]
        descr = np.lib.format.dtype_to_descr(dtype)
        head = {"descr": descr, "fortran_order": False, "shape": (count, *shape)}
        self.files[name].seek(0)
        np.lib.format.write_array_header_1_0(self.files[name], head)  # with room for a longer first axis

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        for name, file in self.files.items():
            if kind is None:
                self._header(name)
                file.flush()
                os.fsync(file.fileno())
            file.close()


def _wrong(chunk: Split, row: tuple[int, ...]) -> str:
    """Returns what is wrong about a chunk, "" where nothing is."""
    n, x, labels = len(chunk), chunk.x, chunk.labels
    dtype, named = ("uint8", "H, W, C") if len(row) == 3 else ("float32", "p")
    if x.dtype != dtype or x.shape[1:] != row:
        return f"x is {x.dtype}{list(x.shape)}, and {dtype} [n, {named}] = [n, {', '.join(map(str, row))}] is wanted"
    if dtype == "float32" and not np.isfinite(x).all():
        return "x has values that are not finite"
    for name in ("labels", "factors"):
        rows = getattr(chunk, name)
        if rows is not None and (rows.ndim != 2 or len(rows) != n or not rows.shape[1]):
            return f"{name} are {rows.dtype}{list(rows.shape)} for {n} rows of x; leave them out where there are none"
        if rows is not None and len(names := getattr(chunk, f"{name.rstrip('s')}_names")) != rows.shape[1]:
            return f"{len(names)} names for {rows.shape[1]} columns of {name}"
    if labels is not None and n and (labels.dtype != "uint8" or labels.max() > 1):
        return f"labels are {labels.dtype} up to {labels.max()}, and uint8 of 0 and 1 are wanted"
    return ""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the system releases the lock of a process that dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
