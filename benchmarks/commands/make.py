"""From flags to an experiment: a plan, the folder it writes to, and the back end that will perform it."""

import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console

from benchmarks.commands.flags import duration, preset_values
from benchmarks.execution import backends, devices
from benchmarks.execution.scheduler import Backend
from benchmarks.planning import plan as plans
from benchmarks.snapshots.load import default_cache
from benchmarks.storage import archive
from benchmarks.storage.run_folder import lock_folder
from benchmarks.training.flops import gflop_per_step


@dataclass(frozen=True)
class Experiment:
    """What a command is going to do, and where it says so."""

    args: Namespace
    plan: plans.Plan
    device: str
    backend: Backend
    console: Console = field(default_factory=lambda: Console(soft_wrap=True))

    def say(self, line: str, style: str | None = None) -> None:
        """Prints a line as it is."""
        self.console.print(line, style=style, markup=False, highlight=False)


@contextmanager
def make(args: Namespace) -> Iterator[Experiment]:
    """Plans, and holds output folder and back end until the block ends. Raises ValueError for what cannot be run."""
    deadline = time.time() + duration(args.time_limit) if args.time_limit else None
    device = devices.named(args.device)
    workers = devices.workers(args, device)
    values = preset_values(args)
    context = plans.Context(
        args.out, args.cache or default_cache(), args.data_root, args.inception_weights, device,
        force=args.force, plugins=tuple(args.plugin), graphs=args.graphs == "auto", deadline=deadline,
    )  # fmt: skip
    plan = plans.make(values, context, device.partition(":")[0], gflop_per_step)
    if args.pack and not args.pack.absolute().parent.is_dir():
        raise ValueError(f"--pack {args.pack}: there is no folder {args.pack.absolute().parent}")
    with lock_folder(args.out), backends.chosen(args, device, workers, len(plan.runs)) as backend:
        if args.unpack:
            archive.unpack(args.unpack, args.out)
        yield Experiment(args, plan, device, backend)
