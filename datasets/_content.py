"""What files hold, by SHA-256 of their bytes: never by their times, so that a copied folder is the same data.

Gigabytes are not read again at every start: a file whose size, times and inode are those of when it was last read
is taken to be the same. That is a short cut to the hash, kept in the cache; the hash alone is part of any name.
"""

import gzip
import hashlib
import json
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

Progress = Callable[[int, int], None]  # (megabytes read, megabytes in all)
_PIECE = 1 << 23
_SETTLED = 2_000_000_000  # ns: a file changed less than this before it was read may change again unseen


def digests(
    root: Path,
    files: Iterable[str],
    cache: Path | None = None,
    progress: Progress | None = None,
    unpack: bool = False,
) -> dict[str, str]:
    """File below `root` -> SHA-256 of its bytes in hex, "" where it is not there.

    unpack: of what is inside, where the file is packed with gzip. Raises ValueError for a file that cannot be read.
    """
    known = _Known(cache, root)
    marks = {file: _mark(root / file) for file in files}
    found = {file: known.get(file, mark, unpack) if mark else "" for file, mark in marks.items()}
    total, done, start = sum(m[0] for f, m in marks.items() if m and found[f] is None), 0, time.time_ns()
    for file, mark in marks.items():
        if mark is None or found[file] is not None:
            continue

        def tell(size: int, before: int = done) -> None:
            if progress is not None:
                progress((before + size) >> 20, total >> 20)

        found[file] = sha = _read(root / file, unpack, tell)
        done += mark[0]
        if start - max(mark[1:3]) > _SETTLED:
            known.put(file, mark, unpack, sha)
    known.save()
    return {file: sha or "" for file, sha in found.items()}


def joined(named: dict[str, str]) -> str:
    """One SHA-256 for many files: of their names and digests, in the order of the names."""
    text = b"".join(os.fsencode(name) + b"\0" + sha.encode() + b"\n" for name, sha in sorted(named.items()))
    return hashlib.sha256(text).hexdigest()


def packed(path: Path) -> bool:
    """Whether a file is packed with gzip, whatever it is called."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _mark(path: Path) -> list[int] | None:
    """Size, both times and inode; None for a file that is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _read(path: Path, unpack: bool, tell: Callable[[int], None]) -> str:
    sha = hashlib.sha256()
    try:
        with path.open("rb") as raw:
            file: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if unpack and packed(path) else raw
            while piece := file.read(_PIECE):
                sha.update(piece)
                tell(raw.tell())
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"{path}: damaged ({error})") from error
    return sha.hexdigest()


class _Known:
    """The files of one root that were read before, with their marks; without a cache, none."""

    def __init__(self, cache: Path | None, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
        self.path = None if cache is None else cache / "content" / f"{name}.json"
        self.entries: dict[str, Any] = {}
        self.new = False
        try:
            if self.path is not None:
                self.entries = dict(json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            pass  # not there, or not to be trusted: everything is read

    def get(self, file: str, mark: list[int], unpack: bool) -> str | None:
        entry = self.entries.get(f"{int(unpack)}{file}")
        return str(entry[1]) if isinstance(entry, list) and len(entry) == 2 and entry[0] == mark else None

    def put(self, file: str, mark: list[int], unpack: bool, sha: str) -> None:
        self.entries[f"{int(unpack)}{file}"] = [mark, sha]
        self.new = True

    def save(self) -> None:
        """Write what is new. Of two processes the last one wins, and the other's files are read once more."""
        if self.path is None or not self.new:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            with os.fdopen(handle, "w") as file:
                json.dump(self.entries, file)
            os.replace(temporary, self.path)
        except OSError:
            pass  # a short cut only: building the cache will say what is wrong with it


def digest(source: Any) -> str:
    """Returns what names a data set's `source`: 16 hex digits of its JSON."""
    return hashlib.sha256(json.dumps(source).encode()).hexdigest()[:16]
