"""How a node ends: well or not, with what reason, and whether it can go on."""

import errno
from dataclasses import dataclass
from typing import Literal

from benchmarks.evaluation.evaluation import OutOfTime as OutOfTime

Status = Literal["ok", "failed", "diverged", "stopped", "paused", "incomplete"]
Result = tuple[Status, str, bool]  # (status, reason, cached)
HOPELESS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # the disk is full or read-only: trying again is no use


class Paused(Exception):
    """A run has reached the step that it was to go to for now."""


@dataclass(frozen=True)
class Outcome:
    """How a node ended; `cached` if nothing had to be trained, `fatal` if no other node can end better.

    stopped: the time limit was reached; paused: it is evaluated to the step at which it was to wait; incomplete: a metric
    failed. What was done is kept.
    """

    key: str
    status: Status
    reason: str = ""
    cached: bool = False
    seconds: float = 0.0
    fatal: bool = False
