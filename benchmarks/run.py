"""python -m benchmarks.run: make the plan, announce it, execute it, collect the values, render the report.

With --seeds auto again with more seeds, until the question is answered.
"""

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
    if args.seeds == "auto":
        return run_looks(args, argv)
    if args.question:
        raise ValueError(f"--question {args.question}: is for --seeds auto")
    return run_plan(args, argv)


def run_plan(args: cli.Args, argv: list[str], final: bool = True) -> int:
    """Runs what the flags mean; returns the exit code. final=False renders no report."""
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
        if final:
            outcomes.show(render(args.out))
        return outcomes.exit_code


def run_looks(args: cli.Args, argv: list[str]) -> int:
    """Adds seeds look by look until the question is answered or they are spent; returns the exit code."""
    from benchmarks import results
    from benchmarks.commands import looks
    from benchmarks.storage.files import write_json
    from reports import render
    from reports.sequential import levels
    from reports.statistics import paired
    from reports.store import Store

    if args.profile:
        raise ValueError("--profile: takes a number of --seeds, not auto")
    args.seeds = str(looks.LOOKS[-1])
    asked, _ = looks.question(args)
    bounds = levels(looks.LOOKS)
    plain = [f"{n} seeds at p <= {bound:.3g}" for n, bound in zip(looks.LOOKS, bounds, strict=True)]
    print(
        f"question: is {asked.better} better than {asked.worse} by {asked.metric}? looks: {', '.join(plain)}"
    )
    if args.dry_run:
        return run_plan(args, argv)

    def perform(seeds: int) -> int:
        args.seeds = str(seeds)
        return run_plan(args, argv, final=False)

    def test() -> tuple[float, float]:
        values = Store.open(args.out).views[0].at(asked.metric)
        found = paired(values.get(asked.better, {}), values.get(asked.worse, {}))
        return found.mean, found.p

    lines: list[str] = []

    def say(look: looks.Look) -> None:
        lines.append(looks.told(asked, look))
        print(lines[-1])

    _, code = looks.follow(bounds, perform, test, say)
    meta = results.meta(args.out)
    write_json(
        args.out / results.META, {**meta, "notes": [*meta["notes"], *lines, looks.CAVEAT], "looks": lines}
    )
    report = render(args.out)
    print(f"report: {report.html}")
    return code


if __name__ == "__main__":
    sys.exit(main())
