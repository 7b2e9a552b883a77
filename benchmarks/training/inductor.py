"""A cycle compiled for a CPU: what lies between two steps of an optimiser becomes one program (torch's Inductor).

A trial cycle is written down operation by operation, below autograd, and undone. What outlives a program becomes an input
that it changes in place or an output. Draws stay outside: they depend on seeds alone, so the host makes them first, in
their order and from their own generators. Updates that differ in weights and data alone share a program, as do runs in
one process. Programs round differently from single operations, so `compiled` is part of a run's name; compiled from its
first cycle on, a run that goes on from a checkpoint makes the same bits.
"""

import logging
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx
from torch._guards import TracingContext, tracing
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from benchmarks.training.cycle import Cycle
from benchmarks.training.recording import Work
from benchmarks.training.state import Training

ASKS = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "_unique2", "masked_select"}
STAYS = torch.ops.aten._fused_adam_.tensor_lr  # as fast as it can be
Program = Callable[..., Sequence[Tensor]]
Compiler = Callable[[fx.GraphModule, Sequence[Tensor]], Program]
Value = Callable[[Any], Any]

_programs: dict[tuple[Compiler, str], Program] = {}


class CompileError(Exception):
    """The compiler failed: no property of the method, so nothing else may run in its place."""


@dataclass(frozen=True)
class Call:
    """One operation: its flat inputs, how they are nested, its flat outputs."""

    function: Any
    inputs: list[Any]
    nested: Any
    outputs: list[Any]

    @property
    def generators(self) -> list[torch.Generator]:
        return [value for value in self.inputs if isinstance(value, torch.Generator)]

    @property
    def made(self) -> list[tuple[int, Tensor]]:
        """(place among the outputs, tensor) of those that are not inputs."""
        out = [(i, value) for i, value in enumerate(self.outputs) if isinstance(value, Tensor)]
        return [(i, value) for i, value in out if not any(value is given for given in self.inputs)]

    def given(self, value: Value) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments, `value` of each input in its place."""
        args, kwargs = tree_unflatten([value(each) for each in self.inputs], self.nested)
        return args, kwargs

    def again(self, value: Value) -> dict[int, Tensor]:
        """Make it once more; id of each tensor it made when it was recorded -> the one it made now."""
        args, kwargs = self.given(value)
        out = tree_leaves(self.function(*args, **kwargs))
        return {id(tensor): out[i] for i, tensor in self.made}


class Recording(TorchDispatchMode):
    """Every operation below autograd. Raises RuntimeError for one that asks the device for a value."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.removeprefix("aten::")
        if name in ASKS:
            raise RuntimeError(f"{name} asks the device for a value")
        inputs, nested = tree_flatten((args, kwargs or {}))
        out = func(*args, **(kwargs or {}))
        self.calls.append(Call(func, inputs, nested, tree_leaves(out)))
        return out


@contextmanager
def undone(places: Sequence[Tensor]) -> Iterator[None]:
    """What the block moves in `places` is put back after it."""
    before = [place.detach().clone() for place in places]
    try:
        yield
    finally:
        with torch.no_grad():
            for place, value in zip(places, before, strict=True):
                place.copy_(value)


@dataclass(frozen=True)
class Stretch:
    """Operations in a row as a program: of `inputs`, some of which it changes in place, to `outputs`."""

    program: Program
    inputs: list[Tensor]
    outputs: list[Tensor]

    def again(self, value: Value) -> dict[int, Tensor]:
        """As `Call.again`."""
        out = self.program(*(value(each) for each in self.inputs))
        return {id(tensor): new for tensor, new in zip(self.outputs, out, strict=True)}


def stretches(calls: Sequence[Call], compiler: Compiler) -> list[Stretch | Call]:
    """The operations between the optimisers' steps as programs; those steps, torch's own kernel, as they are.

    Raises RuntimeError for draws without a generator of their own, which two runs would share.
    """
    made: list[Stretch | Call] = []
    row: list[Call] = []
    for i, call in enumerate(calls):
        if torch.Tag.nondeterministic_seeded in call.function.tags:
            raise RuntimeError(f"{call.function} draws from no generator of its own")
        if call.function is STAYS:
            made += [_stretch(row, calls[i:], compiler), call]
            row = []
        else:
            row.append(call)
    return [*made, _stretch(row, [], compiler)] if row else made


