"""Published data sets, from small files in their exact formats."""

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.anime_faces import AnimeFaces
from datasets.base import Dataset
from datasets.celeba import CelebA
from datasets.celeba_hq import CelebAHQ
from datasets.cifar10 import Cifar10
from datasets.fashion_mnist import FashionMnist
from datasets.mnist import Mnist
from datasets.stacked import StackedMnist

RNG = np.random.default_rng(0)


def idx(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_mnist(folder: Path, ending: str = ".gz", n: int = 30) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    out = {}
    for split, prefix, count in (("train", "train", n), ("test", "t10k", n // 3)):
        images = RNG.integers(0, 256, (count, 28, 28), np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        idx(folder / f"{prefix}-images-idx3-ubyte{ending}", images)
        idx(folder / f"{prefix}-labels-idx1-ubyte{ending}", labels)
        out[split] = images, labels
    return out


@pytest.mark.parametrize(
    ("cls", "below", "ending"),
    [(Mnist, ".", ".gz"), (Mnist, "MNIST/raw", ""), (FashionMnist, "FashionMNIST/raw", ".gz")],
)
def test_mnist(cls: type[Dataset], below: str, ending: str, tmp_path: Path) -> None:
    written = write_mnist(tmp_path / below, ending)
    data = cls(tmp_path / "c", tmp_path)
    assert data.shape == (1, 32, 32)
    for name, (images, labels) in written.items():
        split = data.split(name)
        np.testing.assert_array_equal(split.x[:, 2:30, 2:30, 0], images)
        assert split.x[:, :2].max() == split.x[:, :, 30:].max() == 0
        np.testing.assert_array_equal(np.asarray(split.labels).argmax(1), labels)
        assert split.label_kind == "classes" and len(split.label_names) == 10
    assert cls(tmp_path / "c", tmp_path, size=16).split("train").x.shape == (30, 16, 16, 1)


def test_digits_are_not_taken_for_clothes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mnist(tmp_path)
    monkeypatch.setattr(Mnist, "published", "")
    content = Mnist(tmp_path / "c", tmp_path).content
    monkeypatch.setattr(Mnist, "published", content)
    assert Mnist(tmp_path / "c", tmp_path).content == ""
    with pytest.raises(ValueError, match="holds MNIST's digits"):
        FashionMnist(tmp_path / "c", tmp_path).identify()


@pytest.mark.slow
def test_mnist_as_torchvision_reads_it(tmp_path: Path) -> None:
    from torchvision.datasets import MNIST

    write_mnist(tmp_path / "MNIST/raw", "")
    theirs = MNIST(str(tmp_path), train=True, download=False)
    ours = Mnist(tmp_path / "c", tmp_path).split("train")
    np.testing.assert_array_equal(ours.x[:, 2:30, 2:30, 0], theirs.data.numpy())
    np.testing.assert_array_equal(np.asarray(ours.labels).argmax(1), theirs.targets.numpy())


def test_stacked_mnist(tmp_path: Path) -> None:
    images = write_mnist(tmp_path)["train"][0]
    data = StackedMnist(tmp_path / "c", tmp_path, n_train=64, n_test=8)
    known = {np.pad(image, 2).tobytes() for image in images}
    train = data.split("train")
    assert train.x.shape == (64, 32, 32, 3)
    assert all(np.ascontiguousarray(image[..., c]).tobytes() in known for image in train.x for c in range(3))
    bare = StackedMnist(tmp_path / "c", tmp_path, n_train=64, n_test=8, size=28, pad=False).split("train")
    np.testing.assert_array_equal(bare.x, train.x[:, 2:30, 2:30])
    assert "pad" not in data.named


def _short(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-5]))


def _cut(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-200])


def _text(folder: Path) -> None:
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"<html>not found</html>")


def _fewer(folder: Path) -> None:
    idx(folder / "train-labels-idx1-ubyte.gz", np.zeros(7, np.uint8))


def _eleven(folder: Path) -> None:
    idx(folder / "train-labels-idx1-ubyte.gz", np.full(30, 11, np.uint8))


def _changed(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    data = bytearray(path.read_bytes())
    data[10] = (
        0xFF  # the first block of the packed data is of a kind that there is not: zlib.error, not OSError
    )
    path.write_bytes(data)
    with pytest.raises(zlib.error):
        gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("damage", [_short, _cut, _text, _fewer, _eleven, _changed])
def test_damaged_mnist_is_named(damage: Callable[[Path], None], tmp_path: Path) -> None:
    write_mnist(tmp_path)
    damage(tmp_path)
    with pytest.raises(ValueError, match=r"train-\w+-idx\d-ubyte.gz.*(damaged|do not hold)") as error:
        Mnist(tmp_path / "c", tmp_path).prepare()
    assert "\n" not in str(error.value)


def write_cifar(folder: Path, n: int = 20) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    folder.mkdir(parents=True)
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"train": [], "test": []}
    for file in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        planes, labels = RNG.integers(0, 256, (n, 3072), np.uint8), RNG.integers(0, 10, (n, 1), np.uint8)
        (folder / f"{file}.bin").write_bytes(np.concatenate([labels, planes], 1).tobytes())
        parts["test" if file == "test_batch" else "train"].append((planes, labels[:, 0]))
    return {
        k: (np.concatenate([p for p, _ in v]), np.concatenate([y for _, y in v])) for k, v in parts.items()
    }


