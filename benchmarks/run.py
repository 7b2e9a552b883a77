"""python -m benchmarks.run: plan, train, evaluate, collect, report."""

import os
import sys
from contextlib import closing

from benchmarks.commands import cli
from benchmarks.execution import devices
from benchmarks.planning import plugins


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    args = cli.parser().parse_args(argv)
    return cli.guarded(lambda: run(args, sys.argv[1:] if argv is None else argv))


def run(args, argv: list[str]) -> int:  # type: ignore[no-untyped-def]
    """Plan -> train -> metrics -> results -> report. Raises ValueError for what cannot be run."""
    for problem in plugins.load(tuple(args.plugin)):
        print(f"warning: {problem}", file=sys.stderr)
    if args.list:
        from benchmarks.commands.listing import listing

        print(listing(args.list))
        return 0
    from rich.console import Console

    from benchmarks.evaluation.collect import collect
    from benchmarks.execution.display import Display
    from benchmarks.execution.estimate import estimate, free_mb
    from benchmarks.execution.executors import chosen
    from benchmarks.execution.repair import set_aside_damaged
    from benchmarks.planning import plan as plans
    from benchmarks.planning.registry import METRICS
    from benchmarks.snapshots.load import default_cache
    from benchmarks.storage import stale, store_plugins
    from benchmarks.storage.run_folder import lock_folder, require_folder
    from benchmarks.training.flops import gflop_per_step
    from datasets.base import downloaded

    console = Console(soft_wrap=True)
    device = devices.named(args.device)
    count = devices.workers(args, device)
    values = cli.preset_values(args)
    cache = args.cache or default_cache()
    if args.download:
        cli.download(values, args.data_root or downloaded(cache))
    context = plans.Context(
        args.out, cache, args.data_root, args.inception_weights, device,
        force=args.force, plugins=tuple(args.plugin), graphs=args.graphs == "auto",
    )  # fmt: skip
    plan = plans.make(values, context, device.partition(":")[0], gflop_per_step)
    with lock_folder(args.out), chosen(args, device, count, len(plan.runs)) as (execute, count):
        if plan.left_out:
            console.print(f"left out {len(plan.left_out)} unreadable images:", markup=False)
            lines = "\n".join(f"  {cli.printable(line)}" for line in plan.left_out)
            console.print(lines, markup=False, highlight=False)
        for line in plan.notes:
            console.print(f"note: {cli.printable(line)}", markup=False, highlight=False)
        for line in set_aside_damaged(plan.nodes, do=not (args.dry_run or args.profile)):
            console.print(line, markup=False, highlight=False)
        asked = {node.key: node.config.model_dump(mode="json") for node in plan.runs}
        for line in stale.lines(args.out, asked, {metric.name: {metric.version} for metric in METRICS}):
            console.print(line, markup=False, highlight=False)
        expected = estimate(plan, count)
        console.print(plan.title, style="bold", markup=False)
        console.print(
            f"plan: {expected} (free: {free_mb(args.out):.0f} MB), {count} worker{'s' * (count > 1)} on {device}",
            markup=False,
        )
        for skipped in plan.skipped:
            console.print(f"skipped {skipped.method} {skipped.variant}: {skipped.reason}", markup=False)
        if args.dry_run:
            for node in plan.nodes:
                console.print(f"  {node.key[:24]:24}  {node.label}", markup=False, highlight=False)
            return 0
        store_plugins.record(args.out)
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        if args.profile:
            from benchmarks.execution.profiling import profile

            for found in profile(plan.runs, args.out):
                console.print(found.table(), markup=False, highlight=False)
            console.print(f"tables and traces: {args.out / 'profile'}", markup=False)
            return 0
        command = cli.command(argv)
        failures: dict[str, str] = {}
        bad = trained = ended = 0
        try:
            with (
                Display(plan, console) as display,
                closing(execute(plan.nodes, count, display.progress)) as ends,
            ):
                for outcome in ends:
                    require_folder(args.out, outcome.reason if outcome.fatal else "")
                    display.ended(outcome)
                    ended += 1
                    trained += not outcome.cached and outcome.key in {node.key for node in plan.runs}
                    bad += outcome.status != "ok"
                    if outcome.status == "failed":
                        failures[outcome.key] = outcome.reason
        except KeyboardInterrupt:
            if ended:  # what collecting needs is prepared
                collect(plan, failures, command, argv, costs=False)
            raise
        collect(plan, failures, command, argv)
        if not trained:
            console.print("nothing to train: every run was found finished", markup=False)
        from reports import render

        report = render(args.out)
        console.print(report.terminal, soft_wrap=False)
        console.print(f"report: {report.html}", markup=False)
    return cli.FAILED if bad else 0


if __name__ == "__main__":
    sys.exit(main())
