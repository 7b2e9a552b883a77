"""python -m benchmarks.run: make the plan, announce it, execute it, collect the values, render the report.

With --seeds auto again with more seeds, until the question is answered.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.commands import cli

if TYPE_CHECKING:
    from benchmarks.commands.execute import Outcomes

    Show = Callable[[Outcomes], None]


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    given = sys.argv[1:] if argv is None else argv
    args = cli.parser().parse_args(given)
    return cli.guarded(lambda: run(args, given))


def run(args: cli.Args, argv: list[str]) -> int:
    """Returns the exit code. Raises ValueError for what cannot be run."""
    cli.load_plugins(args)
    if args.list:
        return cli.print_list(args)
    if args.seeds == "auto":
        return run_looks(args, argv)
    if args.question:
        raise ValueError(f"--question {args.question}: is for --seeds auto")
    return run_plan(args, argv)


def run_plan(
    args: cli.Args, argv: list[str], show: "Show | None" = None, deadline: float | None = None
) -> int:
    """Runs what the flags mean; returns the exit code. show: what is done in place of rendering and printing the report."""
    from benchmarks.commands.announce import announce, profile
    from benchmarks.commands.execute import execute, pack
    from benchmarks.commands.make import make
    from benchmarks.evaluation.collect import collect
    from reports import render

    with make(args, deadline=deadline) as experiment:
        announce(experiment)
        if args.dry_run:
            return cli.OK
        if args.profile:
            return profile(experiment)
        command = cli.command(argv)
        outcomes = execute(experiment, command)
        collect(experiment.plan, outcomes.unfinished, command)
        if show is None:
            outcomes.show(render(args.out))
            pack(args)
        else:
            show(outcomes)
        return outcomes.exit_code


def run_looks(args: cli.Args, argv: list[str]) -> int:
    """Adds seeds look by look until the question is answered or they are spent; returns the exit code."""
    from benchmarks.commands import looks
    from benchmarks.commands.execute import pack
    from benchmarks.commands.flags import deadline
    from benchmarks.storage.run_folder import lock_folder
    from reports import render
    from reports.sequential import levels
    from reports.statistics import paired
    from reports.store import Store

    for flag in ("profile", "force"):
        if getattr(args, flag):
            raise ValueError(f"--{flag}: takes a number of --seeds, not auto")
    args.seeds = str(looks.LOOKS[-1])
    asked = looks.question(args)
    bounds = levels(looks.LOOKS)
    plain = [f"{n} seeds at p <= {bound:.3g}" for n, bound in zip(looks.LOOKS, bounds, strict=True)]
    print(
        f"question: is {asked.better} better than {asked.worse} by {asked.metric}? looks: {', '.join(plain)}"
    )
    if args.dry_run:
        return run_plan(args, argv)
    end, shown = deadline(args.time_limit), list["Outcomes"]()

    def perform(seeds: int) -> int:
        args.seeds = str(seeds)
        code = run_plan(args, argv, shown.append, end)
        args.unpack, args.download = None, False  # once is enough
        return code

    def test() -> tuple[float, float]:
        values = Store.open(args.out).views[0].at(asked.metric)
        found = paired(values.get(asked.better, {}), values.get(asked.worse, {}))
        return found.mean, found.p

    lines: list[str] = []

    def say(look: looks.Look) -> None:
        lines.append(looks.told(asked, look))
        print(lines[-1])

    _, code = looks.follow(bounds, perform, test, say)
    with lock_folder(args.out):
        looks.record(args.out, lines)
        shown[-1].show(render(args.out))
        pack(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
