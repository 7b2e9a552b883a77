"""The arrays of an npz, npy or HDF5 file: listed without reading them, read in pieces, never unpickled."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from datasets._labels import MOST, Labels, classes, one_hot

_BYTES = 1 << 23  # of a piece


@dataclass(frozen=True)
class Table:
    """One array of a file."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    pieces: Callable[[], Iterator[np.ndarray]]  # consecutive rows

    def whole(self) -> np.ndarray:
        """All of it, for small ones."""
        return np.concatenate(list(self.pieces()))


def open_tables(path: Path) -> dict[str, Table]:
    """Name -> array. ValueError names a file of another kind, a damaged one, and pickled arrays."""
    with _named(path):
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
            tables = {name[:-4]: _npy(partial(_Member, path, name)) for name in names}
        elif path.suffix == ".npy":
            tables = {path.stem: _npy(partial(path.open, "rb"))}
        elif path.suffix in (".h5", ".hdf5"):
            tables = _hdf5(path)
        else:
            raise ValueError("none of .npz, .npy, .h5, .hdf5")

    def named(table: Table) -> Iterator[np.ndarray]:
        with _named(path):
            yield from table.pieces()

    return {name: replace(table, pieces=partial(named, table)) for name, table in tables.items()}


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of reading become one line with the file's name."""
    try:
        yield
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: {str(error).splitlines()[0]}") from error


class _Member:
    """A file inside a zip, closed together with it."""

    def __init__(self, path: Path, name: str) -> None:
        self.archive = zipfile.ZipFile(path)
        self.file = self.archive.open(name)

    def __enter__(self) -> IO[bytes]:
        return self.file

    def __exit__(self, *rest: object) -> None:
        self.file.close()
        self.archive.close()


def _npy(start: Callable[[], AbstractContextManager[Any]]) -> Table:
    """An array in numpy's format, whatever stream it is in."""

    def head(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(file)
        if dtype.hasobject:
            raise ValueError("pickled objects are not read; save plain arrays")
        if fortran and len(shape) > 1:
            raise ValueError("saved in Fortran's order; save numpy.ascontiguousarray of it")
        return shape, dtype

    with start() as file:
        shape, dtype = head(file)

    def pieces() -> Iterator[np.ndarray]:
        with start() as file:
            head(file)
            row = int(np.prod(shape[1:])) * dtype.itemsize
            for first in range(0, shape[0], max(1, _BYTES // max(row, 1))):
                count = min(shape[0] - first, max(1, _BYTES // max(row, 1)))
                data = file.read(count * row)
                if len(data) < count * row:
                    raise ValueError(f"truncated at row {first} of {shape[0]}")
                yield np.frombuffer(data, dtype).reshape(count, *shape[1:])

    return Table(shape, dtype, pieces)


def _hdf5(path: Path) -> dict[str, Table]:
    try:
        import h5py
    except ImportError as error:
        raise ValueError("reading HDF5 needs h5py; install it, or save the images as npz") from error
    tables: dict[str, Table] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            tables[name] = Table(tuple(item.shape), item.dtype, partial(pieces, name))

    def pieces(name: str) -> Iterator[np.ndarray]:
        with h5py.File(path, "r") as file:
            item = file[name]
            step = max(1, _BYTES // max(1, int(np.prod(item.shape[1:])) * item.dtype.itemsize))
            for first in range(0, item.shape[0], step):
                yield item[first : first + step]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return tables


def read_labels(table: Table, n: int) -> Labels:
    """One-hot classes from numbers [n] or [n, 1], or attributes from 0/1 (or -1/1) [n, L]. Raises ValueError."""
    if not table.shape:
        raise ValueError(f"labels {table.dtype}[] are one value, not a row for each of {n} images")
    values = table.whole()
    shape = f"{values.dtype}{list(values.shape)}"
    if values.dtype.kind in "US" and values.size == len(values) == n:  # names of classes
        return classes([str(value) for value in values.astype(str).ravel()], f"labels {shape}")
    if values.dtype.kind == "f" and values.size and (values == np.rint(values)).all():
        values = values.astype(np.int64)  # whole numbers in floats
    if len(values) != n or values.ndim not in (1, 2) or values.dtype.kind not in "iub" or not values.size:
        raise ValueError(f"labels {shape} are not class numbers or 0/1 rows for {n} images")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    low, high = int(values.min()), int(values.max())
    if values.ndim == 1:
        if low < 0 or high >= MOST:
            raise ValueError(
                f"labels {shape} from {low} to {high} are not class numbers from 0 to {MOST - 1}"
            )
        return Labels(
            one_hot(values.astype(np.int64), high + 1),
            tuple(f"label_{i}" for i in range(high + 1)),
            "classes",
        )
    if low < -1 or high > 1:
        raise ValueError(f"labels {shape} from {low} to {high} are not rows of 0 and 1 (or of -1 and 1)")
    return Labels((values > 0).astype(np.uint8), tuple(f"label_{i}" for i in range(values.shape[1])))


def column_note(table: Table) -> list[str]:
    """A note where a column [n, 1] is read as class numbers."""
    column = len(table.shape) == 2 and table.shape[1] == 1
    return (
        [f"labels {table.dtype}{list(table.shape)} are read as a column of class numbers"] if column else []
    )
