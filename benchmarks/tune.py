"""python -m benchmarks.tune --preset P --budget 20: every method at its best setting of equally many trials, on fresh seeds."""

import argparse
import sys

from benchmarks.commands import cli

REFUSED = {  # flags of benchmarks.run, and what to do in their place
    "seeds": "trials have seeds below 100 (--trial-seeds), winners fresh ones from 100 on (--final-seeds)",
    "ablate": "tune first, then ablate with the preset tuned.toml",
    "sweep": "a method's space is declared beside its weights",
    "ladder": "name methods with --methods",
    "equal_compute": "budgets are equal in trials; tune first, then compare with the preset tuned.toml",
    "vary": "ask which source of variance matters with benchmarks.run and the preset tuned.toml",
    "force": "give another --out to search anew",
    "profile": "profile with benchmarks.run",
    "question": "what trials are judged by is --metric",
    "unpack": "unpack with benchmarks.run into the same --out, then tune",
}


def parser() -> argparse.ArgumentParser:
    """Flags of benchmarks.run and those of a search."""
    p = cli.parser()
    p.prog = "python -m benchmarks.tune"
    p.description = (
        "Tune each method with equally many random trials, judged on validation images; then run common setting, paper's "
        "setting and the winner on fresh seeds and the test images. The same command goes on where it was ended."
    )
    for action in p._actions:
        if action.dest in REFUSED:
            action.help = argparse.SUPPRESS
    add = p.add_argument_group("the search").add_argument
    add(
        "--search",
        choices=("random", "ladder"),
        default="random",
        help="ladder: learning rates a factor of 2.5 apart, of the common and of the paper's setting, until the best lies "
        "inside; judged by log FID, with an encoder by the mean of the ranks in log FID and L1 (default: random)",
    )
    add(
        "--budget",
        type=int,
        default=20,
        help="trials of each method, with --search ladder runs (default: 20)",
    )
    add(
        "--metric",
        default="fid.fid",
        metavar="METRIC.VALUE",
        help="what trials are judged by (default: fid.fid)",
    )
    add("--trial-seeds", type=int, default=1, help="runs a trial, of seeds 0, 1, .. (default: 1)")
    add("--final-seeds", type=int, default=5, help="runs a setting, of seeds 100, 101, .. (default: 5)")
    add(
        "--at-once",
        type=int,
        default=1,
        metavar="N",
        help="trials of each method side by side: more fill a large machine, and are stopped less, since none has been seen to "
        "its end (default: 1)",
    )
    return p


def main(argv: list[str] | None = None) -> int:
    """Searches, then runs the winners; returns the exit code."""
    given = sys.argv[1:] if argv is None else argv
    args = parser().parse_args(given)
    return cli.guarded(lambda: run(args, given))


def run(args: cli.Args, argv: list[str]) -> int:
    """Returns the exit code. Raises ValueError for what cannot be run."""
    cli.load_plugins(args)
    if args.list:
        return cli.print_list(args)
    for name, way_out in REFUSED.items():
        if getattr(args, name):
            raise ValueError(f"--{name.replace('_', '-')}: benchmarks.tune does not take it; {way_out}")
    return by_ladder(args) if args.search == "ladder" else by_trials(args, argv)


def by_trials(args: cli.Args, argv: list[str]) -> int:
    """Searches by random trials, runs the winners, and returns the exit code."""
    from benchmarks.commands import trials, tuning
    from benchmarks.commands.announce import announce
    from benchmarks.commands.execute import execute, pack
    from benchmarks.commands.flags import deadline
    from benchmarks.commands.make import make
    from benchmarks.evaluation.collect import collect
    from benchmarks.execution.estimate import estimate
    from benchmarks.planning.space import shown
    from benchmarks.storage.run_folder import lock_folder
    from reports import render

    search = tuning.prepare(args)
    end = deadline(args.time_limit)
    with make(args, search.final_values(), deadline=end) as experiment:  # all that could be refused is, now
        plan, say, workers = experiment.plan, experiment.say, experiment.backend.workers
        for skipped in plan.skipped:
            say(f"skipped {skipped.method}: {skipped.reason}")
            if not skipped.variant:
                search.spaces.pop(skipped.method)
        first = estimate(plan, workers)
        runs = len(search.spaces) * search.budget * len(search.seeds)
        say(
            f"search: {search.budget} trials of each of {', '.join(search.spaces)} by {search.metric} on validation images"
        )
        for method, axes in search.spaces.items():
            say(f"  {method}: {'; '.join(f'{k} {shown(a)}' for k, a in axes.items()) or 'nothing to choose'}")
        if first.to_train:
            minutes = max(1, round(first.seconds / first.to_train * runs / 60))
            say(
                f"at most {runs} runs, about {minutes} min if none is stopped early; then the winners on fresh seeds"
            )
        if args.dry_run:
            return cli.OK
    args.download = False
    command = cli.command(argv, "benchmarks.tune")
    try:
        trials.perform(search, args, end)
    except trials.Stopped:
        print(f"time limit of {args.time_limit}: the same command goes on from the last checkpoints")
        with lock_folder(args.out):
            pack(args)
        return cli.STOPPED
    with make(args, search.final_values(), deadline=end) as experiment:
        for line in trials.write(search, args.out, args.preset):
            experiment.say(f"note: {line}")
        announce(experiment)
        outcomes = execute(experiment, command)
        collect(experiment.plan, outcomes.unfinished, command, more={"tuning": trials.record(search)})
        outcomes.show(render(args.out))
        pack(args)
        experiment.say(f"settings: {args.out / trials.TUNED}; trials: {args.out / trials.TRIALS}")
        return outcomes.exit_code


def by_ladder(args: cli.Args) -> int:
    """Searches by ladders, and returns the exit code; the chosen settings are a preset for benchmarks.run."""
    from benchmarks.commands import ladders
    from benchmarks.commands.execute import pack
    from benchmarks.commands.flags import deadline
    from benchmarks.commands.trials import Stopped
    from benchmarks.storage.run_folder import lock_folder

    search = ladders.prepare(args)
    for name, ladder in search.ladders.items():
        print(f"{name}: {' and '.join(ladder.settings)}, by {' and '.join(ladder.judged_by)}")
    if args.dry_run:
        return cli.OK
    try:
        ladders.perform(search, args, deadline(args.time_limit))
    except Stopped:
        print(f"time limit of {args.time_limit}: the same command goes on from the last checkpoints")
        code = cli.STOPPED
    else:
        print(f"settings: {args.out / ladders.CHOSEN}; every run: {args.out / ladders.TABLE}")
        code = cli.OK
    with lock_folder(args.out):
        pack(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
