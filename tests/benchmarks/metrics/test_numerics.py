"""The shared numerics against closed forms and other people's code."""

import imagehash
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter, laplace
from scipy.spatial.distance import cdist, pdist

from benchmarks.metrics import _numerics as num


def rows(n: int = 40, d: int = 7, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d)))


def pictures(n: int = 30, size: int = 16, channels: int = 3) -> torch.Tensor:
    x = gaussian_filter(np.random.default_rng(1).normal(size=(n, channels, size, size)), (0, 0, 1, 1))
    return torch.from_numpy(np.clip(x * 200 + 128, 0, 255).astype(np.uint8))


def test_distances_agree_with_scipy() -> None:
    a, b = rows(), rows(25, seed=1)
    np.testing.assert_allclose(num.sq_distances(a, b).sqrt(), cdist(a, b), atol=1e-7)
    square = num.sq_distances(a + 1e3)
    np.testing.assert_allclose(square.sqrt(), cdist(a, a), atol=1e-6)
    assert (square.diagonal() == 0).all()
    assert num.mean_distance(square) == pytest.approx(pdist(a).mean(), abs=1e-9)
    np.testing.assert_allclose(num.nearest(square), (cdist(a, a) + np.diag([np.inf] * 40)).min(1), atol=1e-6)


def test_vendi_of_copies_and_of_strangers() -> None:
    k, copies = 4, 25
    points = torch.arange(k, dtype=torch.float64)[:, None] * 1e6
    sq = num.sq_distances(points.repeat(copies, 1))
    assert num.vendi(sq, 1.0) == pytest.approx(k, rel=1e-9)
    assert num.vendi(torch.zeros(10, 10, dtype=torch.float64), 1.0) == pytest.approx(1)


def test_vendi_agrees_with_its_definition_by_singular_values() -> None:
    x = rows()
    kernel = np.exp(-(cdist(x, x) ** 2) / (2 * 1.5**2)) / len(x)
    p = np.linalg.svd(kernel, compute_uv=False)
    expected = np.exp(-(p * np.log(np.maximum(p, 1e-300))).sum())
    assert num.vendi(num.sq_distances(x), 1.5) == pytest.approx(expected, rel=1e-9)


def test_sharpness_agrees_with_scipy() -> None:
    x = pictures()
    weights = np.array([0.299, 0.587, 0.114])[:, None, None]
    expected = np.mean([laplace((image * weights).sum(0))[1:-1, 1:-1].var() for image in x.numpy() / 255.0])
    assert num.sharpness(x) == pytest.approx(expected, rel=1e-12)


def test_sharpness_of_a_checkerboard_and_of_a_ramp() -> None:
    board = torch.from_numpy((np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8))[None, None]
    assert num.sharpness(board) == pytest.approx(16)  # the Laplacian is -4 or 4
    ramp = torch.arange(8, dtype=torch.uint8).expand(8, 8)[None, None] * 10
    assert num.sharpness(ramp) == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("channels", [1, 3])
def test_hashes_are_imagehash(channels: int) -> None:
    x = pictures(channels=channels)
    bits = num.hashes(x)
    one, two = (imagehash.dhash(Image.fromarray(x[i].permute(1, 2, 0).squeeze().numpy())) for i in (0, 1))
    assert (bits[0] == one.hash.ravel()).all()
    assert num.hash_similarity(bits[:1], bits[1:2]) == 1 - (one - two) / 64


def test_label_similarity() -> None:
    a, b = np.array([[1, 0, 0, 1]], np.uint8), np.array([[1, 1, 0, 0]], np.uint8)
    assert num.label_similarity(a, b, "attributes") == 0.5
    one_hot = np.eye(3, dtype=np.uint8)
    assert num.label_similarity(one_hot[:1], one_hot, "classes").tolist() == [True, False, False]
