"""The command that is recorded makes the results again and tells nothing of the disk it ran on."""

import pytest

from benchmarks.commands import cli


def test_the_recorded_command_has_no_places() -> None:
    argv = [
        "--preset",
        "quick",
        "--out",
        "/somewhere/a b",
        "--cache=/tmp/c",
        "--data-root",
        "~/x",
        "--seeds",
        "3",
    ]
    assert cli.command(argv) == "python -m benchmarks.run --preset quick --seeds 3"


def test_an_error_is_one_line_that_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def bad() -> int:
        raise ValueError("a\x1b[31m\nb é 図 \u202e.png")

    assert cli.guarded(bad) == 2
    assert capsys.readouterr().err == "error: a\\x1b[31m\\nb é 図 \\u202e.png\n"
