"""Bad images end the command in one line that names one, or are left out, counted and listed on request."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.run import main
from tests.benchmarks import tiny


@pytest.fixture
def args(tmp_path: Path) -> list[str]:
    """A plan on a folder with two bad images among 300."""
    root = tmp_path / "images"
    root.mkdir()
    rng = np.random.default_rng(0)
    for i in range(300):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(root / f"{i}.png")
    (root / "cut.png").write_bytes((root / "7.png").read_bytes()[:60])
    (root / "empty.jpg").touch()
    preset = str(tiny.file(tmp_path))
    place = ["--data-root", str(root), "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    data = ["--dataset", "folder", "--set", "data.test_share=0.3", "--methods", "gan"]
    return ["--preset", preset, "--dry-run", *place, *data]


def test_a_bad_image_is_named(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    said = capsys.readouterr().err
    assert ("cut.png" in said or "empty.jpg" in said) and "--skip-bad-images" in said
    assert said.count("\n") == 1


def test_bad_images_are_left_out_counted_and_listed(
    args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):  # the second time they come from the cache
        assert main([*args, "--skip-bad-images"]) == 0
        said = capsys.readouterr().out
        assert "left out 2 unreadable images:" in said and "cut.png: not a readable image" in said
        assert "empty.jpg: not a readable image (the file is empty)" in said
