"""A cycle as one program: the same draws and the same numbers as step by step; who gets one, and what cannot have one."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import fx

from benchmarks.execution.job import perform
from benchmarks.execution.processes import Processes
from benchmarks.planning import preset
from benchmarks.planning.config import LATER, LATER_OPTIM, Optim, RunConfig
from benchmarks.planning.plan import make
from benchmarks.planning.registry import METHODS
from benchmarks.planning.resolve import compiled
from benchmarks.storage.checkpoint import digest
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.inductor import Compiled, CompileError, inductor
from methods.base import Method
from tests.benchmarks import tiny
from tests.benchmarks.recorded import CASES, IDS, KERAS, STEPS, go, run
from tests.benchmarks.training.test_recording import Asking, Growing


def as_it_is(program: fx.GraphModule, inputs: Sequence[torch.Tensor]) -> fx.GraphModule:
    """A compiler that compiles nothing: what it runs is the graph."""
    return program


@pytest.mark.parametrize(
    ("name", "family", "changes"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.slow] * (name in ("aegan", "gaia")))
        for case, name in zip(CASES, IDS, strict=True)
    ],
)
def test_the_graph_makes_the_bits_of_the_cycle(
    name: str | type[Method], family: str, changes: dict[str, Any]
) -> None:
    """From the first cycle on, draws included."""
    plain, graphed = (run(name, family, STEPS, compiled=True, **changes) for _ in range(2))
    rows = go(plain)
    assert go(graphed, Compiled(graphed, as_it_is)) == rows and len(rows) == 2
    assert (graphed.execution, plain.execution) == ("compiled", "eager")
    assert digest(graphed.tensors()) == digest(plain.tensors())
    assert graphed.counts == plain.counts and graphed.step == plain.step


@pytest.mark.parametrize(
    "family", ["mlp", *(pytest.param(name, marks=pytest.mark.slow) for name in ("dense", "dcgan"))]
)
def test_a_program_makes_the_numbers_of_the_cycle_but_for_rounding_and_always_the_same_bits(
    family: str,
) -> None:
    """In convolutions too, whose programs torch makes for given sizes alone."""
    plain, first, second, part, rest = (
        run("gan", family, steps, KERAS, compiled=True) for steps in (STEPS, STEPS, STEPS, STEPS - 8, STEPS)
    )
    expected, rows = go(plain), go(first, Compiled(first))
    assert first.execution == "compiled"
    for a, b in zip(rows, expected, strict=True):
        assert a == pytest.approx(b, rel=1e-4)
    assert go(second, Compiled(second)) == rows and digest(second.tensors()) == digest(first.tensors())

    # From a checkpoint, in the middle of a row.
    go(part, Compiled(part))
    rest.load({name: tensor.clone() for name, tensor in part.tensors().items()}, part.step, dict(part.counts))
    go(rest, Compiled(rest))
    assert digest(rest.tensors()) == digest(first.tensors())


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (Growing, "the method's state changes its shape"),
        (Asking, "_local_scalar_dense asks the device for a value"),
    ],
)
def test_what_cannot_be_written_down_runs_step_by_step_and_says_why(
    method: type[Method], reason: str
) -> None:
    """The trial leaves no trace."""
    plain, tried = (run(method, "aegan", 8, compiled=True) for _ in range(2))
    assert go(plain) == go(tried, Compiled(tried, as_it_is))
    assert tried.execution == f"eager: {reason}"
    assert digest(tried.tensors()) == digest(plain.tensors())


class Careless(METHODS.get("gan").cls):  # type: ignore[misc, name-defined]
    """Draws where no seed reaches."""

    name = "careless"

    def make_z(self, n: Any, b: Any) -> torch.Tensor:
        return torch.randn_like(super().make_z(n, b))


def test_a_draw_without_a_generator_is_not_written_down() -> None:
    tried = run(Careless, "mlp", 4, compiled=True)
    go(tried, Compiled(tried, as_it_is))
    assert tried.execution == "eager: aten.randn_like.default draws from no generator of its own"


def test_a_compiler_that_fails_is_a_failed_run_and_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else may run under that name."""

    def broken(program: fx.GraphModule, inputs: Sequence[torch.Tensor]) -> Any:
        raise RuntimeError("no C++ compiler\nand much more")

    monkeypatch.setattr("torch._inductor.compile", broken)
    with pytest.raises(CompileError, match=r"^RuntimeError: no C\+\+ compiler \(--compile off"):
        inductor(fx.GraphModule({}, fx.Graph()), [])
    raw = tiny.values(tmp_path, compile="on", methods=["gan"])
    plan = make(raw, tiny.context(tmp_path, raw), "cpu")
    *_, outcome = (perform(node, lambda *told: None) for node in plan.nodes if node.kind != "references")
    assert outcome.status == "failed"
    assert (
        outcome.reason == "CompileError: RuntimeError: no C++ compiler (--compile off runs it step by step)"
    )


@pytest.mark.parametrize(
    ("family", "steps", "asked", "given"),
    [
        ("mlp", 10_000, "auto", True),
        ("mlp", 9_999, "auto", False),
        ("mlp", 10_000, "off", False),
        ("mlp", 20, "on", True),
        ("aegan", 10**6, "auto", False),
        ("aegan", 20, "on", True),
        ("mlp", 0, "on", False),
    ],
)
def test_the_plan_decides_by_the_number_of_steps(
    family: str, steps: int, asked: str, given: bool, tmp_path: Path
) -> None:
    made = preset.build(tiny.values(tmp_path, family=family, compile=asked))
    assert compiled(made, steps, "cpu") is given
    assert asked == "on" or not compiled(made, steps, "cuda")


@pytest.mark.slow
def test_the_same_bits_here_and_in_two_processes(tmp_path: Path) -> None:
    """Though there other processes make, or find, the programs."""
    raw = {
        **tiny.values(tmp_path, family="mlp", dataset="ring8", compile="on", metrics=[]),
        "data": {},
        "arch": {},
    }
    here, there = (make(raw, tiny.context(tmp_path / name, raw), "cpu") for name in ("here", "there"))
    for outcomes in (tiny.go(here), tiny.go(there, Processes(2))):
        assert {outcome.status for outcome in outcomes.values()} == {"ok"}, outcomes
    assert tiny.weights(here) == tiny.weights(there)
    records = [RunFolder(there.runs[0].context.out, node.key).record() for node in there.runs]
    assert {record["execution"] for record in records if record} == {"compiled"}


def test_on_a_gpu_it_is_refused(tmp_path: Path) -> None:
    made = preset.build(tiny.values(tmp_path, compile="on"))
    with pytest.raises(
        ValueError, match="compile = on is for a CPU; on cuda a cycle is one CUDA graph: leave it at auto"
    ):
        compiled(made, 20, "cuda")


def test_it_is_part_of_a_runs_name() -> None:
    """A run that is not compiled keeps the name that it had before there was a compiler."""
    config = run("gan", "mlp").config
    values = json.loads(config.model_copy(update={"compiled": True}).model_dump_json())
    assert RunConfig(**values).hash != config.hash
    values = {**json.loads(config.model_dump_json()), "base": None}
    for name in LATER:
        assert getattr(config, name) == RunConfig.model_fields[name].default
        del values[name]
    for name in LATER_OPTIM:
        assert values["optim"].pop(name) == json.loads(Optim().model_dump_json())[name]
    text = json.dumps(values, sort_keys=True)
    assert config.hash == hashlib.sha256(text.encode()).hexdigest()[:16]
