"""What becomes of people's own images: used, refused in one line, or told; never silent."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datasets._images import divide, read_image
from datasets._labels import labels_of
from datasets.arrays import Arrays
from datasets.folder import Folder

RNG = np.random.default_rng(0)


def fill(root: Path, n: int = 20, first: int = 0) -> None:
    """n different bright pictures."""
    root.mkdir(parents=True, exist_ok=True)
    for i in range(first, first + n):
        Image.new("RGB", (16, 16), (i * 5 % 256, 200, i % 256)).save(root / f"{i:03}.png")


def read(data: Folder | Arrays) -> tuple[np.ndarray, np.ndarray | None]:
    """Images and labels of both splits."""
    parts = [data.split(name) for name in ("train", "test")]
    x = np.concatenate([np.asarray(part.x) for part in parts])
    return x, None if parts[0].labels is None else np.concatenate([np.asarray(p.labels) for p in parts])


def test_linked_folders_are_followed_and_told(tmp_path: Path) -> None:
    fill(tmp_path / "set" / "own")
    fill(tmp_path / "elsewhere", 10, 20)
    os.symlink(tmp_path / "elsewhere", tmp_path / "set" / "shared")
    data = Folder(tmp_path / "c", tmp_path / "set", size=16)
    assert len(read(data)[0]) == 30
    assert "the linked folder shared is followed" in data.notes
    assert data.notes == Folder(tmp_path / "c", tmp_path / "set", size=16).notes  # from the cache too


def test_a_link_that_leads_back_is_taken_once(tmp_path: Path) -> None:
    fill(tmp_path / "set" / "own")
    os.symlink(tmp_path / "set", tmp_path / "set" / "own" / "back")
    os.symlink(tmp_path / "set" / "own", tmp_path / "set" / "again")
    data = Folder(tmp_path / "c", tmp_path / "set", size=16)
    assert len(read(data)[0]) == 20
    assert sum("here already, and is taken once" in note for note in data.notes) == 2


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "set")
    os.symlink(tmp_path / "gone.png", tmp_path / "set" / "link.png")
    with pytest.raises(ValueError, match=r"link.png: not a readable image .*--skip-bad-images"):
        Folder(tmp_path / "c", tmp_path / "set", size=16).prepare()


def test_copies_stay_in_one_split_and_are_told(tmp_path: Path) -> None:
    fill(tmp_path / "set", 40)
    for path in list((tmp_path / "set").iterdir()):
        (tmp_path / "set" / f"{path.stem} (copy).png").write_bytes(path.read_bytes())
    data = Folder(tmp_path / "c", tmp_path / "set", size=16, test_share=0.25)
    rows = [{x.tobytes() for x in np.asarray(data.split(name).x)} for name in ("train", "test")]
    assert not rows[0] & rows[1] and len(data.split("test")) == 20
    assert len(data.notes) == 1
    assert data.notes[0].startswith("40 of 80 images are copies of others, byte for byte")


def test_without_copies_the_split_is_by_name_alone() -> None:
    files = [f"{i}.png" for i in range(50)]
    assert divide(files, [0.2]) == divide(files, [0.2], {file: file for file in files})
    assert divide(files, [0.2]) == divide(files, [0.2], dict.fromkeys(files, ""))
    with pytest.raises(ValueError, match="50 images, copies of one another, too few to split"):
        divide(files, [0.2], dict.fromkeys(files, "same"))


def test_equal_pixels_in_both_splits_are_told(tmp_path: Path) -> None:
    images = np.repeat(RNG.integers(0, 256, (30, 8, 8, 3), np.uint8), 2, 0)
    np.save(tmp_path / "a.npy", images)
    (note,) = Arrays(tmp_path / "c", tmp_path / "a.npy", test_share=0.5).notes
    assert "test images are, pixel for pixel, training images too" in note


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (np.full((20, 20), 0x8080, np.int32), "32-bit integers, whose range is not known"),
        (np.full((20, 20), 200, np.int32), "no value above 200, which would be black"),
        (np.full((20, 20), 200, np.uint16), "no value above 200, which would be black"),
        (np.full((20, 20), -5, np.int32), "more than 16 bits"),
        (np.full((20, 20), 0x8080, np.uint16), 128),
        (np.full((20, 20), 0, np.uint16), 0),
        (np.full((20, 20), 77, np.uint8), 77),
    ],
)
def test_integer_tiffs(values: np.ndarray, outcome: Any, tmp_path: Path) -> None:
    Image.fromarray(values).save(tmp_path / "a.tif")
    if isinstance(outcome, int):
        assert (read_image(tmp_path / "a.tif", 8) == outcome).all()
    else:
        with pytest.raises(ValueError, match=outcome):
            read_image(tmp_path / "a.tif", 8)


def test_dark_images_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", RNG.integers(0, 2, (40, 8, 8), np.uint8))  # zeros and ones
    (note,) = Arrays(tmp_path / "c", tmp_path / "a.npy").notes
    assert note.startswith("the brightest pixel of all training images is 1 of 255")


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_a_column_of_class_numbers(dtype: type, tmp_path: Path) -> None:
    y = np.arange(40) % 10
    x = RNG.integers(0, 256, (40, 8, 8, 3), np.uint8)
    np.savez(tmp_path / "a.npz", x=x, y=y[:, None].astype(dtype))
    np.savez(tmp_path / "b.npz", x=x, y=y)
    column, row = (Arrays(tmp_path / "c", tmp_path / f"{n}.npz", images="x", labels="y") for n in "ab")
    np.testing.assert_array_equal(column.split("train").labels, row.split("train").labels)
    assert column.split("train").label_kind == "classes" and len(column.split("train").label_names) == 10
    assert any("[40, 1] are read as a column of class numbers" in note for note in column.notes)


def test_flags_may_be_minus_one(tmp_path: Path) -> None:
    flags = RNG.choice([-1, 1], (40, 3))
    np.savez(tmp_path / "a.npz", x=RNG.integers(0, 256, (40, 8, 8), np.uint8), y=flags)
    labels = read(Arrays(tmp_path / "c", tmp_path / "a.npz", images="x", labels="y"))[1]
    assert labels is not None and labels.sum() == (flags > 0).sum()


def test_flags_of_other_values_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=RNG.integers(0, 256, (40, 8, 8), np.uint8), y=np.arange(80).reshape(40, 2))
    with pytest.raises(ValueError, match=r"from 0 to 79 are not rows of 0 and 1"):
        Arrays(tmp_path / "c", tmp_path / "a.npz", images="x", labels="y").prepare()


def test_one_class_tells_nothing_apart_and_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "set" / "cats")
    data = Folder(tmp_path / "c", tmp_path / "set", size=16, labels="subfolders")
    assert data.split("train").labels is None and data.split("test").label_names == ()
    assert data.notes == ["every image has the same labels (cats): they tell nothing apart and are not used"]


def test_classes_that_a_split_lacks_are_told(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (40, 8, 8), np.uint8)
    np.savez(tmp_path / "a.npz", x=x, y=np.where(np.arange(40) % 2, 1, 3))
    notes = Arrays(tmp_path / "c", tmp_path / "a.npz", images="x", labels="y").notes
    assert notes == [
        "2 of 4 classes have no training image: label_0, label_2",
        "2 of 4 classes have no test image: label_0, label_2",
    ]


def test_subfolders_as_classes(tmp_path: Path) -> None:
    for i, name in enumerate(("a cat", "dog")):
        fill(tmp_path / "set" / name, 20, 20 * i)
    plain = Folder(tmp_path / "c", tmp_path / "set", size=16)
    assert plain.split("train").labels is None
    assert plain.notes == ["no labels; --set data.labels=subfolders takes the 2 subfolders as classes"]
    data = Folder(tmp_path / "c", tmp_path / "set", size=16, labels="subfolders")
    x, labels = read(data)
    assert labels is not None and data.split("train").label_names == ("a cat", "dog") and not data.notes
    np.testing.assert_array_equal(labels[:, 1], x[:, 0, 0, 2] >= 20)
    assert data.content == plain.content and data.key != plain.key
    Image.new("RGB", (16, 16)).save(tmp_path / "set" / "outside.png")
    with pytest.raises(ValueError, match=r"1 images lie in no subfolder, such as outside.png"):
        Folder(tmp_path / "c", tmp_path / "set", size=16, labels="subfolders").prepare()


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_classes_by_a_column(mark: str, tmp_path: Path) -> None:
    text = "file,kind of animal\na b.png,cat\nsub\\c.png, dog\n./d.png,cat\ne.png,dog\n".replace(",", mark)
    (tmp_path / "labels.csv").write_text(text)
    found = labels_of(["a b.png", "d.png", "e.png", "sub/c.png"], tmp_path / "labels.csv")
    assert (found.names, found.kind) == (("cat", "dog"), "classes")
    assert found.values.argmax(1).tolist() == [0, 0, 1, 1]


def test_one_column_of_several(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    rows = "".join(f"{i:03}.png,{i % 2},{10 - i % 3}\n" for i in range(20))
    (tmp_path / "labels.csv").write_text("file,odd,third\n" + rows)
    with pytest.raises(ValueError, match=r"line 2: value '10' .*data.labels = 'labels.csv:third' takes"):
        Folder(tmp_path / "c", tmp_path, size=8).prepare()
    classes = Folder(tmp_path / "c", tmp_path, size=8, labels="labels.csv:third").split("train")
    assert classes.label_kind == "classes" and classes.label_names == ("8", "9", "10")
    odd = Folder(tmp_path / "c", tmp_path, size=8, labels="labels.csv:odd").split("train")
    assert odd.label_kind == "attributes" and odd.label_names == ("odd",)
    with pytest.raises(ValueError, match="there is no column 'x'; known are odd, third"):
        Folder(tmp_path / "c", tmp_path, size=8, labels="labels.csv:x").prepare()


def test_captions_are_no_classes(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,said\n" + "".join(f"{i}.png,words {i}\n" for i in range(9)))
    with pytest.raises(ValueError, match="said: 9 different values on 9 images, too many for classes"):
        labels_of([f"{i}.png" for i in range(9)], tmp_path / "labels.csv")


def test_a_bare_name_that_two_folders_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,A\n1.png,1\nb/2.png,0\n")
    assert labels_of(["a/1.png", "b/2.png"], tmp_path / "labels.csv").values.tolist() == [[1], [0]]
    with pytest.raises(ValueError, match=r"line 2: 1.png could be a/1.png or b/1.png: write such paths"):
        labels_of(["a/1.png", "b/1.png"], tmp_path / "labels.csv")


def test_names_with_blanks_in_celebas_text(tmp_path: Path) -> None:
    (tmp_path / "list_attr_x.txt").write_text("2\nYoung Old\nmy face.png  1 -1\nb.png -1  1\n")
    found = labels_of(["b.png", "my face.png"], tmp_path / "list_attr_x.txt")
    assert found.values.tolist() == [[0, 1], [1, 0]]


def test_rows_about_no_image_are_told(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    rows = "".join(f"{i:03}.png,{i % 2}\n" for i in range(25))
    (tmp_path / "labels.csv").write_text("file,odd\n" + rows)
    data = Folder(tmp_path / "c", tmp_path, size=8)
    assert data.notes == ["labels.csv: 5 rows are about no image here, such as 020.png"]


def test_words_for_yes_and_no(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,A,B\nx.png,True,no\ny.png,yes,-1\n")
    found = labels_of(["x.png", "y.png"], tmp_path / "labels.csv")
    assert found.values.tolist() == [[1, 0], [1, 0]] and found.kind == "attributes"


def test_names_that_no_text_can_hold(tmp_path: Path) -> None:
    """A folder's name that is not UTF-8, and one that would command a terminal, as classes and in notes."""
    for i, name in enumerate(("b\udcff", "a\x1b[31m")):
        fill(tmp_path / "set" / name, 20, 20 * i)
    (tmp_path / "set" / "b\udcff" / "copy.png").write_bytes(
        (tmp_path / "set" / "b\udcff" / "000.png").read_bytes()
    )
    data = Folder(tmp_path / "c", tmp_path / "set", size=16, labels="subfolders")
    assert data.split("train").label_names == ("a\\x1b[31m", "b\\udcff")
    (note,) = data.notes
    assert "b\\udcff/copy.png" in note and note.encode()


