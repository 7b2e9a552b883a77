"""TUTORIAL.md is run as it stands, block by block, in an empty folder: the settings are tiny, nothing else is changed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import results

ROOT = Path(__file__).parent.parent
TINY = "--set steps=8 --set evaluate=[4,8] --set arch.width=0.0625 --set samples=64 --workers 1 --executor inprocess"
FILES = {"Draws": "shapes.py", "LSGAN": "lsgan.py", "The difference": "check.py"}


def blocks() -> list[tuple[str, str]]:
    """(language, text) of every block in order."""
    return re.findall(r"^```(python|bash)\n(.*?)^```$", (ROOT / "TUTORIAL.md").read_text(), re.M | re.S)


def command(line: str, folder: Path) -> list[str]:
    """A line as it is run here: this interpreter, the checkout's files by their whole path, a training of 8 steps."""
    words = shlex.split(line)
    assert words[0] in ("python", "pytest")
    words[:1] = [sys.executable] if words[0] == "python" else [sys.executable, "-m", "pytest"]
    words = [str(ROOT / word) if word.startswith(("tests/", "reports/")) else word for word in words]
    if "RUN" in words:
        run = results.records(folder / "runs-shapes").set_index("method").loc["aegan", "run"].iloc[0]
        words = [run[:8] if word == "RUN" else word for word in words]
    return words + (TINY.split() if "benchmarks.run" in words else [])


def test_the_tutorial_names_its_files_and_is_short() -> None:
    code = [text for language, text in blocks() if language == "python"]
    assert [next(f for said, f in FILES.items() if f'"""{said}' in text) for text in code] == list(
        FILES.values()
    )
    text = (ROOT / "TUTORIAL.md").read_text()
    assert all(f"`{name}`" in text for name in FILES.values()) and len(text.split("\n")) < 200


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_of_the_tutorial_runs(tmp_path: Path, cache: Path) -> None:
    own = os.environ | {"PYTHONPATH": str(ROOT), "BIDIGAN_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    for language, text in blocks():
        if language == "python":
            name = next(file for said, file in FILES.items() if f'"""{said}' in text)
            (tmp_path / name).write_text(text)
            continue
        for line in text.splitlines():
            made = subprocess.run(
                command(line, tmp_path), cwd=tmp_path, env=own, capture_output=True, text=True, timeout=600
            )
            assert made.returncode == 0, f"{line}\n{made.stdout[-2000:]}\n{made.stderr[-2000:]}"
    assert (tmp_path / "grid.png").exists() and (tmp_path / "pairs.png").exists()
    assert (tmp_path / "runs-shapes" / "report.html").exists()
    records = results.records(tmp_path / "runs-shapes")
    assert set(records["method"]) == {"lsgan", "gan", "aegan"} and len(records) == 9
