"""The command that is recorded makes the results again and tells nothing of the disk it ran on."""

from benchmarks import cli


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
