"""python -m benchmarks.ablate --method aegan --seeds 6: which part of a method does the work, one factor at a time."""

import re
import sys

from benchmarks import run
from benchmarks.commands import cli


def main(argv: list[str] | None = None) -> int:
    """Runs benchmarks.run, where --method is another word for --ablate; returns the exit code."""
    given = sys.argv[1:] if argv is None else argv
    passed = [re.sub(r"^--method(?==|$)", "--ablate", word) for word in given]
    p = cli.parser()
    p.prog = "python -m benchmarks.ablate"
    p.description = (
        "Train a method and the same without each of its factors: --method METHOD[:FACTOR,..], as often as wanted. "
        "It is --ablate of benchmarks.run, whose flags are these:"
    )
    args = p.parse_args(passed)
    return cli.guarded(lambda: ablate(args, passed))


def ablate(args: cli.Args, argv: list[str]) -> int:
    """Returns the exit code. Raises ValueError where neither flags nor preset ask for an ablation."""
    from benchmarks.planning import preset
    from benchmarks.planning.arms import ARM_KEYS

    cli.load_plugins(args)
    by_flags = args.list or args.ablate or args.sweep or args.ladder or args.equal_compute
    if not by_flags and not any(
        part.get(key) for part in preset.parts(preset.read(args.preset)) for key in ARM_KEYS
    ):
        raise ValueError(
            "name the method to ablate: --method aegan (all its factors) or --method aegan:rec_z; --methods, in the plural, "
            "names further rows"
        )
    return run.run(args, argv)


if __name__ == "__main__":
    sys.exit(main())
