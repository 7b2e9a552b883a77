"""Trouble from outside and inside: a full, read-only or vanished folder, losses that diverge, Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from benchmarks import results
from benchmarks.execution import attempt, backends, interrupt
from benchmarks.execution.inprocess import InProcess
from benchmarks.planning import plugins
from benchmarks.run import main
from tests.benchmarks import tiny

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No report and no timing, which have their own tests."""
    tiny.quick(monkeypatch)


def call(preset: Path, out: Path, *args: str) -> int:
    return main(["--preset", str(preset), "--out", str(out), "--executor", "inprocess", *args])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), lines
    return lines[0]


@pytest.mark.parametrize("executor", ["inprocess", pytest.param("processes", marks=pytest.mark.slow)])
def test_a_full_disk(executor: str, disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preset, out = tiny.file(tmp_path), disk / "out"
    assert call(preset, out, "--methods", "gan") == 0
    before = results.load(out)
    filler = disk / "filler"
    with pytest.raises(OSError), filler.open("wb", 0) as file:
        while True:
            file.write(bytes(4096))
    capsys.readouterr()
    assert call(preset, out, "--methods", "gan,aegan", "--executor", executor, "--workers", "1") == 2
    said = one_line(capsys)
    assert "No space left on device" in said and str(out) in said
    pd.testing.assert_frame_equal(results.load(out), before)
    filler.unlink()
    assert call(preset, out, "--methods", "gan,aegan") == 0
    assert "1 run to train, 1 found" in capsys.readouterr().out


def test_a_read_only_folder(disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preset, out = tiny.file(tmp_path), disk / "out"
    assert call(preset, out, "--methods", "gan") == 0
    before = results.load(out)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    capsys.readouterr()
    assert call(preset, out, "--methods", "aegan") == 2
    said = one_line(capsys)
    assert f"{out} cannot be written to" in said
    assert call(preset, disk / "new", "--methods", "aegan") == 2
    assert f"{disk} cannot be written to" in one_line(capsys)
    pd.testing.assert_frame_equal(results.load(out), before)


def test_a_folder_that_vanishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Vanishing(InProcess):
        def wait(self) -> Any:
            ended = super().wait()
            if any(node.kind != "prepare" for node, _ in ended):
                shutil.rmtree(tmp_path / "out", ignore_errors=True)
            return ended

    monkeypatch.setitem(backends.BACKENDS, "inprocess", lambda *flags: nullcontext(Vanishing()))
    assert call(tiny.file(tmp_path), tmp_path / "out") == 2
    assert "has gone while the command was running" in one_line(capsys)
    assert not (tmp_path / "out").exists()


DIVERGING = """
from methods.gan import GAN

class Diverging(GAN):
    name, title, paper, summary = "diverging", "Diverging", "none", "NaN from the ninth update of G on"

    def init_state(self):
        import torch
        return {"updates": torch.zeros(())}

    def term_adv_x_gen(self, n, b):
        loss = super().term_adv_x_gen(n, b)
        return loss * float("nan") if b.state["updates"] > 8 else loss

    def after(self, t, b, state):
        state["updates"] += "adv_x_gen" in t
"""


@pytest.fixture
def diverging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(plugins, "_seen", {})
    before = {kind: set(kind.names()) for kind in plugins.REGISTRIES}
    (tmp_path / "diverging.py").write_text(DIVERGING)
    yield str(tmp_path / "diverging.py")
    for kind, names in before.items():
        kind.remove(set(kind.names()) - names)


def test_divergence_is_a_result(diverging: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    args = [
        "--plugin",
        diverging,
        "--methods",
        "diverging,gan",
        "--set",
        "steps=16",
        "--set",
        "evaluate=[8,16]",
    ]
    args += ["--metrics", "collapse"]
    assert call(tiny.file(tmp_path), out, *args) == 1
    assert "diverging, seed 0: diverged" in capsys.readouterr().out
    row = results.records(out).set_index("method").loc["diverging"]
    assert row["status"] == "diverged" and row["step"] == 16
    assert row["reason"].startswith(
        "adv_x_gen, fake_x_gen, real_x not finite by step 16; last finite losses: adv_x_gen "
    )
    assert row["reason"].endswith("; first adv_x_gen after step 8 (term_adv_x_gen; diverging.py line 11)")
    frame = results.load(out)
    own = frame[frame["method"] == "diverging"]
    assert set(own[own["status"] == "ok"]["step"]) == {8}, "what was evaluated before stays"
    assert list(own[own["status"] == "diverged"]["reason"]) == [row["reason"]]
    assert list(results.history(out, row["run"])["step"]) == [8]
    assert call(tiny.file(tmp_path), out, *args) == 1
    said = capsys.readouterr().out
    assert "nothing to train" in said and "set aside" not in said
    assert call(tiny.file(tmp_path), out, *args, "--methods", "diverging", "--force") == 1
    assert "1 run to train" in capsys.readouterr().out


def test_ctrl_c_that_native_code_swallows_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch answers it with a TypeError in some places: no run failed, and nothing more is begun."""
    read = attempt.checkpoint.digest

    def swallowed(tensors: Any) -> str:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise TypeError(
                "could not determine the shape of object type 'torch.storage.UntypedStorage'"
            ) from None
        return read(tensors)

    monkeypatch.setattr(attempt.checkpoint, "digest", swallowed)
    # a shell's background job begins with it ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("benchmarks.execution.estimate.measure", lambda *about: (0.0, 0.0))
    assert call(tiny.file(tmp_path), tmp_path / "out") == 130
    said = capsys.readouterr()
    assert "interrupted: finished runs are kept" in said.err and "TypeError" not in said.out + said.err
    assert signal.getsignal(signal.SIGINT) is before
    assert not list((tmp_path / "out").glob("runs/*/traceback.txt"))
    monkeypatch.setattr(attempt.checkpoint, "digest", read)
    interrupt.check()  # nothing is left of it in this process
    assert call(tiny.file(tmp_path), tmp_path / "out") == 0


@pytest.mark.slow
def test_ctrl_c_with_processes(tmp_path: Path) -> None:
    preset, out = tiny.file(tmp_path), tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "benchmarks.run",
        "--preset",
        str(preset),
        "--out",
        str(out),
        "--metrics",
        "search",
    ]
    command += ["--executor", "processes", "--workers", "2", "--set", "method.aegan.steps=400000",
                "--set", "method.aegan.evaluate=[400000]"]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler
        ),  # a background shell ignores it
    ) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("runs/*/record.json")) or len(list(out.glob("runs/*/history.jsonl"))) < 2:
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()
            time.sleep(0.05)
        workers = psutil.Process(process.pid).children(recursive=True)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - start < 5
    assert (
        process.returncode == 130
        and "interrupted: finished runs are kept" in said
        and "Traceback" not in said
    )
    _, left = psutil.wait_procs(workers, timeout=3)  # what is on its way out may need a moment
    assert not any(worker.status() != "zombie" for worker in left)
    records = results.records(out).set_index("method")
    assert dict(records["status"]) == {"gan": "ok", "aegan": "failed"}
    assert records.loc["aegan", "reason"] == "interrupted"
