"""The executor on Ray, on clusters of several nodes of this machine: machines lost, drivers killed, nothing shared."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import results
from benchmarks.execution.ray import driver
from benchmarks.planning import preset
from benchmarks.planning.plan import Context, Node, Plan, make
from benchmarks.storage.cached import default_cache
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny
from tests.benchmarks.execution.test_failure import BROKEN

ray = pytest.importorskip("ray", reason="Ray is not installed")
cluster_utils = pytest.importorskip("ray.cluster_utils")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Ray's own warnings are not ours
ROOT = Path(__file__).parents[3]
HEAD = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 100 * 2**20}
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray gives its workers the lowest priority, with which a busy machine's tests would never end."""
    monkeypatch.setenv("RAY_worker_niceness", "0")


@contextmanager
def machines(count: int) -> Iterator[tuple[Any, list[Any]]]:
    """A head without CPUs, which is the driver's machine, and `count` with one CPU each."""
    made = cluster_utils.Cluster(initialize_head=True, head_node_args=HEAD)
    try:
        yield made, [made.add_node(**NODE) for _ in range(count)]
    finally:
        made.shutdown()


def smoke(out: Path) -> Plan:
    """The shipped smoke preset, one seed, five times as long."""
    values = preset.read("smoke") | {"seeds": 1, "steps": 200, "evaluate": [100, 200]}
    out.mkdir()
    return make(values, Context(out, default_cache(), None, None, "cpu"), "cpu")


def rows(out: Path) -> dict[str, Any]:
    """The values of all runs by file."""
    files = out.glob("runs/*/metrics/*.json")
    return {path.relative_to(out).as_posix(): read_json(path)["rows"] for path in files}


def test_a_machine_lost_in_the_middle_costs_time_and_no_result(tmp_path: Path) -> None:
    """Every run of a smoke plan has the weights and values that it has in-process."""
    here, there = (smoke(tmp_path / name) for name in ("here", "there"))
    assert {outcome.status for outcome in tiny.go(here).values()} == {"ok"}
    training: set[str] = set()
    with (
        machines(2) as (cluster, nodes),
        driver.cluster(cluster.address, 1, "cpu", 1) as backend,
    ):
        assert backend.workers == 2

        def progress(node: Node, phase: str, done: int, of: int) -> None:
            if phase == "train" and len(training) < 2:
                training.add(node.key)
                if len(training) == 2:  # two machines, two runs: one of them is lost
                    cluster.remove_node(nodes[1], allow_graceful=False)

        ended = tiny.go(there, backend, progress)
    assert {outcome.status for outcome in ended.values()} == {"ok"} and ended.keys() == {
        n.key for n in there.nodes
    }
    assert tiny.weights(there) == tiny.weights(here) and len(tiny.weights(here)) >= 5
    assert rows(tmp_path / "there") == rows(tmp_path / "here") != {}
    records = [RunFolder(tmp_path / "there", node.key).record() or {} for node in there.runs]
    lost = [record for record in records if "attempts" in record]
    assert lost and all(record["interrupted"].startswith("lost on ") for record in lost)
    assert not list((tmp_path / "there").glob(".ray-*"))


def command(folder: Path, out: str, *more: str) -> list[str]:
    changes = ["--methods", "gan,creswell,ae", "--set", "steps=200", "--set", "evaluate=[100,200]"]
    changes += ["--set", "method.creswell.options.search_steps=2"]
    program = [
        sys.executable,
        "-m",
        "benchmarks.run",
        "--preset",
        str(tiny.file(folder)),
        "--out",
        str(folder / out),
    ]
    return [*program, *changes, *more]


def state(out: Path) -> dict[str, Any]:
    """Weights and histories of all runs."""
    records = {path.parent.name: read_json(path) for path in out.glob("runs/*/record.json")}
    return {name: (r["weights_sha256"], r["history_sha256"]) for name, r in records.items()}


def workers() -> list[psutil.Process]:
    """Processes that perform a run for Ray."""
    titles = {process: (process.info["cmdline"] or [""])[0] for process in psutil.process_iter(["cmdline"])}
    return [process for process, title in titles.items() if title.startswith("ray::") and "seed" in title]


