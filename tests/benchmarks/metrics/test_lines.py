"""ACAI's measures: closed forms, a plain numpy reference, and the rows that calibrate them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from benchmarks.evaluation.references import references
from benchmarks.metrics import interpolation
from benchmarks.metrics._lines import ANGLES, STEPS, TrueAngle, acai, nearest_lines, smoothness
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.lines import Lines, draw
from tests.benchmarks.fakes import Linear


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder: Path = tmp_path_factory.mktemp("lines")
    return Data.of(Lines(folder, size=16, n_train=500, n_test=120), n=100)


def test_smoothness_closed_forms() -> None:
    even = np.linspace(6.0, 7.0, 11) % (2 * np.pi)  # through the seam
    assert smoothness(even[None]) == pytest.approx(0)
    jump = np.array([0.0] * 5 + [1.0] * 6)  # all at once
    assert smoothness(jump[None]) == pytest.approx(1 - 1 / 10)
    away = np.concatenate([np.linspace(0, 2, 6), np.linspace(1.6, 1, 5)])  # a detour
    assert smoothness(away[None]) == pytest.approx(0.4 - 0.1)
    still = np.zeros(11)
    assert smoothness(np.stack([even, still])) == pytest.approx(0) and np.isnan(smoothness(still[None]))


def test_nearest_line_of_a_line_and_against_scipy() -> None:
    grid = np.array([0, 7, 1250, 2499]) * (2 * np.pi / ANGLES)
    distance, angles = nearest_lines(torch.from_numpy(draw(grid, 16)).movedim(3, 1))
    np.testing.assert_allclose(distance, 0, atol=1e-12)
    np.testing.assert_allclose(angles, grid)
    x = np.random.default_rng(0).integers(0, 256, (5, 1, 16, 16)).astype(np.uint8)
    true = draw(np.arange(ANGLES) * (2 * np.pi / ANGLES), 16).reshape(ANGLES, -1) / 127.5 - 1
    expected = cdist(x.reshape(5, -1) / 127.5 - 1, true, "cosine")
    found = nearest_lines(torch.from_numpy(x))
    np.testing.assert_allclose(found[0], expected.min(1), atol=1e-12)
    np.testing.assert_allclose(found[1], expected.argmin(1) * (2 * np.pi / ANGLES))


def test_the_rows_frame_every_model(lines: Data) -> None:
    found = {name: (kind, r.values) for name, kind, r in references(interpolation.METRIC, lines)}
    kind, ceiling = found["real-path"]
    assert kind == "ceiling" and ceiling["mean_distance"] < 0.005 and 0 <= ceiling["smoothness"] < 0.02
    blend = found["pixel-space"][1]  # one line fades, the other appears: the angle jumps
    assert blend["mean_distance"] > 1 and blend["smoothness"] > 0.8
    still = found["mean-image"][1]
    assert still["mean_distance"] > blend["mean_distance"] and np.isnan(still["smoothness"])


def test_the_ceiling_goes_round_evenly(lines: Data) -> None:
    s = Snapshot(lines, TrueAngle(lines))
    assert s.x_gen.shape[1:] == (1, 16, 16) and s.z.shape == (200, 1)
    assert len(s.encode(s.x)) == 100 and (STEPS, acai(s).keys()) == (16, {"mean_distance", "smoothness"})


def test_other_data_have_neither_value(discs: Data) -> None:
    values = interpolation.METRIC.compute(Snapshot(discs, Linear((3, 16, 16))))
    assert not values.keys() & {"mean_distance", "smoothness"}
