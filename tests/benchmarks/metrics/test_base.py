"""A metric that fails is a result of its own, with its reason."""

import math
from collections.abc import Callable

import pytest

from benchmarks.metrics.base import Metric, Value, evaluate
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear


def raising(snapshot: Snapshot) -> dict[str, float]:
    raise ZeroDivisionError("no distance at all")


@pytest.mark.parametrize(
    ("compute", "reason"),
    [
        (lambda s: {"v": math.inf}, "mine: ValueError: v is infinite"),
        (lambda s: {"w": 1.0}, "mine: ValueError: undeclared values w"),
        (raising, "mine: ZeroDivisionError: no distance at all"),
    ],
)
def test_whatever_goes_wrong_is_the_metrics_own_result(
    compute: Callable[[Snapshot], dict[str, float]], reason: str, discs: Data
) -> None:
    mine = Metric("mine", "Mine", frozenset({"images"}), {"v": Value("V", "lower")}, compute)
    found = evaluate(mine, Snapshot(discs, Linear((3, 16, 16))))
    assert (found.status, found.reason, found.values) == ("failed", reason, {})
