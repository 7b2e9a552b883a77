"""A recorded cycle makes the same bits as one that runs as it is; what cannot be recorded runs as it is, and says why."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.execution.start import recorder
from benchmarks.planning.config import Optim
from benchmarks.storage.checkpoint import digest
from benchmarks.training.optim import DeviceAdam
from benchmarks.training.recording import WARM_UP
from benchmarks.training.state import Training
from methods.base import Method
from methods.began import BEGAN
from tests.benchmarks import tiny
from tests.benchmarks.recorded import CASES, IDS, KERAS, STEPS, go, run
from tests.benchmarks.tape import Tape
from tests.methods import harness


def tape(made: Training) -> Tape:
    """A recorder that knows what a cycle moves."""
    buffers = [b for b in made.networks.modules.buffers()]
    return Tape(lambda: [*made.tensors().values(), *buffers])


@pytest.mark.parametrize(
    ("name", "family", "changes"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.slow] * (i > 2))
        for i, (case, name) in enumerate(zip(CASES, IDS, strict=True))
    ],
)
def test_a_recorded_cycle_makes_the_same_bits(
    name: str | type[Method], family: str, changes: dict[str, Any]
) -> None:
    plain, recorded = (run(name, family, STEPS, **changes) for _ in range(2))
    cycles = STEPS // sum(update.steps for update in plain.method.cycle())
    recorder = tape(recorded)
    rows = go(plain)
    assert go(recorded, recorder) == rows and len(rows) == 2
    assert recorded.execution == "tape" and plain.execution == "eager"
    assert (recorder.warmed, recorder.replays) == (WARM_UP, cycles - WARM_UP)
    assert digest(recorded.tensors()) == digest(plain.tensors())
    assert recorded.counts == plain.counts and recorded.step == plain.step


def test_torchs_form_of_adam_is_recorded_too() -> None:
    plain, recorded = (run("gaia", "mlp", STEPS, Optim(clip="tensor")) for _ in range(2))
    assert go(plain) == go(recorded, tape(recorded))
    assert digest(recorded.tensors()) == digest(plain.tensors()) and recorded.execution == "tape"


class Growing(BEGAN):
    """Keeps every loss."""

    name = "growing"

    def after(self, t: dict[str, torch.Tensor], b: Any, state: dict[str, torch.Tensor]) -> None:
        super().after(t, b, state)
        state["seen"] = torch.cat([state.get("seen", t["real"][None][:0]), t["real"][None]])


def test_what_changes_its_shape_runs_as_it_is_and_says_so() -> None:
    plain, recorded = (run(Growing, "aegan", 8) for _ in range(2))
    recorder = tape(recorded)
    assert go(plain) == go(recorded, recorder) and recorder.replays == 0
    assert recorded.execution == "eager: the method's state changes its shape"
    assert digest(recorded.tensors()) == digest(plain.tensors())


class Asking(BEGAN):
    """Looks at a loss."""

    name = "asking"

    def after(self, t: dict[str, torch.Tensor], b: Any, state: dict[str, torch.Tensor]) -> None:
        if float(t["real"]) > 0:
            super().after(t, b, state)


def test_what_asks_for_a_value_runs_as_it_is_and_says_so() -> None:
    """A recording that breaks off leaves no trace: the same draws, the same bits."""
    plain, recorded = (run(Asking, "aegan", 8) for _ in range(2))
    recorder = tape(recorded)
    assert go(plain) == go(recorded, recorder) and recorder.replays == 0
    assert recorded.execution == "eager: _local_scalar_dense asks the device for a value"
    assert digest(recorded.tensors()) == digest(plain.tensors())


def test_a_recorded_run_goes_on_from_its_checkpoint() -> None:
    """A graph is recorded anew; the draws and the optimiser's counters are where they were."""
    whole, first, second = (run("aegan", "mlp", steps) for steps in (STEPS, STEPS - 8, STEPS))
    for each in (whole, first):
        go(each, tape(each))
    second.load(
        {name: tensor.clone() for name, tensor in first.tensors().items()}, first.step, dict(first.counts)
    )
    go(second, tape(second))
    assert digest(second.tensors()) == digest(whole.tensors())


@pytest.mark.parametrize("optim", [KERAS, Optim()], ids=["keras-adam", "adam"])
def test_on_the_device_the_numbers_are_those_of_the_host_but_for_rounding(optim: Optim) -> None:
    """DeviceAdam against Adam, resident data against memory-mapped ones."""
    there, spec = run("aegan", "mlp", 8, optim), harness.spec_of("mlp")
    here = harness.training("aegan", "mlp", spec, 8)
    here.config = there.config
    here.__post_init__()
    (a,), (b,) = go(there), go(here)
    assert a == pytest.approx(b, rel=1e-4)
    assert a["rec_x"] == pytest.approx(b["rec_x"], rel=1e-5)
    assert isinstance(there.optimisers["GE"], DeviceAdam) and not isinstance(
        here.optimisers["GE"], DeviceAdam
    )


def test_graphs_are_for_gpus_and_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no part of a run's name, since they move no number."""
    monkeypatch.setattr("benchmarks.execution.start.CudaGraph", lambda device: str(device))
    context, on_cpu, on_gpu = (
        tiny.context(tmp_path, tiny.values(tmp_path)),
        run("gan", "mlp"),
        run("gan", "mlp"),
    )
    on_gpu.device = torch.device("cuda:1")
    off = replace(context, graphs=False)
    found: list[Any] = [recorder(context, on_cpu), recorder(context, on_gpu), recorder(off, on_gpu)]
    assert found == [None, "cuda:1", None]
