"""The distributions in the plane have the parameters that they state."""

from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets as reference

from datasets.mixtures import Gaussians5, Grid25, Ring8
from datasets.planar import Aniso, Blobs, Circles, Moons, Varied

N = 20000


def points(cls: type, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    split = cls(tmp_path, n_train=N).split("train")
    assert split.label_kind == "classes"
    return np.asarray(split.x, float), np.asarray(split.labels).argmax(1)


@pytest.mark.parametrize(
    ("cls", "modes", "std"), [(Ring8, 8, 0.01), (Grid25, 25, 0.05), (Gaussians5, 5, 0.2)]
)
def test_mixtures(cls: type, modes: int, std: float, tmp_path: Path) -> None:
    x, parts = points(cls, tmp_path)
    data = cls(tmp_path)
    assert data.modes.shape == (modes, 2) and data.mode_std == std
    assert np.bincount(parts, minlength=modes).min() > N / modes * 0.7
    off = x - data.modes[parts]
    np.testing.assert_allclose(off.std(0), std, rtol=0.06)
    high = (np.linalg.norm(x[:, None] - data.modes, axis=2).min(1) <= 3 * std).mean()
    assert abs(high - (1 - np.exp(-4.5))) < 0.006


def test_ring_and_grid_are_where_they_should_be(tmp_path: Path) -> None:
    np.testing.assert_allclose(np.linalg.norm(Ring8(tmp_path).modes, axis=1), 1)
    assert {tuple(mode) for mode in Grid25(tmp_path).modes} == {
        (a, b) for a in (-4, -2, 0, 2, 4) for b in (-4, -2, 0, 2, 4)
    }


def test_circles_and_moons(tmp_path: Path) -> None:
    x, parts = points(Circles, tmp_path)
    for part, radius in ((0, 1.0), (1, 0.5)):
        assert abs(np.linalg.norm(x[parts == part], axis=1).mean() - radius) < 0.01
    x, parts = points(Moons, tmp_path)
    np.testing.assert_allclose(x[parts == 0].mean(0), [0, 2 / np.pi], atol=0.05)


@pytest.mark.parametrize(
    ("cls", "state", "std"), [(Blobs, 8, 1.0), (Varied, 170, [1.0, 2.5, 0.5]), (Aniso, 170, 1.0)]
)
def test_blobs_are_scikit_learns(cls: type, state: int, std: float, tmp_path: Path) -> None:
    x, parts = points(cls, tmp_path)
    theirs, labels = reference.make_blobs(N, cluster_std=std, random_state=state)
    if cls is Aniso:
        theirs = theirs @ np.array([[0.6, -0.6], [-0.4, 0.8]])
    for part in range(3):
        ours, other = x[parts == part], theirs[labels == part]
        spread = np.cov(other.T)
        np.testing.assert_allclose(ours.mean(0), other.mean(0), atol=0.25)
        np.testing.assert_allclose(np.cov(ours.T), spread, atol=0.08 * np.trace(spread))


@pytest.mark.parametrize("cls", [Circles, Moons, Blobs, Varied, Aniso])
def test_unit_scales_both_axes_alike_into_the_unit_square(cls: type, tmp_path: Path) -> None:
    raw, scaled = cls(tmp_path), cls(tmp_path, unit=True)
    x, y = raw.split("train").x, scaled.split("train").x
    assert y.dtype == np.float32 and y.min() > 0.099 and y.max() < 0.901
    assert np.ptp(y, 0).max() == pytest.approx(0.8, abs=1e-5)
    ratio = np.ptp(y, 0) / np.ptp(x, 0)
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-4)
    test = (scaled.split("test").x - 0.5) / ratio[0] + (x.min(0) + x.max(0)) / 2
    np.testing.assert_allclose(test, raw.split("test").x, atol=1e-4)
