"""The distributions in the plane have the parameters that they state."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist
from scipy.stats import chi2, kstest
from sklearn import datasets as reference

from datasets.densities import Checkerboard, Rings4, Spirals2
from datasets.embedded import Embedded1200
from datasets.mixtures import Gaussians5, Gaussians8, Grid25, Ring8
from datasets.planar import Aniso, Blobs, Circles, Moons, Varied

N = 20000


def points(cls: type, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    split = cls(tmp_path, n_train=N).split("train")
    assert split.label_kind == "classes"
    return np.asarray(split.x, float), np.asarray(split.labels).argmax(1)


@pytest.mark.parametrize(
    ("cls", "modes", "std"),
    [(Ring8, 8, 0.01), (Grid25, 25, 0.05), (Gaussians5, 5, 0.2), (Gaussians8, 8, 0.02 / 1.414)],
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


def test_soft_introvae_s_eight_gaussians_are_a_larger_ring(tmp_path: Path) -> None:
    np.testing.assert_allclose(np.linalg.norm(Gaussians8(tmp_path).modes, axis=1), 2 / 1.414)
    assert Gaussians8(tmp_path).extent == 2 and Spirals2(tmp_path).extent == 4


def test_each_spiral_winds_one_and_a_half_times(tmp_path: Path) -> None:
    """Off the arm, whose radius is its angle over 3, lie uniform noise of mean 1/12 and normal noise of 0.1."""
    x, parts = points(Spirals2, tmp_path)
    arm = np.where(parts[:, None] == 0, x, -x) - 1 / 12
    np.testing.assert_allclose(arm[parts == 0].mean(0), arm[parts == 1].mean(0), atol=0.05)
    turn = np.linspace(0, 3 * np.pi, 4000)
    curve = np.stack([-np.cos(turn), np.sin(turn)], 1) * turn[:, None] / 3
    off, at = cKDTree(curve).query(arm)
    assert np.quantile(off, 0.99) < 0.35
    inner = (turn[at] > np.pi) & (turn[at] < 2 * np.pi)  # the angle is the root of a uniform number
    assert inner.mean() == pytest.approx(3 / 9, abs=0.02)


def test_the_checkerboard_is_uniform_on_eight_squares(tmp_path: Path) -> None:
    x, parts = points(Checkerboard, tmp_path)
    column, row = np.floor(x / 2).astype(int).T
    assert ((column + row) % 2 == 0).all() and {*column, *row} == {-2, -1, 0, 1}
    assert len({*zip(column, row, parts, strict=True)}) == 8
    within = (x / 2 - np.floor(x / 2)).ravel()
    assert kstest(within, "uniform").pvalue > 1e-3


def test_the_rings_have_four_radii(tmp_path: Path) -> None:
    x, parts = points(Rings4, tmp_path)
    radius = np.linalg.norm(x, axis=1)
    for part in range(4):
        assert radius[parts == part].mean() == pytest.approx(0.75 * (part + 1), abs=0.01)
        assert radius[parts == part].std() == pytest.approx(0.08, rel=0.06)


def test_the_embedded_mixture_is_noisy_on_700_axes(tmp_path: Path) -> None:
    """By the rule of 10 standard deviations no real point is of high quality: their distance is that of a chi of 700."""
    data = Embedded1200(tmp_path, n_train=5000, n_test=500)
    split = data.split("train")
    x, parts = np.asarray(split.x, float), np.asarray(split.labels).argmax(1)
    off = x - data.modes[parts]
    assert data.modes.shape == (10, 1200) and (np.ptp(data.modes, axis=1) == 0).all()
    assert abs(off[:, 700:]).max() < 1e-6
    assert kstest((off[:, :700] ** 2).sum(1), chi2(700).cdf).pvalue > 1e-3
    assert kstest(off[:, :700].ravel()[::97], "norm").pvalue > 1e-3
    assert np.bincount(parts).min() > 400
    assert cdist(data.modes, x).min() > data.reach * data.mode_std
    np.testing.assert_allclose(np.sort(pdist(data.modes))[0], 0.25 * np.sqrt(1200))
