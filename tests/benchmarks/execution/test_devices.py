"""Devices and workers on machines that are not this one: several GPUs, one, none."""

import pytest

from benchmarks.commands import cli
from benchmarks.execution import devices


@pytest.mark.parametrize(
    ("flags", "device", "count"),
    [
        ([], "cuda", 2),
        (["--per-device", "3"], "cuda", 6),
        (["--per-device", "3"], "cuda:1", 3),
        (["--workers", "5"], "cuda", 5),
        (["--workers", "5"], "cpu", 5),
    ],
)
def test_workers_on_a_machine_of_two_gpus(
    flags: list[str], device: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert devices.workers(cli.parser().parse_args(flags), device) == count


def test_one_way_of_saying_how_many_workers() -> None:
    args = cli.parser().parse_args(["--workers", "4", "--per-device", "2"])
    with pytest.raises(ValueError, match="--per-device 2 and --workers 4: give one"):
        devices.workers(args, "cuda")


@pytest.mark.parametrize(
    ("device", "visible", "expected"),
    [
        ("cuda", 2, ["cuda:0", "cuda:1", "cuda:0"]),
        ("cuda", 1, ["cuda:0"] * 3),
        ("cuda:1", 2, ["cuda:1"] * 3),
        ("cpu", 0, ["cpu"] * 3),
        ("cpu", 2, ["cpu"] * 3),
    ],
)
def test_workers_take_the_gpus_in_turn(device: str, visible: int, expected: list[str]) -> None:
    assert [devices.place(device, worker, visible) for worker in range(3)] == expected
