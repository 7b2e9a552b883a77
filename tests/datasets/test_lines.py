"""Lines: where they are, how much they paint, and that their factor draws them again."""

from pathlib import Path

import numpy as np
import pytest

from datasets.lines import Lines, draw


def test_four_directions() -> None:
    right, up, left, down = draw(np.arange(4) * np.pi / 2, 32)[..., 0]
    assert (right[15:17, 16:31] == 255).all() and right[15:17, 14].max() < 20
    assert right[:14].max() == right[18:].max() == right[13, :].max() == 0
    np.testing.assert_array_equal(up, np.rot90(right))
    np.testing.assert_array_equal(left, np.rot90(right, 2))
    np.testing.assert_array_equal(down, np.rot90(right, 3))


@pytest.mark.parametrize("size", [16, 32])
def test_the_ink_is_the_area_of_the_band_and_points_along_the_angle(size: int) -> None:
    angles = np.linspace(0, 2 * np.pi, 50)
    ink = draw(angles, size)[..., 0] / 255
    caps = np.pi * ((size / 32) ** 2 + 1 / 12)  # two half discs with a soft border of one pixel
    np.testing.assert_allclose(ink.sum((1, 2)), 30 * (size / 32) ** 2 + caps, rtol=0.1)
    at = np.arange(size) + 0.5 - size / 2
    x, y = (ink * at).sum((1, 2)), -(ink * at[:, None]).sum((1, 2))
    off = np.angle(np.exp(1j * (np.arctan2(y, x) - angles)))
    assert np.abs(off).max() < 0.05


def test_the_factor_draws_the_image_again_and_gives_the_class(tmp_path: Path) -> None:
    test = Lines(tmp_path, size=16, n_train=10, n_test=200).split("test")
    assert test.factors is not None and test.labels is not None and test.factor_names == ("angle",)
    again = draw(np.asarray(test.factors[:, 0], float), 16)
    assert np.abs(again.astype(int) - test.x).max() <= 1
    np.testing.assert_array_equal(
        np.asarray(test.labels).argmax(1), (test.factors[:, 0] / (2 * np.pi) * 10).astype(int)
    )
    assert np.histogram(test.factors, 4, (0, 2 * np.pi))[0].min() > 30
