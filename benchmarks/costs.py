"""python -m benchmarks.costs DIR: what each metric cost, relative to the training of the same runs, as a Markdown table.

A metric computed first in an evaluation pays for the forward passes that the others share.
"""

import sys
from collections import defaultdict
from pathlib import Path

from benchmarks import results
from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RunFolder


def table(out: Path) -> str:
    """Seconds an evaluation and share of the training time by metric and method. Raises ValueError without results."""
    records = results.records(out)
    if "wall_s" not in records:
        raise ValueError(
            f"{out}: no run was trained to its end here, so there is nothing to compare costs with"
        )
    trained_here = records["wall_s"] > 0  # rows of foreign samples were not
    done = records[(records["status"] == "ok") & trained_here]
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    training: dict[str, float] = defaultdict(float)
    for run, method, wall in zip(done["run"], done["method"], done["wall_s"], strict=True):
        training[method] += wall
        for path in (RunFolder(out, run).path / "metrics").glob("*.json"):
            made = read_json(path)
            try:
                metric, took = made["key"]["metric"], float(made["seconds"])
            except (KeyError, TypeError):
                raise ValueError(f"{path} is damaged: the same command again computes it anew") from None
            seconds[metric][method] += took
            counts[metric][method] += 1
    if not counts:
        raise ValueError(f"{out}: no metric's time is stored here (published results hold none)")
    methods = sorted(training)
    lines = ["| metric | " + " | ".join(f"{m}: s an evaluation, % of training" for m in methods) + " |"]
    lines.append("|---|" + "---|" * len(methods))
    for metric in sorted(seconds):
        cells = [
            f"{seconds[metric][m] / counts[metric][m]:.2f}, {100 * seconds[metric][m] / training[m]:.1f} %"
            if counts[metric][m]
            else "–"
            for m in methods
        ]
        lines.append(f"| `{metric}` | " + " | ".join(cells) + " |")
    total = [f"{100 * sum((per[m] for per in seconds.values()), 0.0) / training[m]:.1f} %" for m in methods]
    return "\n".join([*lines, "| all together | " + " | ".join(total) + " |"]) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = Parser(
        prog="python -m benchmarks.costs",
        description="What each metric cost, relative to training.",
    )
    parser.add_argument("out", type=as_path, metavar="DIR", help="a results folder")
    args = parser.parse_args(argv)

    def run() -> int:
        print(table(args.out), end="")
        return 0

    return cli.guarded(run)


if __name__ == "__main__":
    sys.exit(main())
