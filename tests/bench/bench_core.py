"""How long a training step takes, as ratios to a plain loop (tests/bench/plain.py) in one process: `tox -e bench`.

The rounds of what is compared take turns, so that a busy machine slows all alike, and on a CPU the process' own
time is taken. As an ordinary test each runs once and asserts no time.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

import pytest
import torch

from benchmarks.planning.config import Optim, RunConfig
from benchmarks.planning.registry import FAMILIES, METHODS
from benchmarks.planning.resolve import build_method
from benchmarks.snapshots.model import networks
from benchmarks.training.cycle import Cycle
from benchmarks.training.flops import advance, gflop_per_step, probe
from benchmarks.training.inductor import Compiled
from methods.base import Spec
from methods.families import convolution
from tests.bench import plain
from tests.marks import mostly_slow

WIDTHS = {16: 0.25, 32: 0.5, 64: 1.0}  # by image size: the paper's networks, narrower for smaller images
ROUNDS = {
    "aegan-16": 9,
    "aegan-32": 5,
    "aegan-64": 1,
    "mlp-16": 9,
    "mlp-64": 9,
    "dcgan-32": 5,
    "dense-28": 5,
    "conv-28": 9,
    "quick-16": 9,
}
# family, its options, latent units, batch, channels of the images
OTHERS: dict[str, tuple[str, dict[str, Any], int, int, int]] = {
    "dcgan": ("dcgan", {"width": 0.25}, 50, 64, 1),
    "dense": ("dense", {"width": 1024, "norm": "batch", "join": "hidden"}, 50, 128, 1),
    "conv": ("conv", {}, 32, 64, 1),
    "quick": ("dcgan", {"width": 0.125, "norm": "layer"}, 32, 32, 3),
}


def config(method: str, size: int = 16, width: float = 0.125, **changes: Any) -> RunConfig:
    """The networks of `lazarou2020-quick` on blank images."""
    entry, family = METHODS.get(method), FAMILIES.get("aegan")
    made = RunConfig(
        dataset="blank", data={}, family="aegan", arch={**family.defaults, "width": width}, method=method,
        weights=entry.weights, options=entry.options, prior="normal", latent=size, batch=16, steps=0, evaluate=(),
        optim=Optim(kind="keras-adam", clip="tensor"), seed=0, versions={},
    )  # fmt: skip
    return made.model_copy(update=changes)


def joint(case: str) -> tuple[RunConfig, Spec]:
    """AEGAN with joint critic updates and Adam, fp32 and folded: `aegan-32` by its size, `mlp-16` by its batch; `dcgan-32`
    on digits at 1/4 width, `dense-28` in the networks of BiGAN's MNIST, `conv-28` in those of Unrolled GAN, `quick-16` as the
    preset has it.
    """
    options = {**METHODS.get("aegan").options, "critic_updates": "joint"}
    family, _, number = case.partition("-")
    if family == "mlp":
        own = {"family": "mlp", "arch": FAMILIES.get("mlp").defaults, "latent": 2, "batch": int(number)}
        return config("aegan", options=options, optim=Optim(), **own), Spec((2,))
    size = int(number)
    if family != "aegan":
        name, changed, latent, batch, channels = OTHERS[family]
        own = {
            "family": name,
            "arch": {**FAMILIES.get(name).defaults, **changed},
            "latent": latent,
            "batch": batch,
        }
        return config("aegan", options=options, optim=Optim(), **own), Spec((channels, size, size))
    return config("aegan", size, WIDTHS[size], options=options, optim=Optim()), Spec((3, size, size))


def plain_loop(own: RunConfig, spec: Spec, norm: type[torch.nn.LayerNorm] = plain.ChannelNorm) -> plain.Loop:
    """The plain loop with the networks of `own`, unfolded."""
    ours = networks(unfolded(own), spec, build_method(own))
    return plain.Loop(
        plain.networks(ours, norm), own, torch.rand(64, *spec.shape), 2.0 if spec.images else 1.0
    )


def unfolded(own: RunConfig) -> RunConfig:
    arch = {**own.arch, "fold": False} if "fold" in own.arch else own.arch
    return own.model_copy(update={"arch": arch})


def ours(own: RunConfig, spec: Spec) -> Callable[[], Any]:
    """A cycle of the suite's trainer."""
    run = probe(own, spec, "cpu")
    return lambda: advance(run, 1)


def without_phases(own: RunConfig, spec: Spec) -> Callable[[], Any]:
    """A cycle of the trainer with torch's own convolutions in place of those of families.convolution."""
    step = ours(own, spec)

    def cycle() -> None:
        with mock.patch.object(convolution, "_ours", lambda x: False):
            step()

    return cycle


def compiled(own: RunConfig, spec: Spec) -> Callable[[], Any]:
    """A cycle as programs, which are made here."""
    run = probe(own.model_copy(update={"compiled": True}), spec, "cpu")
    run.config = run.config.model_copy(update={"steps": 10**6})
    cycle = Cycle(run, static=True)
    cycle.prepare()
    replay = Compiled(run).record(cycle)

    def step() -> None:
        cycle.prepare()
        replay()

    return step


