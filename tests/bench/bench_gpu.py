"""Paper-scale AEGAN and GAN on a GPU: eager, as CUDA graphs, folded, in bf16; one, three and six runs at once, on streams
of one process and in processes.

`python -m pytest -m gpu tests/bench/bench_gpu.py -s` prints the table, and writes gpu.json and gpu.md into the folder
that BIDIGAN_BENCH_OUT names. Takes minutes. Several processes on one GPU run kernels side by side only under NVIDIA's
MPS (`nvidia-cuda-mps-control -d`); without it they take turns.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import gpu

PLAN = [
    *((manner, 1, "processes") for manner in gpu.MANNERS),
    *((gpu.FAST, k, how) for k, how in ((3, "streams"), (3, "processes"), (6, "streams"), (6, "processes"))),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[gpu.Measured]]:
    """What was measured so far; the table at the end."""
    measured: list[gpu.Measured] = []
    yield measured
    print("\n" + gpu.report(measured, "cuda", 64, 1.0))


@pytest.mark.gpu
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("plan", PLAN, ids=[f"{m.title}, {k} on {how}" for m, k, how in PLAN])
def test_the_papers_networks(
    plan: tuple[gpu.Manner, int, str], found: list[gpu.Measured], tmp_path: Path
) -> None:
    """Written after each, so that a time limit loses nothing."""
    manner, at_once, how = plan
    for method in ("aegan", "gan"):
        found.append(gpu.measure(method, manner, at_once, "cuda", steps=200, how=how))
        assert found[-1].execution == ("eager" if manner == gpu.EAGER else "CUDA graph")
    gpu.write(Path(os.environ.get("BIDIGAN_BENCH_OUT", tmp_path)), found, "cuda", 64, 1.0)


@pytest.mark.parametrize(
    ("at_once", "how"),
    [(1, "alone"), (2, "streams"), (2, "processes")],
)
@pytest.mark.slow
def test_the_same_on_a_cpu_in_small(at_once: int, how: str, tmp_path: Path) -> None:
    """What measures is run; the figures mean nothing."""
    sizes = {"size": 8, "width": 1 / 32, "steps": 20}
    found = [
        gpu.measure(method, gpu.FAST, at_once, "cpu", **sizes, how=how)  # type: ignore[arg-type]
        for method in ("aegan", "gan")
    ]
    assert all(m.steps_per_s > 0 and m.execution == "eager" and m.at_once == at_once for m in found)
    whole = gpu.hours(found, gpu.FAST.title, at_once, how)
    assert whole == pytest.approx(sum(6 * 300_000 / m.steps_per_s for m in found) / 3600)
    gpu.write(tmp_path, found, "cpu", 8, 1 / 32)
    text = (tmp_path / "gpu.md").read_text()
    assert f"{whole:.2f}" in text and "graphed, folded, bf16 (ran eager)" in text
    assert (tmp_path / "gpu.json").stat().st_size > 0
