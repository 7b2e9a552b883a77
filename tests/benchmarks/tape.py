"""A CUDA graph's stand-in on a CPU: the operations of a cycle are taken down one by one, and repeated without its code.

Like a graph it keeps what the host decided while it was recorded, reads and writes the same tensors every time, takes
the seeds of its draws anew, and refuses work that asks the device for a value. Unlike a graph it runs what it records,
so everything that it could have moved is put back.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

Call = tuple[Any, list[Any], Any, list[Any]]  # function, inputs, how they are nested, outputs
ASKS = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "unique2", "masked_select"}


def address(generator: torch.Generator) -> int:
    """What is behind a Python object, of which there may be several."""
    return generator._cdata  # type: ignore[attr-defined]


class Recording(TorchDispatchMode):
    """Every operation below autograd, with its tensors and generators."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.generators: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.removeprefix("aten::")
        if name in ASKS:
            raise RuntimeError(f"{name} asks the device for a value")
        inputs, spec = tree_flatten((args, kwargs or {}))
        self.generators |= {address(value) for value in inputs if isinstance(value, torch.Generator)}
        out = func(*args, **(kwargs or {}))
        self.calls.append((func, inputs, spec, tree_leaves(out)))
        return out


class Tape:
    """The recorder of a run's `Cycle`. `moved` gives the tensors that outlive a cycle, but for its sums."""

    title = "tape"

    def __init__(self, moved: Callable[[], Iterable[Tensor]]) -> None:
        self._moved = moved
        self.replays = 0
        self.warmed = 0

    def warm(self, work: Callable[[], None]) -> None:
        self.warmed += 1
        work()

    def record(self, work: Any, generators: Sequence[torch.Generator]) -> Callable[[], None]:
        places = [*self._moved(), *work.sums.values()]
        before, seeds = [t.detach().clone() for t in places], [g.get_state() for g in generators]
        recording = Recording()
        try:
            with recording:
                work()
        finally:
            with torch.no_grad():
                for place, value in zip(places, before, strict=True):
                    place.copy_(value)
            for generator, state in zip(generators, seeds, strict=True):
                generator.set_state(state)
        unknown = recording.generators - {address(generator) for generator in generators}
        assert not unknown, f"{len(unknown)} generators drew that nobody had named"
        return lambda: self._replay(recording.calls)

    def _replay(self, calls: list[Call]) -> None:
        self.replays += 1
        made: dict[int, Any] = {}
        with torch.no_grad():
            for func, inputs, spec, outputs in calls:
                args, kwargs = tree_unflatten([made.get(id(value), value) for value in inputs], spec)
                for old, new in zip(outputs, tree_leaves(func(*args, **kwargs)), strict=True):
                    if isinstance(old, Tensor) and not any(old is value for value in inputs):
                        made[id(old)] = new
