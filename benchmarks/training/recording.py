"""A cycle that is recorded once and then repeated: on a GPU as one CUDA graph, which the host launches in one call; on a
CPU as one program, where that pays (training/inductor.py).

Launching thousands of small kernels one by one would take longer than running them. For a graph the first cycles run as they are:
they count, and after them every tensor that a graph needs to find again is in its place. Seeds are set outside, in
`Cycle.prepare`: a graph's draws come from generators it knows, and take their seeds anew at every replay.
"""

from collections.abc import Callable
from typing import Protocol

import torch

from benchmarks.training.cycle import Cycle

WARM_UP = 3  # torch asks for a few, in which libraries set themselves up
Work = Callable[[], None]


class Recorder(Protocol):
    """What records a cycle; `CudaGraph`, or `Compiled` on a CPU."""

    title: str
    warm_up: int  # cycles that run as they are before one is recorded

    def warm(self, work: Work) -> None:
        """Run `work` as it is, on the stream on which it will be recorded."""

    def record(self, work: Cycle) -> Work:
        """Record what `work` does to tensors without doing it; calling the result does it. Raises RuntimeError for
        work that waits for the device or asks it for a value.
        """


class Repeated:
    """Runs a cycle, from a recording where there is a recorder and the cycle can be recorded; `how` says which, and why."""

    def __init__(self, cycle: Cycle, recorder: Recorder | None) -> None:
        self.how, self._cycle, self._recorder = "eager", cycle, recorder
        self._times = 0
        self._replay: Work | None = None

    def __call__(self) -> None:
        self._times += 1
        if self._recorder is not None and self._times > self._recorder.warm_up and self._replay is None:
            self._record(self._recorder)
        if self._replay is not None:
            self._replay()
        elif self._recorder is not None:
            self._recorder.warm(self._cycle)
        else:
            self._cycle()

    def _record(self, recorder: Recorder) -> None:
        cycle = self._cycle
        try:
            if not cycle.steady:
                raise RuntimeError("the method's state changes its shape")
            self._replay = recorder.record(cycle)
            self.how = recorder.title
        except RuntimeError as error:
            self.how, self._recorder = f"eager: {str(error).splitlines()[0]}", None
            # a recording that broke off may still hold the old ones
            cycle.rngs = [rng.renewed() for rng in cycle.rngs]


class CudaGraph:
    """Records one CUDA graph."""

    title, warm_up = "CUDA graph", WARM_UP

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device)

    def warm(self, work: Work) -> None:
        current = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            work()
        current.wait_stream(self._stream)

    def record(self, work: Cycle) -> Work:
        graph = torch.cuda.CUDAGraph()
        for generator in (generator for rng in work.rngs for generator in rng.generators):
            graph.register_generator_state(generator)
        with torch.cuda.graph(graph, stream=self._stream):
            work()
        return graph.replay
