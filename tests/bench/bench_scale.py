"""How far it scales: a thousand tiny runs on Ray beside in-process, and a report on ten thousand finished runs.

`python -m tests.bench.bench_scale` measures and prints what reports/published/scale.md holds.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.reports import synthetic

METHODS = ("gan", "aegan", "aae", "ae")
VARIANTS: dict[str, tuple[str, ...]] = {
    name: ("", "width=1", "width=2", "width=3", "width=4") for name in METHODS
}
SEEDS = 500  # 4 methods, 5 variants each: 10,000 runs
SHOWN = 3  # seeds with panels; the page shows no more of each method
READ = """
import json, sys, time
from benchmarks import results
def peak(): return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024  # its own, not its parent's
begun, used = time.monotonic(), time.process_time()
frame, records = results.load(sys.argv[1]), results.records(sys.argv[1])
found = {"runs": len(records), "rows": len(frame), "load_s": time.monotonic() - begun,
         "load_cpu_s": time.process_time() - used, "load_mb": peak()}
from reports import render
begun, used = time.monotonic(), time.process_time()
render(sys.argv[1])
print(json.dumps({**found, "render_s": time.monotonic() - begun, "render_cpu_s": time.process_time() - used,
                  "render_mb": peak()}))
"""


def store(folder: Path, seeds: int = SEEDS) -> Path:
    """A synthetic results folder; panels for the first few seeds."""
    synthetic.write(folder, METHODS, range(min(SHOWN, seeds)), VARIANTS)
    return synthetic.write(folder, METHODS, range(seeds), VARIANTS, panels=False)


def read(folder: Path) -> dict[str, float]:
    """Seconds (wall, CPU) and peak memory (MB) of loading and of rendering, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def tiny_runs(folder: Path, count: int, ray: bool) -> dict[str, float]:
    """Seconds a run, wall and (in-process) CPU, of so many GANs of one cycle, one after another."""
    from benchmarks.execution.inprocess import InProcess
    from benchmarks.execution.ray import driver
    from benchmarks.execution.scheduler import Backend, schedule
    from tests.benchmarks import tiny

    made = tiny.plan(folder, methods=["gan"], seeds=count, steps=2, evaluate=[2], metrics=[])

    def seconds(backend: Backend) -> dict[str, float]:
        stream = schedule(made.nodes, backend, tiny.quiet)
        assert next(stream).status == "ok"  # prepared: the clock starts with the runs
        begun, used, ended = time.monotonic(), time.process_time(), 0
        inside = 0.0
        for outcome in stream:
            assert outcome.status == "ok" and not outcome.cached
            inside += outcome.seconds
            ended += 1
        wall = time.monotonic() - begun
        return {
            "wall": wall / ended,
            "inside": inside / ended,
            "driver_cpu": (time.process_time() - used) / ended,
        }

    if not ray:
        return seconds(InProcess())
    with driver.cluster(None, 1, "cpu", 1) as backend:
        return seconds(backend)


@pytest.mark.slow
def test_ten_thousand_runs(tmp_path: Path, benchmark: Any) -> None:
    """Loaded and rendered; the goals are 10 s and 30 s, and scale.md says where the time goes."""
    folder = store(tmp_path)
    found = benchmark.pedantic(lambda: read(folder), rounds=1)
    benchmark.extra_info |= {name: round(value, 1) for name, value in found.items()}
    assert found["runs"] == 10_000 and found["rows"] > 10_000


def main() -> None:
    """Everything, as lines of a Markdown table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        for name, ray in (("in-process", False), ("ray", True)):
            found = tiny_runs(Path(folder) / name, count, ray)
            told = ", ".join(f"{key} {1000 * value:.1f} ms" for key, value in found.items())
            print(f"{count} runs, {name}: {told} a run", flush=True)
        begun = time.monotonic()
        made = store(Path(folder) / "store")
        print(f"store written in {time.monotonic() - begun:.0f} s", flush=True)
        print(json.dumps({key: round(value, 1) for key, value in read(made).items()}))


if __name__ == "__main__":
    main()
