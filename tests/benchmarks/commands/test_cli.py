"""The command that is recorded makes the results again and tells nothing of the disk it ran on."""

from pathlib import Path

import pytest

from benchmarks.commands import cli
from benchmarks.commands.flags import preset_values
from tests.benchmarks import tiny

QUICK = "Does the GAN collapse where AEGAN does not? (toonfaces 16 px, DCGAN networks at 1/8 width with layer norm)"


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


def test_a_preset_may_leave_the_family_to_a_flag(tmp_path: Path) -> None:
    path = tiny.file(tmp_path, tiny.TOML.replace('family = "aegan"\n', ""))
    made = preset_values(cli.parser().parse_args(["--preset", str(path), "--dataset", "digits"]))
    assert made["title"] == "digits, otherwise as preset tiny" and "family" not in made
    made = preset_values(cli.parser().parse_args(["--preset", str(path), "--family", "dcgan"]))
    assert made["family"] == "dcgan"


@pytest.mark.parametrize(
    ("flags", "title"),
    [
        ([], QUICK),
        (["--dataset", "toonfaces", "--steps", "9"], QUICK),
        (["--dataset", "ring8", "--family", "mlp"], "ring8, family mlp, otherwise as preset quick"),
        (["--family", "aegan"], "toonfaces, family aegan, otherwise as preset quick"),
    ],
)  # fmt: skip
def test_a_presets_title_is_not_said_of_other_data_or_networks(flags: list[str], title: str) -> None:
    assert preset_values(cli.parser().parse_args(flags))["title"] == title
