"""What holds for every metric, found by looking into the registry: a new one needs no new test here."""

import numpy as np
import pytest

from benchmarks.evaluation.references import CEILINGS, MODELS
from benchmarks.metrics.base import evaluate
from benchmarks.planning.registry import METRICS
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear

SHAPE = (3, 16, 16)
ON_DISCS = [m.name for m in METRICS if not m.needs & {"points", "factors", "domains"} and m.name != "modes"]


@pytest.mark.parametrize("name", METRICS.names())
def test_described_and_calibrated(name: str) -> None:
    metric = METRICS.get(name)
    assert metric.title and metric.values and metric.version >= 1
    assert set(metric.references) <= {*MODELS, "untrained"}
    assert set(metric.references) - set(CEILINGS), "no baseline"
    assert set(metric.references) & set(CEILINGS) or name == "attributes", "no ceiling"


@pytest.mark.parametrize("name", ON_DISCS)
def test_batch_sizes_do_not_matter_and_constants_are_no_error(name: str, discs: Data) -> None:
    metric = METRICS.get(name)
    results = [evaluate(metric, Snapshot(discs, Linear(SHAPE, batch=size))) for size in (7, 500)]
    assert [r.status for r in results] == ["ok", "ok"]
    one, two = (r.values for r in results)
    assert one == pytest.approx(two, rel=5e-3, abs=5e-3, nan_ok=True)
    dull = evaluate(metric, Snapshot(discs, Linear(SHAPE, constant=True))).values
    assert all(np.isfinite(v) for k, v in dull.items() if not np.isnan(one[k]))
