"""Files of arrays: layouts, labels, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.arrays import Arrays

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), np.uint8)


def together(data: Arrays) -> np.ndarray:
    """All rows in the order of their first pixels, whichever split they are in."""
    return np.concatenate([np.asarray(data.split(name).x) for name in ("train", "test")])


def same_rows(a: np.ndarray, b: np.ndarray) -> bool:
    return sorted(x.tobytes() for x in a) == sorted(np.ascontiguousarray(x).tobytes() for x in b)


@pytest.mark.parametrize("packed", [False, True])
def test_npz(packed: bool, tmp_path: Path) -> None:
    (np.savez_compressed if packed else np.savez)(tmp_path / "a.npz", pictures=IMAGES, other=np.zeros(3))
    data = Arrays(tmp_path / "c", tmp_path / "a.npz")
    assert data.shape == (3, 12, 12) and len(data.split("test")) == 4 and len(data.split("train")) == 36
    assert same_rows(together(data), IMAGES)
    assert Arrays(tmp_path / "c", tmp_path / "a.npz", size=8).split("train").x.shape == (36, 8, 8, 3)


def test_pieces_do_not_change_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "a.npy", IMAGES)
    whole = Arrays(tmp_path / "c", tmp_path / "a.npy").split("train").x
    monkeypatch.setattr("datasets._arrays._BYTES", 12 * 12 * 3 * 7)
    pieces = Arrays(tmp_path / "d", tmp_path / "a.npy").split("train").x
    np.testing.assert_array_equal(whole, pieces)
    monkeypatch.setattr("datasets._arrays._BYTES", 12 * 12 * 3)  # a piece is an image, of one split alone
    singly = Arrays(tmp_path / "e", tmp_path / "a.npy", size=8).split("test").x
    monkeypatch.undo()
    np.testing.assert_array_equal(Arrays(tmp_path / "f", tmp_path / "a.npy", size=8).split("test").x, singly)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (IMAGES.transpose(0, 3, 1, 2), IMAGES),
        (IMAGES[..., 0], IMAGES[..., :1]),
        (IMAGES[..., :1].transpose(0, 3, 1, 2), IMAGES[..., :1]),
        (np.pad(IMAGES, ((0, 0), (0, 0), (3, 3), (0, 0))), IMAGES),
    ],
)
def test_layouts(stored: np.ndarray, expected: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ascontiguousarray(stored))
    assert same_rows(together(Arrays(tmp_path / "c", tmp_path / "a.npy")), expected)


def test_labels(tmp_path: Path) -> None:
    images = IMAGES.copy()
    images[:, 0, 0, 0] = np.arange(40)
    flags = np.stack([np.arange(40) % 2, np.arange(40) > 30], 1)
    np.savez(tmp_path / "a.npz", x=images, y=np.arange(40) % 4, flags=flags)
    classes = Arrays(tmp_path / "c", tmp_path / "a.npz", labels="y").split("train")
    assert classes.label_kind == "classes" and len(classes.label_names) == 4
    np.testing.assert_array_equal(np.asarray(classes.labels).argmax(1), classes.x[:, 0, 0, 0] % 4)
    both = Arrays(tmp_path / "c", tmp_path / "a.npz", labels="flags").split("test")
    assert both.label_kind == "attributes"
    np.testing.assert_array_equal(both.labels, flags[both.x[:, 0, 0, 0]])


def test_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("deep/images", data=IMAGES, chunks=(7, 12, 12, 3), compression="gzip")
        file.create_dataset("y", data=np.arange(40) % 2)
    data = Arrays(tmp_path / "c", tmp_path / "a.h5", labels="y")
    assert same_rows(together(data), IMAGES)


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"x": IMAGES.astype(np.float32)}, {}, r"x float32\[40, 12, 12, 3\]; name images"),
        ({"x": IMAGES, "y": IMAGES}, {}, r"has x uint8.*, y uint8"),
        ({"x": IMAGES}, {"images": "z"}, "name images by data.images, labels by data.labels"),
        ({"x": IMAGES}, {"labels": "z"}, "name images by data.images, labels by data.labels"),
        ({}, {}, "has no array"),
        ({"x": IMAGES[:, :4]}, {}, r"cannot take \[40, 4, 12, 3\] as images"),
        ({"x": np.zeros((40, 12, 12, 4), np.uint8)}, {}, r"cannot take \[40, 12, 12, 4\]"),
        ({"x": IMAGES[:3]}, {}, "0 of them to test"),
        ({"x": IMAGES, "y": np.array([1.5] * 40)}, {"labels": "y"}, "not class numbers"),
        ({"x": IMAGES, "y": np.arange(7)}, {"labels": "y"}, "not class numbers"),
        ({"x": IMAGES, "y": np.array(7)}, {"labels": "y"}, "are one value, not a row for each of 40 images"),
        ({"x": IMAGES}, {"test_share": float("nan")}, "test_share=nan should be between 0 and 1"),
        ({"x": IMAGES}, {"test_share": float("inf")}, "test_share=inf should be between 0 and 1"),
        ({"x": np.asfortranarray(IMAGES)}, {}, "Fortran"),
        ({"x": np.array([{}, 1], object)}, {}, "pickled objects are not read"),
    ],
)
def test_refused(arrays: dict[str, Any], options: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message) as error:
        Arrays(tmp_path / "c", tmp_path / "a.npz", **options).prepare()
    assert "\n" not in str(error.value)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=IMAGES)
    np.save(tmp_path / "b.npy", IMAGES)
    for name in ("a.npz", "b.npy"):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[:5000])
        with pytest.raises(ValueError, match=name):
            Arrays(tmp_path / "c", path).prepare()
    (tmp_path / "c.npy").write_text("no array")
    (tmp_path / "d.txt").write_text("no array")
    for name in ("c.npy", "d.txt"):
        with pytest.raises(ValueError, match=name):
            Arrays(tmp_path / "c", tmp_path / name)
