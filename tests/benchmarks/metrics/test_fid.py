"""FID: against scipy's matrix root and torch-fidelity's own front door, finite when samples collapse."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch_fidelity import calculate_metrics

from benchmarks.evaluation.references import references
from benchmarks.metrics.base import evaluate
from benchmarks.metrics.fid import METRIC, samples
from benchmarks.snapshots import convnet, extractors
from benchmarks.snapshots.snapshot import Data, Snapshot
from tests.benchmarks.fakes import Linear, data
from tests.benchmarks.metrics.test_collapse import Showing


def reference(a: np.ndarray, b: np.ndarray) -> float:
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * np.real(sqrtm(ca @ cb))))


def test_agrees_with_scipy(discs: Data) -> None:
    s = Snapshot(discs, Linear((3, 16, 16)))
    extractor = discs.extractor
    assert isinstance(extractor, extractors.Extractor)
    real = extractor.features(discs.images("test", 400)).double().numpy()
    eps = np.random.default_rng(0).normal(0, 1e-6, (2, 400, 64))  # dead features make scipy's root singular
    expected = reference(extractor.features(s.x_gen).double().numpy() + eps[0], real + eps[1])
    assert METRIC.compute(s)["fid"] == pytest.approx(expected, rel=1e-4)


class Images(torch.utils.data.Dataset):
    def __init__(self, x: torch.Tensor) -> None:
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.x[i]


def test_agrees_with_torch_fidelity_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convnet, "LEAST", 30)
    d = data(100)
    extractors.save_classifier(tmp_path, d.train, d.test)
    d.extractor = extractors.load_classifier(tmp_path)
    s = Snapshot(d, Linear((3, 16, 16)))
    theirs = calculate_metrics(
        input1=Images(s.x_gen),
        input2=Images(d.images("test", 200)),
        fid=True,
        feature_extractor="domain",
        feature_extractor_weights_path=str(tmp_path / "weights.safetensors"),
        cuda=False,
        verbose=False,
        save_cpu_ram=True,
        cache=False,
    )
    assert METRIC.compute(s)["fid"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)


def test_finite_on_constant_and_duplicated_samples_and_zero_on_identical(discs: Data) -> None:
    x = discs.images("train", 200)
    for shown in (x[:1], x[:3], torch.zeros_like(x[:1])):
        assert np.isfinite(METRIC.compute(Snapshot(discs, Showing(discs, shown)))["fid"])
    same = METRIC.compute(Snapshot(discs, Showing(discs, discs.images("test", samples(discs)))))
    assert same["fid"] == pytest.approx(0, abs=1e-3)


def test_references_order(discs: Data) -> None:
    found = {
        name: (kind, r.values["fid"]) for name, kind, r in references(METRIC, discs, Linear((3, 16, 16)))
    }
    assert found["real"][0] == "ceiling" and found["mean-image"][0] == found["untrained"][0] == "baseline"
    assert found["real"][1] < 0.1 * found["mean-image"][1]


def test_skipped_without_an_extractor() -> None:
    result = evaluate(
        METRIC, Snapshot(data(20, extractor=extractors.Missing("no labels")), Linear((3, 16, 16)))
    )
    assert (result.status, result.reason) == ("skipped", "no labels")
