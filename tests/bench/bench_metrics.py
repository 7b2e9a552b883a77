"""What each metric costs at one evaluation of one run, on the networks of `lazarou2020-quick` (dense ones in the plane).

The snapshot is fresh, so the time holds what the metric asks of the networks; what is known of the real images
is not in it, being computed once for all runs. BIDIGAN_BENCH_N=1000 measures at the presets' sample size.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.metrics.base import evaluate
from benchmarks.planning.registry import DATASETS, FAMILIES, METRICS
from benchmarks.snapshots import convnet, inception
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Data, Snapshot
from methods.base import Spec
from tests.bench.bench_core import config

N = int(os.environ.get("BIDIGAN_BENCH_N", "64"))


@pytest.fixture(scope="session")
def toons(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Faces with a classifier and a factor reader that were trained for a moment: they cost what good ones cost."""
    cache: Path = tmp_path_factory.mktemp("toons")
    made = DATASETS.get("toonfaces")(cache, size=16, n_train=max(400, 12 * N), n_test=max(100, 2 * N))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convnet, "LEAST", 5)
        patch.setattr(convnet, "EPOCHS", 1)
        data = Data.of(made, inception.prepare(made, cache), n=N, cache=cache)
        evaluate(METRICS.get("manifold"), Snapshot(data, model(data, "aegan", "aegan")))
    return data


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Points in the plane."""
    made = DATASETS.get("ring8")(tmp_path_factory.mktemp("ring"), n_train=12 * N, n_test=2 * N)
    return Data.of(made, n=N)


def model(data: Data, method: str, family: str) -> TrainedModel:
    """Untrained networks, which cost what trained ones cost."""
    shape = (3, 16, 16) if data.kind == "images" else (2,)
    own = {"family": family} | ({"arch": FAMILIES.get(family).defaults} if family == "mlp" else {})
    labels = 0 if data.test.labels is None else data.test.labels.shape[1]
    return TrainedModel(config(method).model_copy(update=own), Spec(shape, labels), data, None)


EXPENSIVE = {"extractors", "nearest-sample"}  # an ImageNet network, 100,000 samples


@pytest.mark.parametrize(
    "metric", [pytest.param(n, marks=pytest.mark.slow if n in EXPENSIVE else ()) for n in METRICS.names()]
)
def test_a_metric(metric: str, toons: Data, ring: Data, benchmark: Callable[..., Any]) -> None:
    """One evaluation of an AEGAN."""
    found = METRICS.get(metric)
    if "translate" in found.needs or metric == "whole-gallery":
        pytest.skip("an AEGAN translates nothing, and toonfaces have no classes")
    data, family = (ring, "mlp") if "points" in found.needs else (toons, "aegan")
    if metric == "modes":
        data, family = ring, "mlp"
    networks = model(data, "aegan", family)
    evaluate(found, Snapshot(data, networks))  # the real side, once
    result = benchmark(lambda: evaluate(found, Snapshot(data, networks)))
    if reason := found.applies(Snapshot(data, networks)):
        pytest.skip(f"not of these data: {reason}")
    assert result.status == ("skipped" if metric == "elbo" else "ok")  # AEGAN's encoder is no Gaussian
