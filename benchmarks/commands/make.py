"""From flags to an experiment: a plan, the folder it writes to, and the back end that will perform it."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.commands import flags
from benchmarks.commands.foresight import idle, too_late, unmeasured
from benchmarks.evaluation.references import check_references
from benchmarks.execution import backends, devices
from benchmarks.execution.loggers import base as loggers
from benchmarks.execution.scheduler import Backend
from benchmarks.planning import plan as plans
from benchmarks.planning import preset as presets
from benchmarks.planning.registry import DATASETS, METRICS
from benchmarks.snapshots import named_extractors
from benchmarks.storage import archive, ownership
from benchmarks.storage.cached import default_cache
from benchmarks.storage.run_folder import lock_folder
from benchmarks.training import optim
from benchmarks.training.flops import gflop_per_step
from datasets.base import downloaded


@dataclass(frozen=True)
class Experiment:
    """What a command is going to do, and where it says so."""

    args: Namespace
    plan: plans.Plan
    device: str
    backend: Backend
    log: tuple[str, ...] = ()  # names of loggers
    console: Console = field(default_factory=lambda: Console(soft_wrap=True))

    def say(self, line: str, style: str | None = None) -> None:
        """Prints a line as it is."""
        self.console.print(line, style=style, markup=False, highlight=False)


def download(values: dict[str, Any], root: Path) -> None:
    """Gets the files of a preset's data sets. Raises ValueError where that cannot be."""
    for name in dict.fromkeys(str(part.get("dataset")) for part in presets.parts(values)):
        if DATASETS.get(name).needs_root:
            print(f"{name}: getting its files into {root}", file=sys.stderr)
            DATASETS.get(name).fetch(root)


def check_places(args: Namespace, plan: plans.Plan) -> None:
    """Raises ValueError where results would be written among the data, and be data themselves the next time."""
    second = [p.domain.partition(":")[0] for p in plan.presets if p.domain]
    used = [*(p.dataset for p in plan.presets), *second]
    whole = [name for name in used if DATASETS.get(name).whole_root]
    if whole and args.data_root and args.out.resolve().is_relative_to(args.data_root.resolve()):
        raise ValueError(
            f"--out {args.out} lies below --data-root {args.data_root}, where {whole[0]} would take its pictures for data: "
            "give another --out"
        )


@contextmanager
def make(
    args: Namespace, values: dict[str, Any] | None = None, until: int = 0, deadline: float | None = None
) -> Iterator[Experiment]:
    """Plans, and holds output folder and back end until the block ends. Raises ValueError for what cannot be run.

    A dry run holds no folder and makes none: another command may be at work there.

    values: raw preset values in the place of those that the flags mean; until: where runs pause; deadline: in the place of
    --time-limit from now on.
    """
    end = flags.deadline(args.time_limit) if deadline is None else deadline
    if args.force and args.time_limit:
        raise ValueError(
            "--force and --time-limit: the same command would begin anew each time; give one of the two"
        )
    ownership.check(args.out)
    if args.unpack:
        archive.check_source(args.unpack)
    if args.pack:
        archive.check_target(args.pack)
    backends.check_flags(args)
    log = loggers.named(args.log) if args.log else []
    device = devices.named(args.device)
    workers = devices.workers(args, device)
    values = flags.preset_values(args) if values is None else values
    cache = args.cache or default_cache()
    if args.download:
        download(values, args.data_root or downloaded(cache))
    context = plans.Context(
        args.out, cache, args.data_root, args.inception_weights, device,
        force=args.force, plugins=tuple(args.plugin), graphs=args.graphs == "auto", deadline=end,
        until=until, extractors=named_extractors.chosen(args.extractor, args.inception_weights, cache),
    )  # fmt: skip
    plan = plans.make(values, context, device.partition(":")[0], gflop_per_step)
    check_places(args, plan)
    plan = replace(plan, notes=(*plan.notes, *unmeasured(plan), *too_late(plan), *idle(args, plan)))
    for name in {name for preset in plan.presets for name in preset.metrics}:
        check_references(METRICS.get(name))
    for node in plan.runs:
        optim.check(node.config.optim, node.config.compiled or (device != "cpu" and context.graphs))
    held = nullcontext() if args.dry_run and not args.unpack else lock_folder(args.out)
    with held, backends.chosen(args, device, workers, len(plan.runs)) as backend:
        if args.unpack:
            archive.unpack(args.unpack, args.out)
        yield Experiment(args, plan, device, backend, log=tuple(log))
