"""A CUDA graph's stand-in on a CPU: the operations of a cycle are taken down one by one, and repeated without its code.

Like a graph it keeps what the host decided while it was recorded, reads and writes the same tensors every time, takes
the seeds of its draws anew, and refuses work that asks the device for a value. Unlike a graph it runs what it records,
so everything that it could have moved is put back.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from benchmarks.training.cycle import Cycle
from benchmarks.training.inductor import Call, Recording, undone
from benchmarks.training.recording import WARM_UP


def address(generator: torch.Generator) -> int:
    """What is behind a Python object, of which there may be several."""
    return generator._cdata  # type: ignore[attr-defined]


class Tape:
    """The recorder of a run's `Cycle`. `moved` gives the tensors that outlive a cycle, but for its sums."""

    title, warm_up = "tape", WARM_UP

    def __init__(self, moved: Callable[[], Iterable[Tensor]]) -> None:
        self._moved = moved
        self.replays = 0
        self.warmed = 0

    def warm(self, work: Callable[[], None]) -> None:
        self.warmed += 1
        work()

    def record(self, work: Cycle) -> Callable[[], None]:
        generators = [generator for rng in work.rngs for generator in rng.generators]
        seeds = [g.get_state() for g in generators]
        recording = Recording()
        try:
            with undone([*self._moved(), *work.sums.values()]), recording:
                work()
        finally:
            for generator, state in zip(generators, seeds, strict=True):
                generator.set_state(state)
        drew = {address(generator) for call in recording.calls for generator in call.generators}
        unknown = drew - {address(generator) for generator in generators}
        assert not unknown, f"{len(unknown)} generators drew that nobody had named"
        return lambda: self._replay(recording.calls)

    def _replay(self, calls: list[Call]) -> None:
        self.replays += 1
        made: dict[int, Any] = {}

        def now(value: Any) -> Any:
            return made.get(id(value), value)

        with torch.no_grad():
            for call in calls:
                made |= call.again(now)
