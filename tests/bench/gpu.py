"""What a GPU makes of the paper's networks: steps a second of one run and of several at once, in processes or on streams."""

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from benchmarks.execution.streams import Lane
from benchmarks.training.flops import probe
from benchmarks.training.loop import LOG_EVERY, Hooks, train
from benchmarks.training.recording import CudaGraph
from benchmarks.training.state import Training
from methods.base import Spec
from tests.bench.bench_core import config

PAPER_STEPS, PAPER_SEEDS = 300_000, 6
WARM = 2 * LOG_EVERY  # steps before the clock starts


@dataclass(frozen=True)
class Manner:
    """How a step is run."""

    title: str
    precision: str = "fp32"
    fold: bool = False
    graphs: bool = True


EAGER = Manner("eager", graphs=False)
GRAPHED = Manner("graphed")
FOLDED = Manner("graphed, folded", fold=True)
FAST = Manner("graphed, folded, bf16", "bf16", fold=True)
MANNERS = (EAGER, GRAPHED, FOLDED, FAST)


@dataclass(frozen=True)
class Measured:
    """steps_per_s: of all runs together."""

    method: str
    manner: str
    at_once: int
    how: str
    steps_per_s: float
    execution: str
    peak_mb: float


def side_by_side(
    method: str, manner: Manner, device: str, size: int, width: float, steps: int, seeds: Sequence[int]
) -> list[dict[str, Any]]:
    """Train a run a seed for `steps` behind the warm-up, a cycle of each in turn, on a GPU each on a stream of its own.
    When each one's clock ran (rows of the history wait for the device), and how.
    """
    place = torch.device(device)
    on_gpu = place.type == "cuda"
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    made = config(method, size, width, latent=32, device=place.type, precision=manner.precision)
    made = made.model_copy(update={"arch": {**made.arch, "fold": manner.fold}})
    runs: list[tuple[Training, dict[int, float]]] = []
    lanes: list[Lane[None]] = []
    for seed in seeds:
        times: dict[int, float] = {}

        def work(pause: Callable[[], None], seed: int = seed, times: dict[int, float] = times) -> None:
            run = probe(made, Spec((3, size, size), labels=4), device, seed)
            run.config = run.config.model_copy(update={"steps": WARM + steps})
            runs.append((run, times))
            recorder = CudaGraph(place) if manner.graphs and on_gpu else None
            train(run, Hooks(partial(_clock, times), cycle_end=pause), recorder)

        lanes.append(Lane(work, device))
    while lanes:
        lanes = [lane for lane in lanes if not lane.turn() or lane.result()]
    peak = torch.cuda.max_memory_allocated() / 2**20 / len(runs) if on_gpu else 0.0
    return [
        {"from": times[WARM], "to": times[WARM + steps], "execution": run.execution, "peak_mb": peak}
        for run, times in runs
    ]


def _clock(times: dict[int, float], step: int, row: dict[str, float]) -> None:
    times[step] = time.time()


def _child(pipe: Connection, *args: Any) -> None:
    pipe.send(side_by_side(*args))


def measure(
    method: str,
    manner: Manner,
    at_once: int,
    device: str,
    size: int = 64,
    width: float = 1.0,
    steps: int = 400,
    how: str = "processes",
) -> Measured:
    """`at_once` runs of a method, each with its own seed, in processes that share the device or on streams of this one.
    The rate is that of the time in which all of them ran.
    """
    args, seeds = (method, manner, device, size, width, steps), list(range(at_once))
    if at_once == 1 or how == "streams":
        ends = side_by_side(*args, seeds)
    else:
        context = multiprocessing.get_context("spawn")
        pipes, children = [], []
        for seed in seeds:
            ours, theirs = context.Pipe()
            pipes.append(ours)
            children.append(context.Process(target=_child, args=(theirs, *args, [seed])))
            children[-1].start()
            theirs.close()
        ends = [end for pipe in pipes for end in pipe.recv()]
        for child in children:
            child.join()
    # Runs that started late or ended early leave the device to the others: the longest of them saw most company.
    seconds = max(end["to"] - end["from"] for end in ends)
    return Measured(
        method, manner.title, at_once, how if at_once > 1 else "alone", at_once * steps / seconds, ends[0]["execution"],
        max(end["peak_mb"] for end in ends),
    )  # fmt: skip


def hours(found: list[Measured], manner: str, at_once: int, how: str) -> float | None:
    """The paper's twelve runs, six of AEGAN and six of GAN, one method after the other."""
    rates = {m.method: m.steps_per_s for m in found if (m.manner, m.at_once, m.how) == (manner, at_once, how)}
    if rates.keys() != {"aegan", "gan"}:
        return None
    return sum(PAPER_SEEDS * PAPER_STEPS / rate for rate in rates.values()) / 3600


def report(found: list[Measured], device: str, size: int, width: float) -> str:
    """Markdown: rates, memory, and the hours of the paper's runs."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    lines = [
        f"Family aegan, {size} px, width {width:g}, batch 16, alternating critics, on {name}; torch {torch.__version__}"
        f" (CUDA {torch.version.cuda}).",
        "",
        "| method | step | runs at once | on | steps/s, all together | MiB a run | the paper's 12 runs, hours |",
        "|---|---|---|---|---|---|---|",
    ]
    for m in found:
        whole = hours(found, m.manner, m.at_once, m.how)
        told = f"{whole:.2f}" if whole else "–"
        how = (
            m.manner
            if m.execution != "eager" or m.manner == EAGER.title
            else f"{m.manner} (ran {m.execution})"
        )
        lines.append(
            f"| {m.method} | {how} | {m.at_once} | {m.how} | {m.steps_per_s:.1f} | {m.peak_mb:.0f} | {told} |"
        )
    return "\n".join(lines) + "\n"


def write(folder: Path, found: list[Measured], device: str, size: int, width: float) -> None:
    """gpu.json and gpu.md."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu.json").write_text(json.dumps([asdict(m) for m in found], indent=1) + "\n")
    (folder / "gpu.md").write_text(report(found, device, size, width))
