"""What names data from outside: what the files hold, wherever they lie and whenever they were written."""

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import _content
from datasets.arrays import Arrays
from datasets.base import Dataset
from datasets.cifar10 import Cifar10
from datasets.folder import Folder
from datasets.lines import Lines
from datasets.mnist import Mnist
from datasets.stacked import StackedDigits, StackedMnist
from datasets.toonfaces import Toonfaces
from tests.datasets.test_published import write_cifar, write_mnist


def pictures(root: Path, n: int = 12) -> Path:
    root.mkdir(parents=True)
    for i in range(n):
        Image.new("RGB", (16, 16), (i * 20, 100, 50)).save(root / f"{i:02}.png")
    return root


def test_a_copied_folder_is_the_same_data_and_a_changed_one_is_not(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a")
    shutil.copytree(root, tmp_path / "b")
    os.utime(tmp_path / "b" / "00.png", (1, 1))
    own, copied = (Folder(tmp_path / "c", tmp_path / name) for name in "ab")
    assert own.content == copied.content != "" and own.key == copied.key
    times = (root / "03.png").stat()
    Image.new("RGB", (16, 16), (1, 2, 3)).save(root / "03.png")
    os.utime(root / "03.png", ns=(times.st_atime_ns, times.st_mtime_ns))  # times say nothing
    changed = Folder(tmp_path / "c", root)
    assert changed.content != own.content and changed.key != own.key
    (tmp_path / "b" / "00.png").rename(tmp_path / "b" / "99.png")  # the split follows the names
    assert Folder(tmp_path / "c", tmp_path / "b").content != own.content


def test_labels_are_part_of_the_content(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a")
    contents = {Folder(tmp_path / "c", root).content}
    for value in (0, 1):
        (root / "labels.csv").write_text("file,A\n" + "".join(f"{i:02}.png,{value}\n" for i in range(12)))
        contents.add(Folder(tmp_path / "c", root).content)
    assert len(contents) == 3


def test_an_archive_by_what_it_holds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    contents = []
    for name in ("a", "b", "a"):
        np.save(tmp_path / f"{name}.npy", rng.integers(0, 256, (20, 8, 8, 3), np.uint8))
        contents.append(Arrays(tmp_path / "c", tmp_path / f"{name}.npy").content)
    (tmp_path / "a.npy").rename(tmp_path / "z.npy")
    assert len(set(contents)) == 3 and Arrays(tmp_path / "c", tmp_path / "z.npy").content == contents[-1]


def test_published_formats_follow_their_files(tmp_path: Path) -> None:
    write_cifar(tmp_path / "cifar")
    write_mnist(tmp_path / "mnist")
    for cls, root, file in (
        (Cifar10, "cifar", "test_batch.bin"),
        (Mnist, "mnist", "train-labels-idx1-ubyte.gz"),
        (StackedMnist, "mnist", "t10k-labels-idx1-ubyte.gz"),
    ):
        before = cls(tmp_path / "c", tmp_path / root)
        before.identify()
        whole = (tmp_path / root / file).read_bytes()
        (tmp_path / root / file).write_bytes(b"\1" * len(whole))
        after = cls(tmp_path / "c", tmp_path / root)
        assert before.content != after.content and "" != before.content, cls.name


def test_packed_or_not_is_the_same_data(tmp_path: Path) -> None:
    import gzip

    write_mnist(tmp_path / "packed")
    (tmp_path / "plain").mkdir()
    for path in (tmp_path / "packed").iterdir():
        (tmp_path / "plain" / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    contents = {Mnist(tmp_path / "c", tmp_path / name).content for name in ("packed", "plain")}
    assert len(contents) == 1


def test_mnist_as_published_is_named_by_its_name_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path / "r")
    content = Mnist(tmp_path / "c", tmp_path / "r").content
    monkeypatch.setattr(Mnist, "published", content)
    assert content and Mnist(tmp_path / "c", tmp_path / "r").content == ""
    assert StackedMnist(tmp_path / "c", tmp_path / "r").content == ""


@pytest.mark.parametrize(
    ("cls", "key"),
    [
        (Toonfaces, "toonfaces-a52388a3ff05584b"),
        (StackedDigits, "stacked-digits-5857121e87cd649f"),
        (Lines, "lines-49bf158b7928345a"),
    ],
)
def test_generated_data_keep_their_names(cls: type[Dataset], key: str, tmp_path: Path) -> None:
    assert cls(tmp_path).content == "" and cls(tmp_path).key == key


def test_an_option_that_came_later_is_in_the_name_only_where_it_is_set(tmp_path: Path) -> None:
    write_mnist(tmp_path / "r")
    plain, same, other = (
        Mnist(tmp_path / "c", tmp_path / "r", **o) for o in ({}, {"pad": True}, {"pad": False})
    )
    assert plain.named == same.named == {"size": 32} and plain.key == same.key
    assert other.named == {"size": 32, "pad": False} and other.key != plain.key


def test_settled_files_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_content, "_SETTLED", -(10**12))
    root, cache = pictures(tmp_path / "a"), tmp_path / "c"
    first, told = _content.digests(root, ["00.png", "01.png", "no"], cache), []
    assert first["no"] == "" and len(first["00.png"]) == 64
    monkeypatch.setattr(_content, "_read", lambda path, *rest: told.append(path.name) or "read")
    assert _content.digests(root, ["00.png", "01.png"], cache) == {k: first[k] for k in ("00.png", "01.png")}
    assert told == []
    (root / "01.png").write_bytes((root / "01.png").read_bytes())  # same size and bytes, another time
    _content.digests(root, ["00.png", "01.png"], cache)
    assert told == ["01.png"]
    (file,) = (cache / "content").glob("*.json")
    file.write_text("no JSON")
    _content.digests(root, ["00.png"], cache)
    assert told == ["01.png", "00.png"]


def test_a_file_that_was_just_written_is_never_taken_from_the_short_cut(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a", 1)
    _content.digests(root, ["00.png"], tmp_path / "c")
    assert not list((tmp_path / "c").rglob("*.json"))
    assert time.time_ns() - (root / "00.png").stat().st_ctime_ns < _content._SETTLED


def test_reading_says_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(17 << 20))
    (tmp_path / "b").write_bytes(bytes(3 << 20))
    told: list[tuple[int, int]] = []
    _content.digests(tmp_path, ["a", "b"], None, lambda done, total: told.append((done, total)))
    assert told == [(8, 20), (16, 20), (17, 20), (20, 20)]


def test_an_unwritable_cache_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    root = pictures(tmp_path / "a", 2)
    assert len(_content.digests(root, ["00.png"], tmp_path / "file")["00.png"]) == 64


def test_nothing_of_the_machine_is_in_a_key(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a")
    assert str(tmp_path) not in json.dumps(Folder(tmp_path / "c", root).source())


def test_a_data_set_that_says_nothing_of_its_files_depends_on_all_of_them(tmp_path: Path) -> None:
    class Foreign(Lines):
        name = "foreign"
        needs_root = True

    root = pictures(tmp_path / "a", 2)
    contents = {Foreign(tmp_path / "c", root).content, Foreign(tmp_path / "c", root / "00.png").content}
    (root / "deep").mkdir()
    (root / "deep" / "other.txt").write_text("x")
    contents.add(Foreign(tmp_path / "c", root).content)
    assert len(contents) == 3 and "" not in contents
