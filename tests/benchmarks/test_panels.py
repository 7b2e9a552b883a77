"""Panels have the contract's names, shapes and ends."""

from pathlib import Path

import numpy as np

from benchmarks.panels import write_panels
from benchmarks.references import Real
from benchmarks.snapshot import Snapshot
from tests.benchmarks.fakes import Linear, data


def test_panels_of_an_auto_encoder(tmp_path: Path) -> None:
    d = data(50)
    paths = write_panels(Snapshot(d, Linear((3, 16, 16))), tmp_path, 500)
    assert [p.name for p in paths] == ["samples-500.npz", "reconstructions-500.npz", "interpolations-500.npz"]
    samples, pairs, lines = (np.load(p) for p in paths)
    assert samples["x"].shape == (64, 16, 16, 3) and samples["x"].dtype == np.uint8
    assert pairs["x"].shape == pairs["x_rec"].shape == (16, 16, 16, 3)
    assert lines["x"].shape == (5, 11, 16, 16, 3)
    assert (lines["x"][:, 0] == d.images("test", 5).permute(0, 2, 3, 1).numpy()).all()
    assert (lines["x"][-1, -1] == lines["x"][-1, 0][:, ::-1]).all()


def test_the_same_z_for_every_seed_and_no_more_than_the_model_can(tmp_path: Path) -> None:
    d, gan = data(50), Linear((3, 16, 16), can=("generate",))
    files = [write_panels(Snapshot(d, gan, seed), tmp_path / str(seed), 1) for seed in (0, 1)]
    assert [len(f) for f in files] == [1, 1]
    assert (np.load(files[0][0])["x"] == np.load(files[1][0])["x"]).all()


def test_real_panels_are_real(tmp_path: Path) -> None:
    d = data(50)
    samples, pairs, _ = (np.load(p) for p in write_panels(Snapshot(d, Real(d)), tmp_path, 0))
    assert (pairs["x"] == pairs["x_rec"]).all()
    assert (samples["x"] == d.images("train", 64).permute(0, 2, 3, 1).numpy()).all()