@pytest.mark.parametrize("below", [".", "cifar-10-batches-bin"])
def test_cifar10(below: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    written = write_cifar(root / below)
    data = Cifar10(tmp_path / "c", root)
    for name, (planes, labels) in written.items():
        split = data.split(name)
        np.testing.assert_array_equal(np.moveaxis(split.x, -1, 1).reshape(-1, 3072), planes)
        np.testing.assert_array_equal(np.asarray(split.labels).argmax(1), labels)
    assert data.split("train").label_names[3] == "cat"
    assert Cifar10(tmp_path / "c", root, size=16).split("test").x.shape == (20, 16, 16, 3)


def test_damaged_cifar10_is_named(tmp_path: Path) -> None:
    write_cifar(tmp_path / "r")
    path = tmp_path / "r" / "data_batch_2.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(
        ValueError, match=r"data_batch_2.bin: damaged \(61459 bytes are not a multiple of 3073\)"
    ):
        Cifar10(tmp_path / "c", tmp_path / "r")
    path.write_bytes(b"\x0c" + whole[1:])
    with pytest.raises(ValueError, match=r"data_batch_2.bin: damaged \(class 12 of 10\)"):
        Cifar10(tmp_path / "c", tmp_path / "r").prepare()
    path.unlink()
    with pytest.raises(
        ValueError, match=r"there is no data_batch_2.bin below --data-root .*; --download gets it, or"
    ):
        Cifar10(tmp_path / "c", tmp_path / "r")


NAMES = [f"Attribute_{i}" for i in range(38)] + ["Smiling", "Young"]


def write_celeba(root: Path, n: int = 30) -> np.ndarray:
    (root / "img_align_celeba").mkdir(parents=True)
    labels = RNG.integers(0, 2, (n, 40))
    files = [f"{i + 1:06d}.jpg" for i in range(n)]
    for i, file in enumerate(files):
        image = Image.new("RGB", (178, 218), (0, 255, 0))  # green around what the crop shows
        image.paste((8 * i, 0, 0), (35, 55, 143, 163))
        image.save(root / "img_align_celeba" / file, quality=95)
    rows = "".join(
        f"{f} {' '.join(f'{2 * v - 1:2d}' for v in row)}\n" for f, row in zip(files, labels, strict=True)
    )
    (root / "list_attr_celeba.txt").write_text(f"{n}\n{' '.join(NAMES)} \n{rows}")
    parts = [0] * (n - 10) + [1] * 4 + [2] * 6
    (root / "list_eval_partition.txt").write_text(
        "".join(f"{f} {p}\n" for f, p in zip(files, parts, strict=True))
    )
    return labels


@pytest.mark.parametrize("below", [".", "celeba"])
def test_celeba(below: str, tmp_path: Path) -> None:
    labels = write_celeba(tmp_path / "r" / below)
    data = CelebA(tmp_path / "c", tmp_path / "r", size=16)
    train, test = data.split("train"), data.split("test")
    assert len(train) == 20 and len(test) == 6  # the validation part stays out
    np.testing.assert_array_equal(train.labels, labels[:20])
    np.testing.assert_array_equal(test.labels, labels[-6:])
    assert train.label_names == tuple(NAMES) and train.label_kind == "attributes"
    middle = np.asarray(train.x[:, 4:12, 4:12], float).mean((1, 2))
    np.testing.assert_allclose(middle[:, 0], 8 * np.arange(20), atol=4)
    assert middle[:, 1].max() < 6  # nothing of the surroundings
    whole = CelebA(tmp_path / "c", tmp_path / "r", size=16, crop=178).split("train")
    assert whole.x[:, 0, 0, 1].min() > 240


def test_celeba_as_csv(tmp_path: Path) -> None:
    root = tmp_path / "r"
    labels = write_celeba(root)
    lines = (root / "list_attr_celeba.txt").read_text().splitlines()[1:]
    table = ["image_id," + ",".join(lines[0].split())] + [",".join(line.split()) for line in lines[1:]]
    (root / "list_attr_celeba.csv").write_text("\n".join(table))
    parts = (root / "list_eval_partition.txt").read_text()
    (root / "list_eval_partition.csv").write_text("image_id,partition\n" + parts.replace(" ", ","))
    for name in ("list_attr_celeba.txt", "list_eval_partition.txt"):
        (root / name).unlink()
    (root / "img_align_celeba").rename(root / "inner")
    (root / "img_align_celeba").mkdir()
    (root / "inner").rename(root / "img_align_celeba" / "img_align_celeba")
    data = CelebA(tmp_path / "c", root, size=8)
    np.testing.assert_array_equal(data.split("train").labels, labels[:20])


