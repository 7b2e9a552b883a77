"""What is prepared once and kept: where, and a folder that is built under a lock and renamed when it is whole."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def default_cache() -> Path:
    """Returns where data sets and extractors are kept: $BIDIGAN_CACHE, or ~/.cache/bidigan-bench.

    Raises ValueError where there is neither, as for a user id without an account.
    """
    try:
        given = os.environ.get("BIDIGAN_CACHE")
        return Path(given).expanduser() if given else Path.home() / ".cache" / "bidigan-bench"
    except RuntimeError as error:
        raise ValueError(
            "there is no home folder to keep prepared data in: give --cache DIR, or set $BIDIGAN_CACHE"
        ) from error


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
