"""Performs an experiment's plan in front of a person, and sums up how its nodes ended."""

import os
from argparse import Namespace
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from benchmarks.commands import cli
from benchmarks.commands.make import Experiment
from benchmarks.evaluation.collect import collect
from benchmarks.execution.display import Display
from benchmarks.execution.loggers import base as loggers
from benchmarks.execution.loggers.follow import Follower
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Progress, schedule
from benchmarks.planning.plan import Node
from benchmarks.storage import archive, store_plugins
from benchmarks.storage.run_folder import require_folder


@dataclass
class Outcomes:
    """How the nodes of a plan ended."""

    experiment: Experiment
    ended: list[Outcome] = field(default_factory=list)

    @property
    def unfinished(self) -> dict[str, tuple[str, str]]:
        """Status and reason, by node key, of what failed or was stopped."""
        return {o.key: (o.status, o.reason) for o in self.ended if o.status in ("failed", "stopped")}

    @property
    def exit_code(self) -> int:
        statuses = {outcome.status for outcome in self.ended} - {"ok"}
        return cli.FAILED if statuses - {"stopped"} else cli.STOPPED if statuses else cli.OK

    def show(self, report: Any) -> None:
        """Prints the rendered report's table and where the page is."""
        console = self.experiment.console
        runs = {node.key for node in self.experiment.plan.runs}
        stopped = [o for o in self.ended if o.key in runs and o.status == "stopped"]
        if stopped:
            console.print(
                f"time limit of {self.experiment.args.time_limit}: {len(runs) - len(stopped)} of {len(runs)} runs are "
                f"finished, {len(stopped)} are left; the same command goes on from the last checkpoints",
                style="bold",
                markup=False,
            )
        elif not any(outcome.key in runs and not outcome.cached for outcome in self.ended):
            console.print("nothing to train: every run was found finished", markup=False)
        console.print(report.terminal, soft_wrap=False)
        console.print(f"report: {report.html}", markup=False)


def pack(args: Namespace) -> None:
    """Writes the results folder to the file that --pack names, if any, and says so; the folder's lock is held."""
    if args.pack:
        size = archive.pack(args.out, args.pack)
        print(f"packed: {args.pack} ({size / 2**20:.1f} MB)")


def both(first: Progress, second: Progress) -> Progress:
    """Returns what tells two listeners."""

    def tell(node: Node, phase: str, done: int, of: int) -> None:
        first(node, phase, done, of)
        second(node, phase, done, of)

    return tell


def execute(experiment: Experiment, command: str) -> Outcomes:
    """Performs every node. On Ctrl-C what has ended is collected under `command`, and KeyboardInterrupt goes on."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    plan, outcomes = experiment.plan, Outcomes(experiment)
    store_plugins.record(experiment.args.out)
    out, nodes = experiment.args.out, {node.key: node for node in plan.nodes}
    follower = Follower(out, [loggers.make(name, out, plan.presets[0].name) for name in experiment.log])
    try:
        with (
            Display(plan, experiment.console) as display,
            closing(follower),
            closing(
                schedule(plan.nodes, experiment.backend, both(display.progress, follower.progress))
            ) as ends,
        ):
            for outcome in ends:
                require_folder(experiment.args.out, outcome.reason if outcome.fatal else "")
                display.ended(outcome)
                follower.ended(nodes[outcome.key], outcome)
                outcomes.ended.append(outcome)
    except KeyboardInterrupt:
        if outcomes.ended:  # what collecting needs is prepared
            collect(plan, outcomes.unfinished, command, costs=False)
        raise
    return outcomes
