"""What is printed before anything is trained: what was left out or set aside, the plan, and how long it will take."""

from collections.abc import Iterator

from benchmarks.commands import cli
from benchmarks.commands.make import Experiment
from benchmarks.execution.estimate import estimate, free_mb
from benchmarks.execution.profiling import profile as profiles
from benchmarks.execution.repair import damaged, set_aside_damaged
from benchmarks.planning.preset import Override, Preset
from benchmarks.planning.registry import METHODS, METRICS
from benchmarks.planning.resolve import overruled
from benchmarks.storage import stale

LONG_S = 48 * 3600.0
TOO_LONG = (
    "no GPU is used, and on a CPU that is days: where there is a GPU the same command uses it (python -m benchmarks.doctor says "
    "whether there is one), --time-limit 9m stops at a checkpoint, and presets that end in -mini are made for a CPU"
)


def announce(experiment: Experiment) -> None:
    """Prints the plan; damaged files are set aside first, unless nothing is going to be done."""
    args, plan, say = experiment.args, experiment.plan, experiment.say
    if plan.left_out:
        say(f"left out {len(plan.left_out)} unreadable image{'s' * (len(plan.left_out) != 1)}:")
        say("\n".join(f"  {cli.printable(line)}" for line in plan.left_out))
    for line in plan.notes:
        say(f"note: {cli.printable(line)}")
    found = damaged(plan.nodes)
    for line in set_aside_damaged(found, do=not (args.dry_run or args.profile)):
        say(line)
    asked = {node.key: node.config.model_dump(mode="json") for node in plan.runs}
    for line in stale.lines(args.out, asked, {metric.name: {metric.version} for metric in METRICS}):
        say(line)

    workers = experiment.backend.workers
    expected = estimate(plan, workers, {node.key for node, damage in found if damage.repeats})
    say(plan.title, style="bold")
    experiment.console.print(
        f"plan: {expected} (free: {free_mb(args.out):.0f} MB), {workers} worker{'s' * (workers > 1)} on {experiment.device}",
        markup=False,
    )
    if experiment.device == "cpu" and expected.seconds > LONG_S:
        say(TOO_LONG)
    for skipped in plan.skipped:
        experiment.console.print(
            f"skipped {skipped.method} {skipped.variant}: {skipped.reason}", markup=False
        )
    if args.dry_run:
        for node in plan.nodes:
            say(f"  {node.key[:24]:24}  {node.label}")
        for line in dict.fromkeys(line for preset in plan.presets for line in settings(preset)):
            say(f"  {line}")


def settings(preset: Preset) -> Iterator[str]:
    """Yields whose settings the methods have, and what the preset has otherwise than a method by itself."""
    if isinstance(preset.settings, str):
        yield {
            "equal": "settings: the preset's for all methods",
            "paper": "settings: those that each method's paper recommends, the preset's where it recommends none",
        }[preset.settings]
    else:
        named = ", ".join(preset.settings)
        yield f"settings: those of their papers for {named}, the preset's for the others"
    for name in dict.fromkeys(arm.method for arm in preset.all_arms):
        if lines := overruled(preset, METHODS.get(name)):
            yield f"{name}: the preset has {', '.join(lines)}"
        if own := preset.method.get(name, Override()).optim:
            yield f"{name}: its own {', '.join(f'optim.{key} = {value!r}' for key, value in own.items())}"


def profile(experiment: Experiment) -> int:
    """Prints where the time of each arm's first run goes; returns the exit code."""
    for found in profiles(experiment.plan.runs, experiment.args.out):
        experiment.say(found.table())
    experiment.console.print(f"tables and traces: {experiment.args.out / 'profile'}", markup=False)
    return cli.OK
