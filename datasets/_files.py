"""Files of published data sets: finding them, saying in one line which is missing, and reading idx files."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from datasets._content import packed
from datasets.base import Dataset

_CHUNK = 4096


def locate(owner: Dataset, folders: tuple[str, ...], names: tuple[str, ...]) -> Path:
    """The first root/folder/name that exists; ValueError with the data set's `where` otherwise."""
    assert owner.root is not None
    for folder in folders:
        for name in names:
            if (owner.root / folder / name).exists():
                return owner.root / folder / name
    raise ValueError(f"{owner.name}: there is no {names[0]} below --data-root {owner.root}; {owner.where}")


def read_idx(path: Path) -> Iterator[np.ndarray]:
    """Chunks of an idx file's rows, uint8 [<= 4096, ...], packed with gzip or not; ValueError names a damaged file."""
    with gzip.open(path) if packed(path) else path.open("rb") as file:
        try:
            magic = file.read(4)
            if len(magic) < 4 or magic[:3] != b"\0\0\x08":
                raise ValueError("not an idx file of bytes")
            n, *row = struct.unpack(f">{magic[3]}I", file.read(4 * magic[3]))
            for start in range(0, n, _CHUNK):
                count = min(_CHUNK, n - start)
                data = file.read(count * int(np.prod(row)))
                yield np.frombuffer(data, np.uint8).reshape(count, *row)
        except (ValueError, struct.error, EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: damaged ({error})") from error


def inner(owner: str, root: Path, name: str) -> Path:
    """The folder `name` in `root`, or `root` for "". Raises ValueError naming those that are there."""
    known = sorted(path.name for path in root.iterdir() if path.is_dir())
    if name and name not in known:
        raise ValueError(
            f"{owner}: within={name!r} is not a folder in {root}; known: {', '.join(known) or 'none'}"
        )
    return root / name