def compared(case: str) -> dict[str, Callable[[], Any]]:
    """What takes turns: the plain loop, and ours step by step."""
    own, spec = joint(case)
    made = {"plain": plain_loop(own, spec).cycle, "fp32": ours(unfolded(own), spec)}
    half = own.model_copy(update={"precision": "bf16"})
    if "fold" in own.arch:
        made |= {"fp32 + fold": ours(own, spec), "bf16 + fold": ours(half, spec)}
        return made
    if own.family in ("conv", "dcgan"):
        made["fp32, torch's convolutions"] = without_phases(own, spec)
    if own.family != "mlp":
        made["bf16"] = ours(half, spec)
    if case not in ("conv-28", "quick-16"):  # which take minutes to compile and gain a tenth
        made["fp32 compiled"] = compiled(own, spec)
        if own.family != "mlp":
            made["bf16 compiled"] = compiled(half, spec)
    return made


def take_turns(
    loops: Mapping[str, Callable[[], Any]], benchmark: Any, rounds: int, many: int = 1
) -> dict[str, float]:
    """Median seconds of process time of each loop; `extra_info` gets the ratio of the first one to each."""
    times: dict[str, list[float]] = {name: [] for name in loops}

    def turn() -> None:
        for name, loop in loops.items():
            start = time.process_time()
            for _ in range(many):
                loop()
            times[name].append((time.process_time() - start) / many)

    gc.collect()
    benchmark.pedantic(turn, rounds=rounds, warmup_rounds=1 if rounds > 1 else 0)
    medians = {name: statistics.median(taken[-rounds:]) for name, taken in times.items()}
    first = next(iter(medians.values()))
    for name, taken in medians.items():
        benchmark.extra_info[name] = f"{1e3 * taken:.4g} ms, {first / taken:.2f}x"
    return medians


@pytest.mark.parametrize(
    "case",
    [
        "aegan-16",
        *(
            pytest.param(c, marks=pytest.mark.slow)
            for c in (
                "mlp-16",
                "mlp-64",
                "aegan-32",
                "aegan-64",
                "dcgan-32",
                "dense-28",
                "conv-28",
                "quick-16",
            )
        ),
    ],
)
def test_against_a_plain_loop(case: str, benchmark: Any) -> None:
    """A cycle: two updates of each critic and two of G and E."""
    own, spec = joint(case)
    rounds = ROUNDS[case] if benchmark.enabled else 1
    medians = take_turns(
        compared(case), benchmark, rounds, many=5 if own.family in ("mlp", "dense") and rounds > 1 else 1
    )
    assert min(medians.values()) > 0
    folded = [gflop_per_step(each, spec) for each in (unfolded(own), own)]
    benchmark.extra_info["GFLOP a step, unfolded and folded"] = f"{folded[0]:.3g}, {folded[1]:.3g}"


def test_the_two_layer_norms_of_plain_loops(benchmark: Any) -> None:
    """The plain loop has the faster one."""
    own, spec = joint("aegan-16")
    loops = {
        norm.__name__: plain_loop(own, spec, norm).cycle for norm in (plain.ChannelNorm, plain.FirstNorm)
    }
    assert min(take_turns(loops, benchmark, 5 if benchmark.enabled else 1).values()) > 0


@pytest.mark.parametrize(
    "case", mostly_slow(["mlp-16", "aegan-16", "dcgan-32", "dense-28", "conv-28", "quick-16"], fast=1)
)
@pytest.mark.parametrize("norm", [plain.ChannelNorm, plain.FirstNorm])
def test_the_plain_loop_is_the_same_method(case: str, norm: type[torch.nn.LayerNorm]) -> None:
    """Equal outputs where nothing is drawn, and as many updates a cycle."""
    own, spec = joint(case)
    networks_of = networks(unfolded(own), spec, build_method(own))
    networks_of.modules.eval()
    loop = plain_loop(own, spec, norm)
    x, z = torch.rand(4, *spec.shape), torch.randn(4, own.latent)
    for role, inputs in {"G": z, "E": x, "Dx": x, "Dz": z}.items():
        with torch.no_grad():
            made = loop.n[role].eval()(inputs), networks_of.modules[role](inputs)
        assert torch.allclose(*made, atol=1e-5), role
    cycle = build_method(own).cycle()
    assert loop.cycle() == sum(update.steps for update in cycle) and len(loop.losses) == len(cycle)
    assert torch.tensor(loop.losses).isfinite().all()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("method", ["gan", "aegan"])
def test_a_cycle(method: str, precision: str, benchmark: Callable[..., Any]) -> None:
    """One cycle of `lazarou2020-quick`: two steps of gan, four of aegan, their critics' updates included."""
    run = probe(config(method, precision=precision), Spec((3, 16, 16), labels=4), "cpu")
    assert benchmark(advance, run, 1) == sum(update.steps for update in run.method.cycle())
    assert all(torch.isfinite(p).all() for p in run.networks.modules.parameters())