def test_a_driver_killed_and_started_again_goes_on(tmp_path: Path) -> None:
    subprocess.run(
        command(tmp_path, "here", "--executor", "inprocess"), cwd=ROOT, check=True, capture_output=True
    )
    with machines(2) as (cluster, _):
        asked = command(tmp_path, "there", "--executor", "ray", "--ray-address", cluster.address)
        with subprocess.Popen(
            asked, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as driver:
            while not [p for p in tmp_path.glob("there/runs/*/history.jsonl") if p.stat().st_size > 200]:
                assert driver.poll() is None
                time.sleep(0.1)
            os.kill(driver.pid, signal.SIGKILL)
        killed = time.monotonic()
        while workers():
            assert time.monotonic() - killed < 30, "a worker without a driver must not go on writing"
            time.sleep(0.1)
        assert len(state(tmp_path / "there")) < 3
        again = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert state(tmp_path / "there") == state(tmp_path / "here") and len(state(tmp_path / "here")) == 3


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"),
    reason="hiding a folder from a process needs root and unshare",
)
def test_a_machine_that_shares_nothing_sends_its_files_back(tmp_path: Path) -> None:
    """A node to which output folder and cache are empty file systems of its own."""
    subprocess.run(
        command(tmp_path, "here", "--executor", "inprocess"), cwd=ROOT, check=True, capture_output=True
    )
    hidden = [tmp_path / "there", tmp_path / "cache"]
    for folder in hidden:
        folder.mkdir()
    with machines(0) as (cluster, _):
        mounts = " && ".join(f"mount -t tmpfs none {folder}" for folder in hidden)
        start = (
            f"{Path(sys.executable).with_name('ray')} start --address={cluster.address} --num-cpus=1 --block"
        )
        node = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", f"{mounts} && exec {start} --object-store-memory=100000000"],
            env={**os.environ, "BIDIGAN_CACHE": str(tmp_path / "elsewhere")},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            asked = [
                "--executor",
                "ray",
                "--ray-address",
                cluster.address,
                "--cache",
                str(tmp_path / "cache"),
            ]
            wait_for(cluster, 2)
            done = subprocess.run(
                command(tmp_path, "there", *asked), cwd=ROOT, capture_output=True, text=True
            )
        finally:
            node.terminate()
            node.wait(60)
    assert done.returncode == 0, done.stderr
    assert state(tmp_path / "there") == state(tmp_path / "here") and len(state(tmp_path / "here")) == 3
    assert {path.name for path in tmp_path.glob("elsewhere/*")} == {"ray"}


def wait_for(cluster: Any, count: int) -> None:
    """Until so many nodes have joined; the utility counts only those that it started."""
    ray.init(cluster.address, logging_level="ERROR", log_to_driver=False)
    try:
        begun = time.monotonic()
        while len([node for node in ray.nodes() if node["Alive"]]) < count:
            assert time.monotonic() - begun < 60
            time.sleep(0.2)
    finally:
        ray.shutdown()


OTHER = """
import ray, sys
ray.__version__ = "2.0.0"
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


def test_another_version_of_ray_is_one_line(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as head:  # fmt: skip
        assert head.stdout is not None
        address = head.stdout.readline().strip()
        asked = command(tmp_path, "out", "--executor", "ray", "--ray-address", address)
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
        head.communicate("")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert (
        line.startswith(f"error: --executor ray, --ray-address {address}: ")
        and "Version mismatch" in line
        and "2.0.0" in line
    )


def test_a_run_that_fails_there_says_where_here(tmp_path: Path) -> None:
    """Term and line in the terminal, the traceback in the driver's folder."""
    (tmp_path / "mine.py").write_text(BROKEN)
    more = [
        "--executor",
        "ray",
        "--workers",
        "1",
        "--plugin",
        str(tmp_path / "mine.py"),
        "--methods",
        "broken",
    ]
    done = subprocess.run(command(tmp_path, "out", *more), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "(in term_rec_x; methods/losses.py line " in done.stdout
    (run,) = (tmp_path / "out" / "runs").iterdir()
    assert "in make_x_rec" not in results.traceback(tmp_path / "out", run.name)
    assert "in term_rec_x" in results.traceback(tmp_path / "out", run.name)


def test_a_ray_of_its_own_is_gone_afterwards(tmp_path: Path) -> None:
    asked = command(tmp_path, "out", "--executor", "ray", "--workers", "1", "--methods", "gan")
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "meta.json").read_text())["command"].count("--executor ray") == 1
    assert not workers()
