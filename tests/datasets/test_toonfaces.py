"""The faces: deterministic whatever the batch, pinned, with factors and attributes that say what is seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.toonfaces import ATTRIBUTE_NAMES, FACTOR_NAMES, FACTORS, Toonfaces, attributes, render

# Means of the four quarters of the first four training faces at 32 pixels, seed 0. Where a number here
# changes, `Toonfaces.version` has to rise with it.
GOLDEN_VERSION = 2
GOLDEN = np.array(
    [
        [173.832, 160.789, 157.35, 144.967],
        [97.046, 78.335, 129.095, 100.892],
        [109.862, 111.46, 100.448, 106.646],
        [74.961, 65.798, 88.087, 87.158],
    ]
)


def faces(n: int, seed: int = 0) -> np.ndarray:
    from datasets._toonfaces.factors import sample

    return np.concatenate(list(sample(seed, 0, n)))


def test_golden() -> None:
    images = render(faces(4), 32).astype(float)
    quarters = images.reshape(4, 2, 16, 2, 16, 3).mean((2, 4, 5)).reshape(4, 4)
    assert Toonfaces.version == GOLDEN_VERSION
    np.testing.assert_allclose(quarters, GOLDEN, atol=0.02)
    assert attributes(faces(1000)).sum() == 10675


@pytest.mark.parametrize("size", [16, 32, 37])
def test_a_face_does_not_depend_on_its_batch(size: int) -> None:
    rows = faces(40)
    together = render(rows, size)
    assert together.dtype == np.uint8 and together.shape == (40, size, size, 3)
    one_by_one = np.concatenate([render(rows[i : i + 1], size) for i in range(40)])
    np.testing.assert_array_equal(together, one_by_one)


def test_rows_do_not_depend_on_how_many_are_drawn() -> None:
    from datasets._toonfaces.factors import sample

    few, many = faces(30), np.concatenate(list(sample(0, 0, 70, chunk=13)))
    np.testing.assert_array_equal(few, many[:30])
    assert not np.array_equal(few, faces(30, seed=1))
    assert not np.array_equal(few, next(sample(0, 1, 30)))


def test_the_data_set(tmp_path: Path) -> None:
    data = Toonfaces(tmp_path, size=16, n_train=300, n_test=50)
    train, test = data.split("train"), data.split("test")
    assert data.shape == (3, 16, 16) and train.x.shape == (300, 16, 16, 3) and len(test) == 50
    assert train.factor_names == FACTOR_NAMES and train.label_names == ATTRIBUTE_NAMES
    assert train.factors is not None and train.factors.dtype == np.float32
    assert train.labels is not None and train.labels.dtype == np.uint8
    np.testing.assert_array_equal(render(np.asarray(train.factors), 16), train.x)
    np.testing.assert_array_equal(attributes(np.asarray(train.factors)), train.labels)
    whole = np.concatenate([train.x, test.x]).reshape(350, -1)
    assert len(np.unique(whole, axis=0)) == 350


def test_forty_attributes_none_rare() -> None:
    share = attributes(faces(12000)).mean(0)
    assert len(ATTRIBUTE_NAMES) == len(set(ATTRIBUTE_NAMES)) == 40
    assert share.min() > 0.02 and share.max() < 0.98


def test_factors_are_spread_as_stated() -> None:
    rows = faces(12000)
    for column, factor in zip(rows.T, FACTORS, strict=True):
        if factor.kind == "continuous":
            assert column.min() >= factor.low and column.max() <= factor.high
            np.testing.assert_allclose(column.mean(), (factor.low + factor.high) / 2, atol=0.03)
        else:
            counts = np.bincount(column.astype(int), minlength=len(factor.levels)) / len(rows)
            np.testing.assert_allclose(counts, np.array(factor.weights) / sum(factor.weights), atol=0.02)


@pytest.mark.parametrize("name", FACTOR_NAMES)
def test_every_factor_is_seen(name: str) -> None:
    """Moving one factor through its range changes most faces, and every level looks different."""
    i = FACTOR_NAMES.index(name)
    rows = faces(24)
    levels = range(len(FACTORS[i].levels)) if FACTORS[i].levels else (FACTORS[i].low, FACTORS[i].high)
    drawn = []
    for level in levels:
        moved = rows.copy()
        moved[:, i] = level
        drawn.append(render(moved, 32).astype(float))
    for a, first in enumerate(drawn):
        for second in drawn[:a]:
            changed = np.abs(first - second).max((1, 2, 3)) > 24
            assert changed.mean() > 0.7, (name, changed.mean())


def test_attributes_name_what_they_say() -> None:
    rows = faces(2000)
    labels = dict(zip(ATTRIBUTE_NAMES, attributes(rows).T, strict=True))
    column = dict(zip(FACTOR_NAMES, rows.T, strict=True))
    np.testing.assert_array_equal(labels["Black_Hair"], column["hair_colour"] == 0)
    np.testing.assert_array_equal(labels["Wearing_Hat"], column["hat"] > 0)
    np.testing.assert_array_equal(labels["Head_Tilted"], np.abs(column["tilt"]) > 0.5)
    hair = [n for n in ATTRIBUTE_NAMES if n.endswith("_Hair") and n.split("_")[0] in
            ("Black", "Blond", "Blue", "Brown", "Gray", "Green", "Pink", "Red")]  # fmt: skip
    assert sum(labels[n] for n in hair).max() == 1


def test_render_takes_what_a_regressor_says() -> None:
    rows = faces(3)
    wild = rows.copy()
    wild[:, 0] = [-3, 99, 2.4]
    wild[:, FACTOR_NAMES.index("tilt")] = 7
    tame = rows.copy()
    tame[:, 0] = [0, 8, 2]
    tame[:, FACTOR_NAMES.index("tilt")] = 1
    np.testing.assert_array_equal(render(wild, 16), render(tame, 16))
    assert render(rows[:0], 16).shape == (0, 16, 16, 3)
    with pytest.raises(ValueError, match=r"factors of shape \(3, 2\); expected \[n, 29\]"):
        render(rows[:, :2], 16)


def test_small_sizes_average_large_ones() -> None:
    """A face is the same face at any size."""
    rows = faces(8)
    large = render(rows, 128).reshape(8, 16, 8, 16, 8, 3).mean((2, 4))
    assert np.abs(large - render(rows, 16)).mean() < 3


@pytest.mark.parametrize("options", [{"size": 7}, {"n_train": 0}, {"n_test": -1}, {"seed": -1}])
def test_bad_options(tmp_path: Path, options: dict[str, Any]) -> None:
    name, value = next(iter(options.items()))
    with pytest.raises(ValueError, match=f"toonfaces: {name}={value} is too small"):
        Toonfaces(tmp_path, **options)