@pytest.mark.parametrize("row", ["caf\u00e9.png", "cafe\u0301.png", "caf\u00e9", "sub/cafe\u0301"])
def test_rows_by_other_spellings(row: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"file,A\n{row},1.0\nb.png,-1\n")
    for file in ("sub/caf\u00e9.png", "sub/cafe\u0301.png"):
        assert labels_of([file, "b.png"], tmp_path / "labels.csv").values.tolist() == [[1], [0]]


def test_a_row_without_a_value_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,kind\na.png,cat\nb.png,\n")
    with pytest.raises(ValueError, match="line 3: no value for kind"):
        labels_of(["a.png", "b.png"], tmp_path / "labels.csv")


def test_images_smaller_than_asked_for_are_told(tmp_path: Path) -> None:
    fill(tmp_path / "set")
    assert Folder(tmp_path / "c", tmp_path / "set", size=16).notes == []
    (note,) = Folder(tmp_path / "c", tmp_path / "set", size=32).notes
    assert note.startswith("20 images are smaller than 32 px and were enlarged, such as ")


@pytest.mark.parametrize("dtype", ["U", "S"])
def test_names_of_classes_in_an_array(dtype: str, tmp_path: Path) -> None:
    names = np.array(["dog", "cat"] * 20).astype(dtype)
    np.savez(tmp_path / "a.npz", x=RNG.integers(0, 256, (40, 8, 8), np.uint8), y=names)
    split = Arrays(tmp_path / "c", tmp_path / "a.npz", images="x", labels="y").split("train")
    assert split.label_names == ("cat", "dog") and split.label_kind == "classes"
