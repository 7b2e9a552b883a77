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

from datasets._labels import one_hot

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


def read_labels(table: Table | None, n: int) -> tuple[np.ndarray | None, tuple[str, ...], str]:
    """One-hot classes from numbers [n], or attributes from 0/1 [n, L]."""
    if table is None:
        return None, (), "attributes"
    values = table.whole()
    if (
        len(values) != n
        or values.ndim > 2
        or values.dtype.kind not in "iub"
        or not 0 <= values.min() <= values.max() < 10000
    ):
        raise ValueError(f"labels {values.dtype}{list(values.shape)} are no class numbers or 0/1 rows")
    hot = one_hot(values, int(values.max()) + 1) if values.ndim == 1 else (values > 0).astype(np.uint8)
    kind = "classes" if values.ndim == 1 else "attributes"
    return hot, tuple(f"label_{i}" for i in range(hot.shape[1])), kind
