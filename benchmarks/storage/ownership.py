"""Which files of a results folder are ours: only those are overwritten or removed, whatever else people keep there.

DIR/report-files.json lists what a report wrote, with checksums. A file in a report's way that is not on the list, or is
no longer what was written, is moved to DIR/set-aside.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from benchmarks.storage.files import read_json, sha256_of, write_json

LIST = "report-files.json"
TUNING = "tuning-files.json"
RUNS = "runs"  # the folder of the runs' folders
STORE = (
    RUNS,
    "references",
    "foreign",
    "results.parquet",
    "records.parquet",
    "meta.json",
    "plugins.json",
    "logged.json",
    "tensorboard",
    "mlflow.db",
    "report.html",
)


def claim(out: Path) -> None:
    """Takes an output folder that is empty, new or ours. Raises ValueError as `check`."""
    if not check(out):
        write_json(out / LIST, {})


def check(out: Path) -> bool:
    """Whether an output folder is ours already. Raises ValueError where it is a file, or others' files are in the way."""
    place = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    if not place.is_dir():
        raise ValueError(f"{place} is a file: give a folder as --out")
    if not os.access(place, os.W_OK):
        raise ValueError(f"{place} cannot be written to: give another --out")
    if is_published(out):
        raise ValueError(f"{out} holds published results, which no command changes: give another --out")
    if (out / LIST).exists() or _is_store(out):
        return True
    theirs = [name for name in (".lock", *STORE, "set-aside", "profile") if (out / name).exists()]
    if theirs:
        inner = out / theirs[0]
        if inner.is_dir() and ((inner / LIST).exists() or _is_store(inner)):
            raise ValueError(f"{out} is not a results folder, {inner} is: give that as --out")
        raise ValueError(f"{out} holds {theirs[0]}, which this program did not write: give another --out")
    return False


def is_published(out: Path) -> bool:
    """Whether a folder holds committed results."""
    return (out / "command.txt").is_file() and (out / "results.parquet").is_file()


def _is_store(out: Path) -> bool:
    """Whether an earlier program, which kept no list, wrote here."""
    lock = out / ".lock"
    if lock.is_file() and re.fullmatch(r"process \d+", lock.read_text(errors="replace")[:40]):
        return True
    if any((out / RUNS).glob("*/config.json")):
        return True
    try:
        return "parts" in read_json(out / "meta.json")
    except (OSError, ValueError, TypeError):
        return False


class Manifest:
    """The files that reports, or a search (TUNING), wrote into a folder."""

    def __init__(self, out: Path, name: str = LIST) -> None:
        """Reads a list. Without that of reports, whatever is in their way is an earlier program's and may be overwritten."""
        self.out, self.path, self.moved = out, out / name, list[str]()
        self.listed = self.path.exists() or name != LIST
        made = read_json(self.path) if self.path.exists() else {}
        self.files = {str(k): str(v) for k, v in made.items()} if isinstance(made, dict) else {}

    def make_way(self, paths: Iterable[Path]) -> None:
        """Moves what is not ours from where we are about to write; `moved` gets a line for each."""
        for path in paths:
            if self.listed and path.exists() and not self._ours(path):
                place = set_aside(self.out, path)
                self.moved.append(f"{path} is not as it was written here: it is kept as {place}")

    def finish(self, written: Iterable[Path]) -> None:
        """Removes what was written earlier and not now, if it is unchanged; keeps the new list."""
        names = {path.relative_to(self.out).as_posix(): path for path in written}
        for name in self.files.keys() - names.keys():
            if self._ours(self.out / name):
                (self.out / name).unlink()
        write_json(self.path, {name: sha256_of(path) for name, path in sorted(names.items())})

    def _ours(self, path: Path) -> bool:
        known = self.files.get(path.relative_to(self.out).as_posix())
        return known is not None and path.is_file() and sha256_of(path) == known


def set_aside(out: Path, path: Path) -> Path:
    """Moves a file or folder of the store to set-aside/<name>-<n>; returns its new path."""
    parts = path.relative_to(out).parts
    name, n = "-".join(parts[1:] or parts), 1
    folder = out / "set-aside"
    folder.mkdir(exist_ok=True)
    while (folder / f"{name}-{n}").exists():
        n += 1
    os.rename(path, folder / f"{name}-{n}")
    return folder / f"{name}-{n}"
