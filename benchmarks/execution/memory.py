"""What this process keeps of freed memory, and the most that it has held since it was asked to count anew."""

import ctypes
import re
from contextlib import suppress
from pathlib import Path

import torch

PROCESS = Path("/proc/self")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
LARGEST, KEPT = 32 * 2**20, 256 * 2**20  # bytes


def keep_freed() -> None:
    """Has glibc keep what is freed: it would give a training step's maps back, and each page of them costs when it is taken anew.

    Blocks over LARGEST go back at once all the same, and all that is over KEPT at the heap's end.
    """
    with suppress(OSError, AttributeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT)


def count_anew(cuda: bool) -> None:
    """Forgets the peak of before: a worker performs many runs, one after another."""
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    with suppress(OSError):  # not Linux, or not allowed: the peak is then that of the process' whole life
        (PROCESS / "clear_refs").write_text("5")


def peak_mb(cuda: bool) -> float | None:
    """Returns the peak in MB: of GPU memory, or the process' own, of all runs that it holds; None where it is not known."""
    if cuda:
        return round(torch.cuda.max_memory_allocated() / 2**20, 1)
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", (PROCESS / "status").read_text())
    except OSError:
        return None
    return round(int(found[1]) / 1024, 1) if found else None
