"""A folder that is built once: under a lock, in a temporary place, and renamed when it is whole."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Returns `folder`, built if it was not there. May be killed, or called by several processes."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            temporary = folder.parent / f"{folder.name}.tmp"
            shutil.rmtree(temporary, ignore_errors=True)  # left by a killed process: the lock is ours
            temporary.mkdir()
            build(temporary)
            temporary.rename(folder)
    return folder