def test_celeba_says_what_is_missing_or_bad(tmp_path: Path) -> None:
    root = tmp_path / "r"
    write_celeba(root)
    path = root / "img_align_celeba" / "000003.jpg"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(ValueError, match=r"celeba: .*000003.jpg: not a readable image \(.*--skip-bad-images"):
        CelebA(tmp_path / "c", root, size=8).prepare()
    data = CelebA(tmp_path / "c", root, size=8, skip_bad=True)
    assert len(data.split("train")) == 19 and len(data.left_out) == 1 and "000003.jpg" in data.left_out[0]
    attributes = (root / "list_attr_celeba.txt").read_text()
    (root / "list_attr_celeba.txt").write_text(attributes.replace("000007.jpg", "x.jpg"))
    with pytest.raises(ValueError, match=r"no row for 000007.jpg \(1 of 20 images have none\)"):
        CelebA(tmp_path / "c", root, size=8, skip_bad=True).prepare()
    (root / "list_attr_celeba.txt").unlink()
    with pytest.raises(
        ValueError,
        match=r"there is no list_attr_celeba.txt below --data-root .*; try --download .* or get img_align",
    ):
        CelebA(tmp_path / "c", root)


def test_celeba_hq_finds_the_mask_sets_attributes(tmp_path: Path) -> None:
    root = tmp_path / "r"
    (root / "CelebA-HQ-img").mkdir(parents=True)
    rows = ""
    for i in range(20):
        Image.new("RGB", (64, 64), (12 * i, 0, 0)).save(root / "CelebA-HQ-img" / f"{i}.jpg")
        rows += f"{i}.jpg  {1 if i % 2 else -1} -1\n"
    (root / "CelebAMask-HQ-attribute-anno.txt").write_text(f"20\nOdd Never\n{rows}")
    data = CelebAHQ(tmp_path / "c", root, size=32)
    assert CelebAHQ.defaults["size"] == 128
    for name in ("train", "test"):
        split = data.split(name)
        number = np.rint(np.asarray(split.x[:, 16, 16, 0], float) / 12).astype(int)
        np.testing.assert_array_equal(np.asarray(split.labels)[:, 0], number % 2)


def test_anime_faces_are_mirrored_with_twins_together(tmp_path: Path) -> None:
    root = tmp_path / "r"
    root.mkdir()
    for i in range(20):
        image = Image.new("RGB", (64, 64), (12 * i, 0, 0))
        image.paste((0, 0, 255), (0, 0, 20, 64))
        image.save(root / f"{i}.png")
    data = AnimeFaces(tmp_path / "c", root)
    assert data.shape == (3, 64, 64)
    for name, n in (("train", 36), ("test", 4)):
        x = data.split(name).x
        assert len(x) == n
        np.testing.assert_array_equal(x[1::2], x[::2, :, ::-1])


def test_mnist_as_it_is(tmp_path: Path) -> None:
    images = write_mnist(tmp_path)["train"][0]
    data = Mnist(tmp_path / "c", tmp_path, size=28, pad=False)
    assert data.shape == (1, 28, 28)
    np.testing.assert_array_equal(data.split("train").x[..., 0], images)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_mnist_by_other_names(ending: str, tmp_path: Path) -> None:
    images = write_mnist(tmp_path, ending)["test"][0]
    for path in list(tmp_path.glob(f"*ubyte{ending}")):
        old = path.name.removesuffix(ending)
        path.rename(tmp_path / f"{old.replace('-idx3-ubyte', '.idx').replace('-idx1-', '.idx1-')}{ending}")
    data = Mnist(tmp_path / "c", tmp_path, size=28, pad=False)
    np.testing.assert_array_equal(data.split("test").x[..., 0], images)


def test_a_file_that_a_browser_unpacked(tmp_path: Path) -> None:
    images = write_mnist(tmp_path)["test"][0]
    for path in tmp_path.glob("*.gz"):
        path.write_bytes(gzip.decompress(path.read_bytes()))  # still called .gz
    data = FashionMnist(tmp_path / "c", tmp_path, size=28, pad=False)
    np.testing.assert_array_equal(data.split("test").x[..., 0], images)


def test_mnist_s_validation_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first 50,000 to train, the other images to train as the test split; left out of names where it is off."""
    monkeypatch.setattr(Mnist, "kept", 21)
    images, labels = write_mnist(tmp_path)["train"]
    data = Mnist(tmp_path / "c", tmp_path, size=28, pad=False, validation=True)
    for name, rows in (("train", slice(0, 21)), ("test", slice(21, 30))):
        part = data.split(name)
        np.testing.assert_array_equal(part.x[..., 0], images[rows])
        np.testing.assert_array_equal(np.asarray(part.labels).argmax(1), labels[rows])
    assert "validation" in data.named and "validation" not in Mnist(tmp_path / "c", tmp_path).named
