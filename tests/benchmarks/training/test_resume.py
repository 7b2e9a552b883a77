"""A run that is killed and asked for again ends with the same bits, and its history has no gaps or doubles."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.planning.plan import Plan
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny

ROOT = Path(__file__).parents[3]
CHANGES: dict[str, Any] = {"methods": ["gan"], "steps": 160, "evaluate": [40, 100, 160], "metrics": []}


def work(out: Path) -> None:
    """What the killed process does."""
    import torch

    torch.set_num_threads(1)
    tiny.go(tiny.plan(out, **CHANGES))


def history(made: Plan) -> list[dict[str, float]]:
    folder = RunFolder(made.runs[0].context.out, made.runs[0].key)
    return (
        [json.loads(line) for line in folder.history.read_text().splitlines()]
        if folder.history.exists()
        else []
    )


def kill_after(out: Path, made: Plan, rows: int) -> int:
    """Kill a process that trains when its history has that many rows; how many it had in the end."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(out,))
    process.start()
    try:
        while len(history(made)) < rows and process.is_alive():
            time.sleep(0.002)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.join()
    assert process.exitcode == -signal.SIGKILL, "it was not killed in time"
    return len(history(made))


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole, killed = tiny.plan(tmp_path / "whole", **CHANGES), tiny.plan(tmp_path / "killed", **CHANGES)
    tiny.go(whole)
    kill_after(tmp_path / "killed", killed, rows=int(np.random.default_rng().integers(1, 7)))
    assert RunFolder(tmp_path / "killed", killed.runs[0].key).record() is None
    outcome = tiny.go(killed)[killed.runs[0].key]
    assert outcome.status == "ok" and not outcome.cached
    assert tiny.weights(killed) == tiny.weights(whole)
    assert history(killed) == history(whole) and [row["step"] for row in history(whole)] == list(
        range(20, 161, 20)
    )
    for step in CHANGES["evaluate"]:
        files = [
            RunFolder(made.runs[0].context.out, made.runs[0].key).weights(step) for made in (whole, killed)
        ]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_checkpoint_that_was_never_written_means_from_the_start(tmp_path: Path) -> None:
    whole, killed = tiny.plan(tmp_path / "whole", metrics=[]), tiny.plan(tmp_path / "killed", metrics=[])
    tiny.go(whole)
    for node in killed.runs:
        folder = RunFolder(tmp_path / "killed", node.key)
        folder.path.mkdir(parents=True)
        folder.append_history({"step": 4, "rec_x": 9.0})
        folder.history.write_text(folder.history.read_text() + '{"step": 8, "re')
        (folder.path / ".checkpoint.safetensors.abc").write_bytes(b"half")
    tiny.go(killed)
    assert tiny.weights(killed) == tiny.weights(whole) and history(killed) == history(whole)


COMMAND = ["--seeds", "2", "--workers", "2", "--executor", "processes"]


def command(out: Path) -> list[str]:
    changes = ["--set", "steps=200", "--set", "evaluate=[40,120,200]", "--methods", "gan,aegan"]
    return [
        sys.executable,
        "-m",
        "benchmarks.run",
        "--preset",
        str(out.parent / "tiny.toml"),
        "--out",
        str(out),
        *changes,
        *COMMAND,
    ]


def state(out: Path) -> dict[str, Any]:
    """What must not depend on kills: weights, histories and values of all runs."""
    made: dict[str, Any] = {}
    for run in sorted((out / "runs").iterdir()):
        rows = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        values = {path.name: read_json(path)["rows"] for path in sorted((run / "metrics").glob("*.json"))}
        made[run.name] = (read_json(run / "record.json")["weights_sha256"], rows, values)
    return made


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    """The command itself, workers and all: while it prepares, trains, evaluates, renames, collects and reports."""
    tiny.file(tmp_path)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    start = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), cwd=ROOT, check=True, capture_output=True, env=environment)
    whole_s = time.monotonic() - start
    rng = np.random.default_rng()
    kills = 0
    while kills < 20:
        # Alone or with its workers; the later the moment, the nearer to the end, since it goes on each time.
        with subprocess.Popen(
            command(tmp_path / "killed"), cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                code = process.wait(rng.uniform(0.3, 0.8) * whole_s)
                assert code == 0
                assert state(tmp_path / "killed") == state(tmp_path / "whole")
                subprocess.run(["rm", "-r", str(tmp_path / "killed")], check=True)
            except subprocess.TimeoutExpired:
                kills += 1
                if rng.random() < 0.5:
                    os.kill(process.pid, signal.SIGKILL)
                else:
                    os.killpg(process.pid, signal.SIGKILL)
    done = subprocess.run(
        command(tmp_path / "killed"), cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert state(tmp_path / "killed") == state(tmp_path / "whole")
    left = [path.name for path in (tmp_path / "killed" / "runs").rglob("*") if path.name.startswith(".")]
    assert len(left) < 20, left  # a kill may leave one temporary file
