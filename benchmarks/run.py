"""python -m benchmarks.run: make the plan, announce it, execute it, collect the values, render the report."""

import sys

from benchmarks.commands import cli


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

    from benchmarks.commands.announce import announce, profile
    from benchmarks.commands.execute import execute
    from benchmarks.commands.make import make
    from benchmarks.evaluation.collect import collect
    from reports import render

    with make(args) as experiment:
        announce(experiment)
        if args.dry_run:
            return cli.OK
        if args.profile:
            return profile(experiment)
        command = cli.command(argv)
        outcomes = execute(experiment, command)
        collect(experiment.plan, outcomes.unfinished, command)
        outcomes.show(render(args.out))
        return outcomes.exit_code


if __name__ == "__main__":
    sys.exit(main())
