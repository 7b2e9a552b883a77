"""The contract and the cache: options, keys, atomic building, killed builders."""

import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import datasets
from datasets.base import Dataset, Split

ROOT = Path(__file__).resolve().parents[2]


class Counting(Dataset):
    """Numbers in order, in chunks that do not divide their count."""

    name = "counting"
    title = "Counting"
    summary = "numbers"
    version = 1
    kind = "points"
    defaults: ClassVar[dict[str, Any]] = {"n": 10, "scale": 1.0, "word": "a"}
    built: ClassVar[list[str]] = []

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def total(self) -> int:
        return 2 * int(self.options["n"])

    def chunks(self, split: str) -> Iterator[Split]:
        self.built.append(split)
        for start in range(0, self.options["n"], 4):
            rows = np.arange(start, min(start + 4, self.options["n"]), dtype=np.float32)
            labels = (rows[:, None] % 2).astype(np.uint8)
            yield Split(x=np.stack([rows, -rows], 1), labels=labels, label_names=("odd",))


class Broken(Counting):
    """Fails half way."""

    name = "broken"

    def chunks(self, split: str) -> Iterator[Split]:
        if split == "test":
            raise ValueError("half way")
        yield from super().chunks(split)


def test_the_package_is_ours() -> None:
    assert datasets.__file__ is not None
    assert Path(datasets.__file__).parent == ROOT / "datasets"


def test_splits_are_built_once_and_read_only(tmp_path: Path) -> None:
    Counting.built.clear()
    data, seen = Counting(tmp_path), []
    data.prepare(lambda done, total: seen.append((done, total)))
    assert seen == [(4, 20), (8, 20), (10, 20), (14, 20), (18, 20), (20, 20)]
    train = data.split("train")
    assert isinstance(train.x, np.memmap) and train.x.dtype == np.float32 and train.x.shape == (10, 2)
    np.testing.assert_array_equal(train.x[:, 0], np.arange(10))
    assert train.labels is not None and train.labels[:, 0].tolist() == [0, 1] * 5
    assert train.label_names == ("odd",) and train.label_kind == "attributes" and train.factors is None
    with pytest.raises(ValueError, match="read-only"):
        train.x[0] = 0
    Counting(tmp_path).split("test")
    assert Counting.built == ["train", "test"]
    assert data.left_out == []


def test_long_arrays_keep_their_header_in_place(tmp_path: Path) -> None:
    train = Counting(tmp_path, n=100_003).split("train")
    assert len(train) == 100_003 and train.x[-1, 0] == 100_002


def test_the_key_names_the_content(tmp_path: Path) -> None:
    keys = {
        Counting(tmp_path).key,
        Counting(tmp_path, n=11).key,
        Counting(tmp_path, word="b").key,
        Broken(tmp_path).key,
        type("Next", (Counting,), {"version": 2})(tmp_path).key,
    }
    assert len(keys) == 5
    assert Counting(tmp_path, scale=2).key == Counting(tmp_path, scale=2.0).key
    assert Counting(tmp_path, n=10).key == Counting(tmp_path / "elsewhere").key


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scael": 2.0}, "no option 'scael'; the nearest known option is 'scale'"),
        ({"n": "10"}, "n='10' should be of type int"),
        ({"n": True}, "n=True should be of type int"),
    ],
)
def test_bad_options_are_named(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        Counting(tmp_path, **options)
    assert "\n" not in str(error.value)


def test_an_integer_passes_for_a_float(tmp_path: Path) -> None:
    assert Counting(tmp_path, scale=2).options["scale"] == 2


def test_unknown_split(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown split 'valid'; known: train, test"):
        Counting(tmp_path).split("valid")


def test_a_failed_build_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    data = Broken(tmp_path)
    for _ in range(2):
        with pytest.raises(ValueError, match="half way"):
            data.prepare()
        assert [path.name for path in tmp_path.iterdir()] == [f"{data.key}.lock"]


class Large(Counting):
    """64 MB of images, a megabyte at a time."""

    name = "large"
    kind = "images"
    shape = (3, 64, 64)  # type: ignore[assignment]

    def chunks(self, split: str) -> Iterator[Split]:
        for i in range(32):
            yield Split(x=np.full((85, 64, 64, 3), i, np.uint8))


def test_memory_is_bounded(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        Large(tmp_path).prepare()
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"counting: cannot build the cache .*file \("):
        Counting(tmp_path / "file").prepare()


_BUILDER = """
import sys, time
from pathlib import Path
from datasets.toonfaces import Toonfaces
data = Toonfaces(Path(sys.argv[1]), size=8, n_train=1100, n_test=10)
def tell(done, total):
    print(done, flush=True)
    time.sleep(float(sys.argv[2]))
data.prepare(tell)
"""


def _builder(cache: Path, pause: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _BUILDER, str(cache), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_killed_build_starts_again(tmp_path: Path) -> None:
    from datasets.toonfaces import Toonfaces

    process = _builder(tmp_path, 60)
    assert process.stdout is not None and process.stdout.readline().strip() == "1024"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    data = Toonfaces(tmp_path, size=8, n_train=1100, n_test=10)
    assert (tmp_path / f"{data.key}.tmp").exists() and not (tmp_path / data.key).exists()
    assert len(data.split("train")) == 1100
    assert not (tmp_path / f"{data.key}.tmp").exists()


def test_two_builders_share_the_work(tmp_path: Path) -> None:
    both = [_builder(tmp_path, 0) for _ in range(2)]
    lines = sorted(len(process.communicate()[0].split()) for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert lines == [0, 3]  # one drew, the other waited and found it done


PICTURE = np.zeros((4, 8, 8, 3), np.uint8)
ONES = np.ones((4, 2), np.uint8)


@pytest.mark.parametrize(
    ("shape", "chunk", "said"),
    [
        (
            (3, 8, 8),
            Split(PICTURE / 255),
            r"x is float64\[4, 8, 8, 3\], and uint8 \[n, H, W, C\] = \[n, 8, 8, 3\]",
        ),
        ((3, 8, 8), Split(PICTURE.transpose(0, 3, 1, 2)), r"x is uint8\[4, 3, 8, 8\]"),
        ((3, 8, 8), Split(PICTURE, 3 * ONES, ("a", "b")), "labels are uint8 up to 3"),
        ((3, 8, 8), Split(PICTURE, ONES[:3], ("a", "b")), r"labels are uint8\[3, 2\] for 4 rows"),
        ((3, 8, 8), Split(PICTURE, ONES[:, :0]), "leave them out where there are none"),
        ((3, 8, 8), Split(PICTURE, ONES, ("a",)), "1 names for 2 columns of labels"),
        ((2,), Split(np.full((4, 2), np.nan, np.float32)), "not finite"),
        ((2,), Split(np.zeros((4, 2))), r"x is float64\[4, 2\], and float32 \[n, p\]"),
    ],
)
def test_what_a_data_set_yields_is_checked(
    shape: tuple[int, ...], chunk: Split, said: str, tmp_path: Path
) -> None:
    class Odd(Counting):
        name = "odd"

        def chunks(self, split: str) -> Iterator[Split]:
            yield chunk

    Odd.shape = shape  # type: ignore[method-assign, assignment]
    with pytest.raises(ValueError, match=f"odd: what it yields for the train split: .*{said}"):
        Odd(tmp_path).prepare()
    assert not list(tmp_path.glob("odd-*[0-9a-f]"))
