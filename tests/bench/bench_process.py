"""What whole processes cost: memory, two workers beside one, and the way from the command to the first steps."""

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.execution.processes import Processes
from benchmarks.storage.cached import default_cache
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny

MEMORY = """
import resource
from tests.bench.bench_core import compared
if {name!r}:
    compared({case!r})[{name!r}]()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def processor_time() -> float:
    """Seconds that processes which have ended were given."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("case", ["aegan-16", pytest.param("aegan-32", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_peak_memory(case: str, benchmark: Any) -> None:
    """Of one cycle, in a process of its own, beyond that of the imports."""

    def peak(name: str) -> float:
        code = MEMORY.format(name=name, case=case)
        said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        return float(said.stdout)

    names = ("", "plain", "fp32", "fp32 + fold", "bf16 + fold")[: 5 if benchmark.enabled else 2]
    made = benchmark.pedantic(lambda: {name: peak(name) for name in names}, rounds=1)
    for name in names[1:]:
        benchmark.extra_info[name] = f"{made[name] - made['']:.0f} MB"
    assert made["plain"] >= made[""] > 0


@pytest.mark.slow
def test_two_workers_beside_one(tmp_path: Path, benchmark: Any) -> None:
    """Steps a second of two runs at once beside those of one run after another; starting a process is not in them."""
    steps = 200 if benchmark.enabled else 8

    def rates(workers: int) -> list[float]:
        out = tmp_path / f"{workers}-{time.monotonic_ns()}"
        plan = tiny.plan(
            out, methods=["aegan"], seeds=2, steps=steps, evaluate=[steps], data__size=16, arch__width=0.125
        )
        tiny.go(plan, Processes(workers))
        records = [RunFolder(out, node.key).record() for node in plan.runs]
        return [record["steps_per_s"] for record in records if record]

    def both() -> dict[int, list[float]]:
        return {workers: rates(workers) for workers in (1, 2)}

    made = benchmark.pedantic(both, rounds=1)
    assert len(made[1]) == len(made[2]) == 2
    alone, together = statistics.mean(made[1]), sum(made[2])
    benchmark.extra_info["steps a second, one worker"] = f"{alone:.1f}"
    benchmark.extra_info["two workers"] = f"{together:.1f}, {together / alone:.2f}x"


@pytest.mark.slow
def test_from_the_command_to_the_first_steps(tmp_path: Path, benchmark: Any) -> None:
    """Until the first row of a history (20 steps of `smoke`), data and extractor cached."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.run",
        "--preset",
        "smoke",
        "--methods",
        "aegan",
        "--seeds",
        "1",
    ]
    subprocess.run(
        [*command, "--out", str(tmp_path / "warm"), "--cache", str(default_cache())],
        check=True,
        capture_output=True,
    )

    def wait() -> tuple[float, float]:
        out, start, used = tmp_path / str(time.monotonic_ns()), time.monotonic(), processor_time()
        with subprocess.Popen(
            [*command, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while not any(path.stat().st_size for path in out.glob("runs/*/history.jsonl")):
                assert process.poll() is None, "it ended without a step"
                time.sleep(0.02)
            taken = time.monotonic() - start
            process.kill()
        return taken, processor_time() - used

    taken, used = benchmark.pedantic(wait, rounds=3 if benchmark.enabled else 1)
    benchmark.extra_info["the last of them"] = f"{taken:.1f} s, {used:.1f} s of processor time"
    assert 0 < used and 0 < taken < 600
