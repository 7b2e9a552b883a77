"""A folder of whatever people have in folders: every odd file is converted properly or named in one line."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datasets._images import divide, read_image
from datasets._labels import labels_of
from datasets.folder import Folder


def picture(colour: tuple[int, ...] = (200, 40, 90), size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.new("RGB", size, colour)


def fill(root: Path, n: int = 12) -> list[str]:
    names = [f"{i:03d}.png" for i in range(n)]
    for i, name in enumerate(names):
        picture((i * 10, 100, 200 - i)).save(root / name)
    return names


def claimed_png(path: Path, width: int, height: int) -> None:
    """A PNG that is said to be large and holds nothing."""

    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = block(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + block(b"IDAT", zlib.compress(b"")) + block(b"IEND", b""))


def test_splits_are_whole_disjoint_and_stable(tmp_path: Path) -> None:
    root, cache = tmp_path / "in", tmp_path / "cache"
    (root / "deep" / "er").mkdir(parents=True)
    (root / ".hidden").mkdir()
    fill(root, 20)
    fill(root / "deep" / "er", 20)
    fill(root / ".hidden", 3)
    (root / "notes.txt").write_text("not an image, and not taken for one")
    data = Folder(cache, root, size=16, test_share=0.25)
    train, test = data.split("train"), data.split("test")
    assert data.shape == (3, 16, 16) and train.x.shape == (30, 16, 16, 3) and test.x.shape == (10, 16, 16, 3)
    assert train.labels is None and data.left_out == []
    again = Folder(tmp_path / "other", root, size=16, test_share=0.25)
    np.testing.assert_array_equal(again.split("test").x, test.x)
    assert divide(["b.png", "a.png", "c.png"], [0.3]) == divide(["b.png", "a.png", "c.png"], [0.34])


def test_the_key_follows_the_files(tmp_path: Path) -> None:
    fill(tmp_path)
    first = Folder(tmp_path / "c", tmp_path).key
    assert first == Folder(tmp_path / "c", tmp_path).key
    picture((1, 2, 3), (60, 60)).save(tmp_path / "000.png")
    assert first != Folder(tmp_path / "c", tmp_path).key


def test_twins_stay_together(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for i in range(30):
        image = picture((i * 8, 0, 0), (16, 16))
        image.paste((0, 255, 0), (0, 0, 8, 16))
        image.save(root / f"{i}.png")
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / f"{i}_flip.png")
    for data in (Folder(tmp_path / "c", root, size=16), Folder(tmp_path / "c", root, size=16, mirrored=True)):
        red = [set(np.asarray(data.split(name).x).max((1, 2))[:, 0].tolist()) for name in ("train", "test")]
        assert not red[0] & red[1] and len(red[0] | red[1]) == 30


def test_mirrored_adds_each_twin_with_its_label(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    names = fill(root)
    image = picture((0, 0, 0), (30, 30))
    image.paste((255, 255, 255), (0, 0, 15, 30))
    image.save(root / names[0])
    rows = "".join(f"{name},{i % 2},{int(i == 3)}\n" for i, name in enumerate(names))
    (root / "labels.csv").write_text("file,Odd,Third\n" + rows)
    plain, twins = (Folder(tmp_path / "c", root, size=8, mirrored=flag) for flag in (False, True))
    for name in ("train", "test"):
        a, b = plain.split(name), twins.split(name)
        np.testing.assert_array_equal(b.x[::2], a.x)
        np.testing.assert_array_equal(b.x[1::2], a.x[:, :, ::-1])
        assert a.labels is not None and b.labels is not None and b.label_names == ("Odd", "Third")
        np.testing.assert_array_equal(b.labels, np.repeat(a.labels, 2, 0))


def test_validation_keeps_mirror_images_and_copies_together(tmp_path: Path) -> None:
    """Of training files alone; a twin in the training images would flatter whatever remembers them."""
    root, rng = tmp_path / "in", np.random.default_rng(0)
    root.mkdir()
    for i in range(60):
        image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        image.save(root / f"{i}.png")
        image.save(root / f"{i}-copy.png")
    plain = Folder(tmp_path / "c", root, size=8, mirrored=True)
    held = Folder(tmp_path / "c", root, size=8, mirrored=True, validation=True)
    rows = {(data, name): {x.tobytes() for x in np.asarray(data.split(name).x)}
            for data in (plain, held) for name in ("train", "test")}  # fmt: skip
    kept, out = rows[held, "train"], rows[held, "test"]
    assert not kept & out and kept | out == rows[plain, "train"] and len(out) == 18
    for split in ("train", "test"):
        twins = {np.ascontiguousarray(x[:, ::-1]).tobytes() for x in np.asarray(held.split(split).x)}
        assert twins == rows[held, split]
    assert held.key != plain.key


def test_labels_from_celeba_text(tmp_path: Path) -> None:
    names = fill(tmp_path)
    rows = "".join(f"{name}  {1 if i < 6 else -1} -1\n" for i, name in enumerate(names))
    (tmp_path / "list_attr_mine.txt").write_text(f"{len(names)}\nFirst_Half Never\n{rows}")
    data = Folder(tmp_path / "c", tmp_path, size=8)
    labels = np.concatenate([np.asarray(data.split(name).labels) for name in ("train", "test")])
    assert labels.sum(0).tolist() == [6, 0] and data.split("train").label_kind == "attributes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,A\n001.png,1\n", r"no row for 000.png \(\d+ of \d+ images have none\)|no row for 00\d.png"),
        ("file,A,B\n001.png,often,1\n", r"no row for 00\d.png|line 2: value 'often' is none of 1, 0, -1"),
        ("file,A\n001.png,1,1\n", "line 2: 2 values for 1 attributes"),
        ("file,A\n1.png,1\n1.png,0\n", "line 3: a second row for 1.png"),
        ("file,A,A\n", "no header of different attribute names"),
        ("", "no header of different attribute names"),
    ],
)
def test_bad_label_tables(tmp_path: Path, text: str, message: str) -> None:
    fill(tmp_path)
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        Folder(tmp_path / "c", tmp_path, size=8).prepare()
    assert "\n" not in str(error.value) and "labels.csv" in str(error.value)


def test_a_table_may_have_a_mark_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbffile, A\r\nx.png,1\r\n\r\ny.png,-1\r\n")
    found = labels_of(["y.png", "x.png"], path)
    assert found.names == ("A",) and found.values.tolist() == [[0], [1]] and found.kind == "attributes"


def test_crop_is_central_and_resizing_smooth(tmp_path: Path) -> None:
    values = np.zeros((64, 128, 3), np.uint8)
    values[:, 32:96] = np.indices((64, 64)).sum(0)[..., None] % 2 * 255
    Image.fromarray(values).save(tmp_path / "a.png")
    small = read_image(tmp_path / "a.png", 16)
    assert small.shape == (16, 16, 3) and small.min() > 110 and small.max() < 145  # a fine chequer turns grey
    np.testing.assert_array_equal(read_image(tmp_path / "a.png", 32, crop=32), values[16:48, 48:80])


def odd_files(folder: Path) -> dict[str, Any]:
    """Name -> the colour that it must have (a mean over the picture), or the reason why it is refused."""
    folder.mkdir()
    red = np.array([254, 0, 0])
    picture((255, 0, 0)).convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    grey = np.full((20, 20), 0x8080, np.uint16)
    Image.fromarray(grey).save(folder / "sixteen.png")
    Image.fromarray(grey).save(folder / "sixteen.tif")
    Image.fromarray(grey.astype(np.float32)).save(folder / "float.tif")
    frames = [picture((255, 0, 0)).convert("P"), picture((0, 255, 0)).convert("P")]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(folder / "clear.png")
    Image.new("LA", (20, 20), (0, 255)).save(folder / "grey_alpha.png")
    Image.new("L", (20, 20), 77).save(folder / "grey.bmp")
    Image.new("1", (20, 20), 1).save(folder / "bits.png")
    picture((255, 0, 0), (30_000, 10)).save(folder / "strip.png")
    turned = picture((0, 0, 0), (40, 20))
    turned.paste((255, 0, 0), (10, 0, 30, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "turned.png", exif=exif)
    picture().save(folder / "whole.png")
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    for name in ("cut.jpg", "cut.png"):
        Image.fromarray(noise).save(folder / name)
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("hello\nworld\n")
    picture(size=(1, 1)).save(folder / "dot.png")
    claimed_png(folder / "bomb.png", 30_000, 30_000)
    claimed_png(folder / "large.png", 12_000, 9_000)
    (folder / "folder.png").mkdir()
    return {
        "cmyk.jpg": red,
        "sixteen.png": np.full(3, 128),
        "sixteen.tif": np.full(3, 128),
        "float.tif": "floating-point pixels",
        "moving.gif": red,
        "clear.png": np.full(3, 255),
        "grey_alpha.png": np.zeros(3),
        "grey.bmp": np.full(3, 77),
        "bits.png": np.full(3, 255),
        "strip.png": red,
        "turned.png": red,
        "whole.png": np.array([200, 40, 90]),
        "cut.jpg": "truncated",
        "cut.png": "truncated",
        "empty.png": "the file is empty",
        "text.jpg": "cannot identify",
        "dot.png": "1 x 1 pixels are too few; at least 8 a side",
        "bomb.png": "exceeds limit",
        "large.png": "exceeds limit",
    }


def test_odd_files_are_converted_or_named(tmp_path: Path) -> None:
    for name, expected in odd_files(tmp_path / "odd").items():
        path = tmp_path / "odd" / name
        if isinstance(expected, str):
            with pytest.raises(ValueError, match=expected) as error:
                read_image(path, 16)
            assert str(path) in str(error.value) and "\n" not in str(error.value), name
        else:
            np.testing.assert_allclose(read_image(path, 16).mean((0, 1)), expected, atol=3, err_msg=name)


def test_skip_bad_counts_and_lists(tmp_path: Path) -> None:
    root = tmp_path / "odd"
    bad = [name for name, expected in odd_files(root).items() if isinstance(expected, str)]
    with pytest.raises(ValueError, match=r"folder: .* not a readable image .* --skip-bad-images"):
        Folder(tmp_path / "c", root, size=16).prepare()
    data = Folder(tmp_path / "c", root, size=16, skip_bad=True, test_share=0.4)
    assert len(data.split("train")) + len(data.split("test")) == 19 - len(bad)
    assert len(data.left_out) == len(bad)
    assert all(any(name in line for line in data.left_out) for name in bad)
    reopened = Folder(tmp_path / "c", root, size=16, skip_bad=True, test_share=0.4)
    assert reopened.left_out == data.left_out


def test_missing_roots(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="folder: the flag --data-root is missing; give --data-root a folder"
    ):
        Folder(tmp_path)
    with pytest.raises(ValueError, match=r"--data-root .*nowhere does not exist; give"):
        Folder(tmp_path, tmp_path / "nowhere")
    (tmp_path / "file.png").write_text("")
    with pytest.raises(ValueError, match="is not a folder"):
        Folder(tmp_path, tmp_path / "file.png").prepare()
    (tmp_path / "void").mkdir()
    with pytest.raises(ValueError, match=r"void has 0 images, too few to split \(looked for .bmp"):
        Folder(tmp_path, tmp_path / "void").prepare()


@pytest.mark.parametrize(
    "options", [{"size": 4}, {"test_share": 0.0}, {"test_share": 1}, {"labels": "no.csv"}]
)
def test_bad_options(tmp_path: Path, options: dict[str, Any]) -> None:
    fill(tmp_path)
    with pytest.raises(ValueError, match="folder: "):
        Folder(tmp_path / "c", tmp_path, **options).prepare()
