"""Back end `inprocess`: one node after the other, in this process."""

from collections.abc import Sequence

from benchmarks.execution.job import perform
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Lost, Progress
from benchmarks.planning.plan import Node


class InProcess:
    """Performs a node while it is waited for."""

    workers, slots, retries = 1, 1, 0

    def open(self, nodes: Sequence[Node], progress: Progress) -> None:
        self._progress = progress
        self._submitted: list[Node] = []

    def submit(self, node: Node) -> None:
        self._submitted.append(node)

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        node = self._submitted.pop(0)
        return [(node, perform(node, lambda *event: self._progress(node, *event)))]

    def close(self) -> None:
        self._submitted.clear()
