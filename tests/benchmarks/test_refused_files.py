"""Odd files from outside: each is refused in one line with exit code 2, or used rightly; none ends in a traceback."""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.run import main
from tests.benchmarks import tiny
from tests.marks import mostly_slow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough small images to compare methods on."""
    folder = tmp_path_factory.mktemp("pictures")
    for i, pixels in enumerate(np.random.default_rng(0).integers(0, 255, (240, 10, 10, 3), np.uint8)):
        Image.fromarray(pixels).save(folder / f"{i:03d}.png")
    return folder


pytestmark = pytest.mark.usefixtures("own_plugins")


def call(tmp_path: Path, *args: str) -> int:
    return main(["--preset", str(tiny.file(tmp_path)), "--out", str(tmp_path / "out"), "--dry-run", *args])


def claimed(path: Path) -> None:
    """A PNG that says it has 30,000 x 30,000 pixels and holds none."""

    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = block(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + block(b"IDAT", zlib.compress(b"")) + block(b"IEND", b""))


def truncated(path: Path) -> None:
    whole = (path.parent / "000.png").read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def animated(path: Path) -> None:
    frames = [Image.new("P", (10, 10), colour) for colour in (1, 2)]
    frames[0].save(path.with_suffix(".gif"), save_all=True, append_images=frames[1:])


def labels(path: Path, rows: int, header: str = "file,A", value: str = "1") -> None:
    lines = [header, *(f"{i:03d}.png,{value}" for i in range(rows))]
    (path.parent / "labels.csv").write_text("\n".join(lines) + "\n")


Make = Callable[[Path], object]
REFUSED: dict[str, tuple[Make, str]] = {
    "an empty folder": (lambda p: [file.unlink() for file in p.parent.glob("*")], "too few to split"),
    "a single image": (lambda p: [file.unlink() for file in p.parent.glob("*") if file.stem != "000"], "too few to split"),
    "text": (lambda p: p.write_text("hello\nworld\n"), "not a readable image"),
    "an empty file": (lambda p: p.write_bytes(b""), "the file is empty"),
    "a pickle": (lambda p: p.write_bytes(b"\x80\x04\x95\x00."), "not a readable image"),
    "one pixel": (lambda p: Image.new("RGB", (1, 1)).save(p), "1 x 1 pixels are too few"),
    "30,000 pixels a side": (claimed, "exceeds limit"),
    "a truncated image": (truncated, "not a readable image"),
    "labels with missing rows": (lambda p: labels(p, 200), "no row for"),
    "labels of no kind": (lambda p: labels(p, 240, header="file,A,B", value="often,1"), "'often'"),
    "labels named twice": (lambda p: labels(p, 240, header="file,A,A"), "different attribute names"),
    "empty labels": (lambda p: (p.parent / "labels.csv").write_text(""), "labels.csv"),
    "binary labels": (lambda p: (p.parent / "labels.csv").write_bytes(b"\x80\x04\xff\xfe\n"), "labels.csv"),
}  # fmt: skip
USED: dict[str, Make] = {
    "CMYK": lambda p: Image.new("CMYK", (10, 10)).save(p.with_suffix(".jpg")),
    "16 bits": lambda p: Image.fromarray(np.full((10, 10), 0x8080, np.uint16)).save(p),
    "an animation": animated,
    "a strip of 30,000 pixels": lambda p: Image.new("RGB", (30_000, 10)).save(p),
    "other files": lambda p: (p.parent / "notes.txt").write_text("not an image, and not taken for one"),
    "whole labels": lambda p: labels(p, 240),
}


def folder(pictures: Path, tmp_path: Path, make: Make) -> list[str]:
    root = tmp_path / "pictures"
    shutil.copytree(pictures, root)
    make(root / "odd.png")
    return [
        "--dataset",
        "folder",
        "--data-root",
        str(root),
        "--set",
        "data.test_share=0.3",
        "--methods",
        "gan,ae",
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_is_refused(
    name: str, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, said = REFUSED[name]
    assert call(tmp_path, *folder(pictures, tmp_path, make)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ") and said in lines[0], lines
    assert not (tmp_path / "out" / "runs").exists()


@pytest.mark.parametrize("name", mostly_slow(USED))
def test_a_folder_is_used(
    name: str, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, *folder(pictures, tmp_path, USED[name])) == 0
    captured = capsys.readouterr()
    assert captured.err == "" and "2 runs to train" in captured.out


PLUGIN = """
from benchmarks.metrics.base import Metric, Value
METRIC = Metric(name="{name}", title="Mine", needs=frozenset(), values={{"v": Value("V")}}, compute=lambda s: {{"v": 1.0}})
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise RuntimeError('out of luck')", "RuntimeError: out of luck"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two"),
        ("import nothing_of_that_name", "No module named"),
        ("def broken(:", "SyntaxError"),
        ("", "defines no method"),
        (PLUGIN.format(name="../../../evil"), "'../../../evil'"),
        (PLUGIN.format(name="/tmp/evil"), "'/tmp/evil'"),
        (PLUGIN.format(name=""), "''"),
        (PLUGIN.format(name="search"), "is registered already"),
    ],
)
def test_a_plugin_is_named_with_its_reason(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(text)
    call(tmp_path, "--plugin", str(tmp_path / "mine.py"), "--methods", "gan")
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert len(lines) == 1 and "mine.py: " in lines[0] and said in lines[0], lines
    assert "Traceback" not in captured.out + captured.err


@pytest.mark.parametrize("name", mostly_slow(["../../evil", "/tmp/evil", "a/b", "<script>"], fast=1))
def test_names_of_arms_stay_inside(name: str, tmp_path: Path) -> None:
    """What is compared may be called anything; folders are named by hashes."""
    arms = f'[{{ method = "gan", name = "{name}" }}, {{ method = "gan", set = {{ latent = 2 }} }}]'
    out = tmp_path / "deep" / "er" / "out"
    flags = [
        "--preset",
        str(tiny.file(tmp_path)),
        "--out",
        str(out),
        "--executor",
        "inprocess",
        "--set",
        f"arms={arms}",
    ]
    before = set(tmp_path.parent.glob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.execution.estimate.measure", lambda *about: (0.0, 0.0))
        assert main(flags) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.toml", "deep"} and set(
        tmp_path.parent.glob("*")
    ) == before
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["out"]


@pytest.mark.parametrize("run", ["../..", "/etc", "*", "runs/../.."])
def test_names_of_runs_stay_inside(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks import sample

    (tmp_path / "runs").mkdir()
    assert sample.main([run, "--out", str(tmp_path)]) == 2
    assert "is not there" in capsys.readouterr().err
