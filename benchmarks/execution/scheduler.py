"""The scheduler: nodes in, outcomes out as they finish; who does the work is a back end's affair.

A node goes to the back end when what it needs has ended well, the costliest first, and again where its worker was lost. Under a
time limit one seed of every method comes before the next: what is finished when time is up can then be compared.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Protocol

from benchmarks.execution.outcome import Outcome
from benchmarks.planning.plan import Node

Progress = Callable[[Node, str, int, int], None]  # (node, phase, done, of)


class Lost(Exception):
    """The worker of a node was lost; the message says how."""


class Backend(Protocol):
    """Where nodes are performed. One worker has one thread, so the same run gives the same bits on every back end."""

    @property
    def workers(self) -> int:
        """How many runs it performs at once."""

    @property
    def slots(self) -> int | None:
        """How many nodes it takes at once; None: as many as there are."""

    @property
    def retries(self) -> int:
        """How often a node whose worker was lost is submitted again."""

    def open(self, nodes: Sequence[Node], progress: Progress) -> None:
        """Prepares for the nodes of a plan; `progress` hears of each while it is performed."""

    def submit(self, node: Node) -> None:
        """Takes a node to perform."""

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        """Returns nodes that ended since the last call; waits a while for one, so the list may be empty."""

    def close(self) -> None:
        """Ends all workers, whatever they are doing."""


def schedule(nodes: Sequence[Node], backend: Backend, progress: Progress) -> Generator[Outcome, None, None]:
    """Performs every node and yields its outcome. A node that needs a failed one fails with its reason."""
    queue = _Queue(nodes)
    losses: dict[str, int] = {}
    running = 0
    backend.open(nodes, progress)
    try:
        while queue.waiting or running:
            yield from queue.blocked()
            for node in queue.take(None if backend.slots is None else backend.slots - running):
                backend.submit(node)
                running += 1
            for node, ended in backend.wait() if running else []:
                running -= 1
                if isinstance(ended, Lost):
                    losses[node.key] = losses.get(node.key, 0) + 1
                    if losses[node.key] <= backend.retries:
                        queue.waiting.append(node)
                        continue
                    ended = Outcome(node.key, "failed", str(ended))
                queue.ended(ended)
                yield ended
    finally:
        backend.close()


def _order(node: Node) -> tuple[bool, int, float]:
    """Returns what orders nodes: the costliest first, and under a time limit the reference rows, then seed by seed."""
    limited = node.context.deadline is not None
    return limited and node.kind == "run", node.config.seed if limited else 0, -node.cost


class _Queue:
    """Nodes that wait for others of the plan that they need."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.waiting = list(nodes)
        self._lost: dict[str, str] = {}  # of nodes that did not end well: how
        # Nodes that have not ended; a need that is none of these is met.
        self._open = {node.key for node in nodes}

    def blocked(self) -> Iterator[Outcome]:
        """Yields outcomes of those that need what did not end well, and of those that need them."""
        for node in list(self.waiting):
            how = next((self._lost[key] for key in node.needs if key in self._lost), None)
            if how is not None:
                self.waiting.remove(node)
                self._open.discard(node.key)
                self._lost[node.key] = how
                yield Outcome(node.key, "failed", f"what it needs {how}")

    def take(self, many: int | None) -> list[Node]:
        """Removes and returns at most `many` nodes that are ready, in their order."""
        ready = sorted((n for n in self.waiting if self._open.isdisjoint(n.needs)), key=_order)
        taken = ready if many is None else ready[: max(many, 0)]
        self.waiting = [node for node in self.waiting if node not in taken]
        return taken

    def ended(self, outcome: Outcome) -> None:
        self._open.discard(outcome.key)
        if outcome.status in ("failed", "diverged"):
            self._lost[outcome.key] = f"{outcome.status}: {outcome.reason}"
