"""Files that travel between machines: their bytes with checksums, verified where they arrive."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RECORD


@dataclass(frozen=True)
class File:
    """One file by its path below a root; sha256 is that of its bytes where it was packed."""

    path: str
    sha256: str
    content: bytes


def pack(root: Path, patterns: Iterable[str], known: Mapping[str, str] | None = None) -> list[File]:
    """Returns the files below `root` that match, without half-written ones and those whose checksum is `known` already."""
    paths = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    found = []
    for path in sorted(paths):
        name, content = path.relative_to(root).as_posix(), path.read_bytes()
        sha = hashlib.sha256(content).hexdigest()
        if not path.name.startswith(".") and (known or {}).get(name) != sha:
            found.append(File(name, sha, content))
    return found


def unpack(files: Iterable[File], root: Path) -> None:
    """Writes files below `root`, each whole or not at all, records last.

    Raises ValueError, before anything is written, for a file that arrived damaged or does not belong below a root.
    """
    files = sorted(files, key=lambda file: file.path.endswith(RECORD))
    for file in files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{file.path} does not belong below {root}")
        if hashlib.sha256(file.content).hexdigest() != file.sha256:
            raise ValueError(f"{file.path} arrived damaged: its checksum does not match its content")
    for file in files:
        write_atomic(root / file.path, file.content)