def _stretch(calls: Sequence[Call], later: Sequence[Call], compiler: Compiler) -> Stretch:
    graph = fx.Graph()
    nodes: dict[int, fx.Node] = {}
    inputs: list[Tensor] = []
    own = {id(tensor): tensor for call in calls for _, tensor in call.made}
    for value in (value for call in calls for value in call.inputs):
        if isinstance(value, Tensor) and id(value) not in own and id(value) not in nodes:
            nodes[id(value)] = graph.placeholder(f"input{len(inputs)}")
            inputs.append(value)
    for call in calls:
        args, kwargs = call.given(lambda value: nodes[id(value)] if isinstance(value, Tensor) else value)
        node = graph.call_function(call.function, args, kwargs)
        kinds = [each.type for each in call.function._schema.returns]
        several = len(kinds) > 1 or any(isinstance(kind, torch.ListType) for kind in kinds)
        for i, tensor in call.made:
            nodes[id(tensor)] = graph.call_function(operator.getitem, (node, i)) if several else node
    wanted = {id(value) for call in later for value in call.inputs}
    outputs = [tensor for key, tensor in own.items() if key in wanted]
    graph.output(tuple(nodes[id(tensor)] for tensor in outputs))
    module = fx.GraphModule({}, graph)
    key = f"{module.code}{[(t.dtype, tuple(t.shape), t.stride()) for t in inputs]}"
    if (compiler, key) not in _programs:
        _programs[compiler, key] = compiler(module, [value.detach() for value in inputs])
    return Stretch(_programs[compiler, key], inputs, outputs)


def inductor(graph: fx.GraphModule, inputs: Sequence[Tensor]) -> Program:
    """`graph` as machine code; torch keeps it on disk for the next process. Raises CompileError."""
    import torch._inductor.config  # seconds, for those who compile

    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # it misses a GPU
    # a worker has one core, and starts no processes that could outlive it
    torch._inductor.config.compile_threads = 1
    fake = FakeTensorMode(shape_env=ShapeEnv())  # without shapes of its own torch's caches are passed by
    try:
        # Programs for these sizes: otherwise they are for any, which convolutions do not compile to.
        shapes: list[Any] = [fake.from_tensor(tensor, static_shapes=True) for tensor in inputs]
        with tracing(TracingContext(fake)):
            return torch._inductor.compile(graph, shapes)  # type: ignore[return-value]
    except Exception as error:
        line = next(iter(str(error).strip().splitlines()), "")
        raise CompileError(f"{type(error).__name__}: {line} (--compile off runs it step by step)") from error


class Compiled:
    """The recorder of one run's cycles; `compiler` makes a program of a graph and its inputs."""

    title, warm_up = "compiled", 0

    def __init__(self, run: Training, compiler: Compiler = inductor) -> None:
        self._run, self._compiler = run, compiler

    def warm(self, work: Work) -> None:
        work()

    def record(self, work: Cycle) -> Work:
        calls = self._trial(work)
        draws, rest = [c for c in calls if c.generators], [c for c in calls if not c.generators]
        for generator in {generator for draw in draws for generator in draw.generators}:
            generator.manual_seed(generator.initial_seed())  # as Cycle.prepare left it
        with torch.no_grad():
            steps = [*draws, *stretches(rest, self._compiler)]

        def replay() -> None:
            made: dict[int, Tensor] = {}

            def now(value: Any) -> Any:
                return made.get(id(value), value)

            with torch.no_grad():
                for step in steps:
                    made.update(step.again(now))

        return replay

    def _trial(self, work: Cycle) -> list[Call]:
        """The operations of a cycle, of which nothing stays."""
        run, state, recording = self._run, self._run.state, Recording()
        try:
            with (
                undone([*run.tensors().values(), *run.networks.modules.buffers(), *work.sums.values()]),
                recording,
            ):
                work()
        finally:
            run.state = state
        if not work.steady:
            raise RuntimeError("the method's state changes its shape")
        return recording.calls
