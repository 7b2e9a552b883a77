"""Training on a GPU: the CPU's numbers but for rounding, the same bits twice, as graphs, from a checkpoint and beside
others; data on the device, and no step that waits for it. Cases that say nothing of graphs run on the CPU too.
"""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks.execution.processes import Processes
from benchmarks.execution.streams import Streams
from benchmarks.planning.config import Optim
from benchmarks.planning.plan import Plan, make
from benchmarks.planning.registry import METHODS
from benchmarks.storage.checkpoint import digest
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.cycle import Cycle
from benchmarks.training.recording import WARM_UP, CudaGraph
from benchmarks.training.state import Source
from methods import noise
from methods.base import Method
from methods.families.translation import mirror
from tests.benchmarks import tiny
from tests.benchmarks.recorded import CASES, IDS, KERAS, STEPS, go, run
from tests.methods import harness

GPU = pytest.param("cuda", marks=pytest.mark.gpu)
Case = tuple[str | type[Method], str, dict[str, Any]]


@pytest.fixture(autouse=True)
def settings() -> None:
    """As job.settings has them."""
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("optim", [KERAS, Optim()], ids=["keras-adam", "adam"])
def test_with_the_same_draws_the_losses_are_the_cpus(
    device: str, optim: Optim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU's generators draw other numbers: here both are given the CPU's."""
    (expected,) = go(run("aegan", "aegan", 8, optim))
    keyed = noise.Keyed
    monkeypatch.setattr(noise, "Keyed", lambda seed, _, apart=None: keyed(seed, "cpu", apart))
    for name in ("normal", "uniform", "integers"):
        draw = getattr(noise, name)
        monkeypatch.setattr(noise, name, lambda *shape, draw=draw: draw(*shape).to(device))
    (row,) = go(run("aegan", "aegan", 8, optim, device))
    # Adam's first steps have the size of the rate whatever that of the gradient, rounding's too
    assert row == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_bits_twice(device: str, precision: str) -> None:
    first, second = (run("aegan", "aegan", 8, device=device, precision=precision) for _ in range(2))
    assert go(first) == go(second) and digest(first.tensors()) == digest(second.tensors())
    other = run("aegan", "aegan", 8, device=device, precision=precision, seed=1)
    go(other)
    assert digest(other.tensors()) != digest(first.tensors())


@pytest.mark.gpu
@pytest.mark.parametrize("name", sorted(METHODS.names()))
def test_no_kernel_adds_in_an_order_of_its_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first family of images that the method fits, which have most kinds of layers."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    family = next(
        family for family in ("dcgan", "munit", "cyclegan", "mlp") if not harness.misfit(name, family)
    )
    torch.use_deterministic_algorithms(True)
    try:
        go(run(name, family, 2, device="cuda"))
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_data_lie_on_the_device_as_bytes_and_batches_are_the_cpus(device: str) -> None:
    x, labels = harness.arrays(harness.IMAGES)
    there = Source(x, labels, 4, torch.device(device), resident=True)
    here = Source(x, labels, 4, torch.device("cpu"))
    rows = torch.tensor([3, 0, 3, 7])
    assert isinstance(there._x, torch.Tensor) and there._x.dtype == torch.uint8
    assert there._x.device.type == device and there._x.nbytes == x.nbytes
    batch = there.x(rows.to(device))
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch.cpu(), here.x(rows)) and torch.equal(
        there.y(rows.to(device)).cpu(), here.y(rows)
    )
    with noise.using(torch.Generator(device).manual_seed(0)):
        assert there.indices().device.type == device


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_it_goes_on_from_a_checkpoint(device: str) -> None:
    whole, first, second = (run("gaia", "mlp", steps, device=device) for steps in (STEPS, STEPS - 8, STEPS))
    for each in (whole, first):
        go(each)
    tensors = {name: tensor.clone() for name, tensor in first.tensors().items()}
    second.load(tensors, first.step, dict(first.counts))
    go(second)
    assert digest(second.tensors()) == digest(whole.tensors())


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(("name", "family", "changes"), CASES, ids=IDS)
def test_a_graph_makes_the_bits_of_a_cycle_that_runs_as_it_is(
    name: str | type[Method], family: str, changes: dict[str, Any], precision: str
) -> None:
    """Graphs are no part of a run's name because of this."""
    plain, graphed = (
        run(name, family, STEPS, device="cuda", precision=precision, **changes) for _ in range(2)
    )
    rows = go(plain)
    assert go(graphed, CudaGraph(graphed.device)) == rows
    assert graphed.execution == "CUDA graph" and plain.execution == "eager"
    assert digest(graphed.tensors()) == digest(plain.tensors())


class Asking(harness.entry_of("gan").cls):  # type: ignore[misc]
    """Looks at a loss."""

    name = "asking"

    def after(self, t: Any, b: Any, state: Any) -> None:
        float(t[next(iter(t))])


@pytest.mark.gpu
def test_a_capture_that_breaks_off_leaves_no_trace() -> None:
    plain, broken = (run(Asking, "mlp", 12, device="cuda") for _ in range(2))
    assert go(plain) == go(broken, CudaGraph(broken.device))
    assert broken.execution.startswith("eager: ") and digest(broken.tensors()) == digest(plain.tensors())


@pytest.mark.gpu
@pytest.mark.parametrize(("name", "family", "changes"), CASES, ids=IDS)
def test_no_step_waits_for_the_device(name: str | type[Method], family: str, changes: dict[str, Any]) -> None:
    cycle = Cycle(run(name, family, STEPS, device="cuda", **changes), static=True)
    for _ in range(WARM_UP):
        cycle.prepare()
        cycle()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the mode is a prototype
        torch.cuda.set_sync_debug_mode("error")
    try:
        cycle.prepare()
        cycle()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(np.isfinite(list(cycle.row().values())))


def planned(out: Path, device: str, graphs: bool = True) -> Plan:
    """A tiny comparison on a device."""
    out.mkdir(parents=True)
    raw = tiny.values(out, methods=["gan", "aegan"], seeds=3, metrics=[], steps=40, evaluate=[20, 40])
    context = replace(tiny.context(out, raw), device=device, graphs=graphs)
    return make(raw, context, device)


@pytest.mark.parametrize("device", [pytest.param("cpu", marks=pytest.mark.slow), GPU])
def test_several_workers_on_a_device_make_the_bits_of_one(device: str, tmp_path: Path) -> None:
    alone, beside, streams = (planned(tmp_path / name, device) for name in ("alone", "beside", "streams"))
    eager = planned(tmp_path / "eager", device, graphs=False)
    for outcomes in (
        tiny.go(alone),
        tiny.go(beside, Processes(3)),
        tiny.go(streams, Streams(3)),
        tiny.go(eager),
    ):
        assert {outcome.status for outcome in outcomes.values()} == {"ok"}, outcomes
    for other in (beside, streams, eager):
        assert tiny.weights(alone) == tiny.weights(other)
    assert len(set(tiny.weights(alone).values())) == 6
    expected = "CUDA graph" if device == "cuda" else "eager"
    for node in alone.runs:
        record = RunFolder(node.context.out, node.key).record()
        assert record and record["execution"] == expected


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_a_mirrored_border_is_torchs(device: str) -> None:
    x = torch.arange(60.0).reshape(1, 1, 6, 10).to(device).requires_grad_()
    found = mirror(x, 3, 2)
    assert torch.equal(found.cpu(), F.pad(x.detach().cpu(), (3, 2, 3, 2), "reflect"))
    weights = torch.arange(float(found.numel())).reshape_as(found)
    (gradient,) = torch.autograd.grad((found * weights.to(device)).sum(), x)
    other = x.detach().cpu().requires_grad_()
    (expected,) = torch.autograd.grad((F.pad(other, (3, 2, 3, 2), "reflect") * weights).sum(), other)
    assert torch.equal(gradient.cpu(), expected)
