"""What a person sees while a plan runs: a live bar with the remaining time on a terminal, plain lines elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.execution.outcome import Outcome
from benchmarks.planning.plan import Node, Plan


class Display:
    """Follows nodes by key; `cost` of a run is its share of the bar."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.console = console
        self.nodes = {node.key: node for node in plan.nodes}
        self.runs = len(plan.runs)
        self.finished = 0
        self.share: dict[str, float] = {}
        self.start = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
                   TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())  # fmt: skip
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self.task = self.bar.add_task("preparing", total=sum(node.cost for node in plan.runs) or 1)

    def __enter__(self) -> "Display":
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def progress(self, node: Node, phase: str, done: int, of: int) -> None:
        """Takes a worker's event of its node."""
        if node.kind == "run" and phase == "train":
            self.share[node.key] = node.cost * done / max(of, 1)
        self._update(f"{phase} {node.label}")

    def ended(self, outcome: Outcome) -> None:
        """Prints one line for the end of a node, which stays."""
        node = self.nodes[outcome.key]
        self.share[node.key] = node.cost
        note = "found finished" if outcome.cached else f"{outcome.seconds:.0f} s"
        if node.kind == "run":
            self.finished += 1
            line = f"[{self.finished}/{self.runs}] {node.label}: {outcome.status}, {note}"
        else:
            line = f"{node.label}: {outcome.status}, {outcome.seconds:.0f} s"
        if outcome.reason:
            line += f" ({outcome.reason})"
        self.console.print(
            line,
            style=None if outcome.status in ("ok", "paused") else "red",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        self._update(None)

    def _update(self, description: str | None) -> None:
        more = {"description": description} if description else {}
        self.bar.update(self.task, completed=sum(self.share.values()), **more)  # type: ignore[arg-type]
