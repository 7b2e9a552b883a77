"""`python -m reports DIR` renders the report of a results folder."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from reports import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 2 with one line where the folder holds no results."""
    parser = argparse.ArgumentParser(
        prog="python -m reports", description="Render the report of a results folder."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="the --out folder of benchmarks.run")
    chosen = parser.parse_args(arguments)
    try:
        report = render(chosen.folder)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    Console().print(report.terminal)
    print(f"{report.html}\n{len(report.tables)} table files, {len(report.figures)} figures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
