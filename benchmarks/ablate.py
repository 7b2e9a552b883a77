"""python -m benchmarks.ablate --method aegan --seeds 6: which part of a method does the work, one factor at a time."""

import sys

from benchmarks import run


def main(argv: list[str] | None = None) -> int:
    """Runs benchmarks.run with --ablate METHOD for each --method and passes every other flag on."""
    given = sys.argv[1:] if argv is None else argv
    passed = []
    for flag in given:
        if flag == "--method":
            passed.append("--ablate")
        elif flag.startswith("--method="):
            passed.append("--ablate=" + flag.removeprefix("--method="))
        else:
            passed.append(flag)
    if not any(
        flag.startswith(("--ablate", "--sweep", "--ladder", "--preset", "--list", "-h", "--help"))
        for flag in passed
    ):
        print(
            "error: name the method to ablate: --method aegan (all its factors) or --method aegan:rec_z",
            file=sys.stderr,
        )
        return 2
    return run.main(passed)


if __name__ == "__main__":
    sys.exit(main())
