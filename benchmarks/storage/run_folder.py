"""A run's folder, DIR/runs/<hash>: every file is written whole or not at all, and each says what it belongs to.

config.json, history.jsonl, checkpoint.safetensors (everything, to go on from), weights/<step>.safetensors
(networks at each evaluation step), metrics/*.json, panels/*.npz, record.json (the mark that training ended,
and how), traceback.txt (of an attempt that failed, until one goes well).
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from benchmarks.storage.files import intact, read_json, sealed, write_atomic, write_json
from benchmarks.storage.ownership import RUNS, claim

RECORD, HISTORY = "record.json", "history.jsonl"


def run_paths(out: Path) -> list[Path]:
    """Returns the folders of all runs in `out`, by name; none where there is no such folder."""
    return sorted(path for path in (out / RUNS).glob("*") if path.is_dir())


def rows(history: str) -> Iterator[tuple[int | None, str]]:
    """Yields step and text of each line of a history; None and an end at the first that is no row, half-written at a kill."""
    for line in history.splitlines():
        try:
            step = int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            yield None, line
            return
        yield step, line


class RunFolder:
    """Paths and marks of one run."""

    def __init__(self, out: Path, name: str) -> None:
        self.path = out / RUNS / name
        self.history = self.path / HISTORY
        self.checkpoint = self.path / "checkpoint.safetensors"
        self.traceback = self.path / "traceback.txt"

    def weights(self, step: int) -> Path:
        return self.path / "weights" / f"{step}.safetensors"

    @property
    def panels(self) -> Path:
        return self.path / "panels"

    def record(self) -> dict[str, Any] | None:
        """Returns how training ended, or None while it has not. Raises ValueError where the file is damaged."""
        path = self.path / RECORD
        if not path.exists():
            return None
        record = read_json(path)
        if not isinstance(record, dict) or "status" not in record or not intact(record):
            raise ValueError(
                f"{path} is damaged: its checksum does not match its content, or it is no record"
            )
        return {name: value for name, value in record.items() if name != "sha256"}

    def finish(self, record: dict[str, Any]) -> None:
        write_json(self.path / RECORD, sealed(record))

    def complete(self, steps: Iterable[int]) -> bool:
        """Whether training is done: its record says so, and the weights that were not pruned are there."""
        try:
            record = self.record()
        except ValueError:
            return False
        if record is None or record["status"] == "diverged":
            return record is not None
        return all(step in record.get("pruned", []) or self.weights(step).exists() for step in steps)

    def base_sha256(self, config: Any) -> str:
        """Returns what the record of the base that a run is trained over says of its weights; "" without a base or a record."""
        try:
            record = RunFolder(self.path.parents[1], config.base.hash).record() if config.base else None
        except ValueError:  # named for itself
            record = None
        return str((record or {}).get("weights_sha256", ""))

    def history_sha256(self) -> str:
        """Returns checksum of the history, "" without one."""
        return hashlib.sha256(self.history.read_bytes()).hexdigest() if self.history.exists() else ""

    def append_history(self, row: dict[str, Any]) -> None:
        """Adds one line and sees it on disk before a checkpoint speaks of it."""
        with self.history.open("a") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def history_lines(self) -> Iterator[tuple[int | None, str]]:
        """Yields step and text of each line of the history; None and an end at the first that is no row."""
        yield from rows(self.history.read_text(errors="replace") if self.history.exists() else "")

    def history_rows(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yields step and terms of each whole line of the history."""
        for step, line in self.history_lines():
            if step is not None:
                yield step, {name: float(value) for name, value in json.loads(line).items() if name != "step"}

    def cut_history(self, step: int) -> None:
        """Drops what comes after the checkpoint at `step`: half-written lines and rows that will be written again."""
        kept = [line + "\n" for at, line in self.history_lines() if at is not None and at <= step]
        write_atomic(self.history, "".join(kept))


def metric_file(folder: Path, key: dict[str, Any]) -> Path:
    """Returns where the values of one metric, version, extractor, n, split and step are kept."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:8]
    return folder / "metrics" / f"{key['step']}-{key['metric']}-{digest}.json"


@contextmanager
def lock_folder(out: Path) -> Iterator[None]:
    """Holds the output folder for one command; a crash frees it.

    Raises ValueError naming the process that has it, or a file in it that is not ours.
    """
    out.mkdir(parents=True, exist_ok=True)
    claim(out)
    with (out / ".lock").open("a+") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise ValueError(f"{out} is in use by {holder}: wait for it, or give another --out") from None
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield


def require_folder(out: Path, trouble: str = "") -> None:
    """Raises OSError in one line where the folder that is held has gone, or `trouble` ended the work in it."""
    if trouble:
        raise OSError(
            f"{out}: {trouble}; what was finished is intact: make room, and run the same command again"
        )
    if not (out / ".lock").exists():
        raise OSError(f"{out} has gone while the command was running: nothing more is written")
