"""Wherever a command runs it works, or says in one line before training why not."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.commands import cli, surroundings
from benchmarks.commands.flags import seeds
from benchmarks.storage.cached import default_cache

ROOT = Path(__file__).parents[3]
QUICK = ("--preset", "smoke", "--methods", "ae", "--seeds", "1", "--list", "presets")


def python(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Our interpreter in another environment; what it says is read as Latin-1, whatever it is."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONIOENCODING")}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        encoding="latin-1",
    )


def test_paths_as_people_write_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for text, path in (
        ("~/results", tmp_path / "results"),
        ("'~/my results'", tmp_path / "my results"),
        ('"a b"', Path("a b")),
        (" runs ", Path("runs")),
        ("../x/./y", Path("../x/y")),
        ("it's", Path("it's")),
    ):
        assert surroundings.as_path(text) == path
    assert cli.parser().parse_args(["--out=~/r"]).out == tmp_path / "r"
    for text in ("", "''", "a\0b", "~no-such-user-here/x"):
        with pytest.raises(argparse.ArgumentTypeError):
            surroundings.as_path(text)


def test_flags_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    """`--seed 7` would be seven seeds."""
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["--seed", "7"])
    assert "unrecognized arguments: --seed 7" in capsys.readouterr().err


def test_seeds_that_no_table_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seeds(f"{2**63 - 1},") == [2**63 - 1]
    with pytest.raises(ValueError, match="a seed is at most 9223372036854775807"):
        seeds(f"{2**63},")
    with pytest.raises(ValueError, match=r"that is 20,261,125 seeds; 20261125, is seed 20261125 alone"):
        seeds("20261125")


def test_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert default_cache() == Path(os.environ["BIDIGAN_CACHE"])
    monkeypatch.delenv("BIDIGAN_CACHE")
    with pytest.raises(ValueError, match=r"give --cache DIR, or set \$BIDIGAN_CACHE"):
        default_cache()


def test_the_cache_may_be_below_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BIDIGAN_CACHE", "~/kept")
    assert default_cache() == tmp_path / "kept"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding(encoding: str) -> None:
    code = (
        "from benchmarks.commands.surroundings import guarded\n"
        "def say():\n"
        "    print('\\u2191 \\u00b1 \\u2500 caf\\u00e9')\n"
        "    raise ValueError('\\u56f3')\n"
        "raise SystemExit(guarded(say))"
    )
    done = python("-c", code, PYTHONIOENCODING=encoding)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stdout.startswith("?" if encoding != "utf-8" else "\u2191".encode().decode("latin-1"))
    assert done.stderr.startswith("error: ")


def test_a_package_of_our_name_is_named(tmp_path: Path) -> None:
    for name in ("datasets", "methods"):
        other = tmp_path / name / name
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("")
        done = python("-m", "benchmarks.run", *QUICK, cwd=tmp_path / name, PYTHONPATH=str(ROOT))
        assert done.returncode == 2, done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith(
            f"error: {other / '__init__.py'} is imported as '{name}' instead of {ROOT / name}"
        )


def test_a_data_folder_of_our_name_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    done = python("-m", "benchmarks.run", *QUICK, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr


def test_a_narrow_terminal() -> None:
    code = (
        "from rich.console import Console\n"
        "from benchmarks.commands.surroundings import any_terminal\n"
        "from reports.terminal import frame\n"
        "any_terminal()\n"
        "made = frame('A title that is long', ['Method', 'Vendi ratio', 'Near-duplicates'])\n"
        "made.add_row('aegan', '0.75', '0.12')\n"
        "Console().print(made)"
    )
    done = python("-c", code, COLUMNS="20", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 20
