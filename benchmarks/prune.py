"""python -m benchmarks.prune DIR: frees what finished runs no longer need; says what, and does it with --yes."""

import argparse
import re
import sys
from pathlib import Path

from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path
from benchmarks.storage.run_folder import RunFolder, lock_folder, run_paths

ENDINGS = "json|jsonl|npz|safetensors|txt"  # of the files in a run's folder
TEMPORARY = re.compile(rf"^\.[\w-]+\.({ENDINGS})\.[a-z0-9_]{{8}}$")  # of a write that was killed


def parser() -> argparse.ArgumentParser:
    p = Parser(
        prog="python -m benchmarks.prune",
        description="Free the checkpoints of finished runs; results, reports and weights that are kept stay usable.",
    )
    p.add_argument("out", metavar="DIR", type=as_path, help="the results folder")
    p.add_argument(
        "--keep",
        choices=("all", "last"),
        default="all",
        help="weights of every evaluated step, or of the last one only (default: all)",
    )
    p.add_argument("--yes", action="store_true", help="do it; without this flag it is only said")
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(argv)
    return cli.guarded(lambda: prune(args.out, args.keep, args.yes))


def prune(out: Path, keep: str, yes: bool) -> int:
    """Lists or frees files. Raises ValueError for a folder without runs, or that another command holds."""
    if not run_paths(out):
        raise ValueError(f"{out} holds no runs")
    with lock_folder(out):
        found = {rule: files for rule, files in rules(out, keep).items() if files}
        for rule, files in found.items():
            print(f"{rule}: {len(files)} files, {megabytes(files):.1f} MB")
        files = [file for each in found.values() for file in each]
        if not files:
            print("nothing to free")
        elif not yes:
            print(f"in all {megabytes(files):.1f} MB; --yes frees them")
        else:
            total = megabytes(files)
            for file in files:
                if file.parent.name == "weights":
                    _mark(file)
                file.unlink()
            print(f"freed {total:.1f} MB")
    return 0


def rules(out: Path, keep: str) -> dict[str, list[Path]]:
    """Returns what each rule frees. A run that is not finished keeps everything."""
    found: dict[str, list[Path]] = {
        "checkpoints of finished runs": [],
        "weights before the last step, at which no new metric can be computed then": [],
        "halves of files that were being written when a command was killed": [],
    }
    checkpoints, weights, halves = found.values()
    for path in run_paths(out):
        folder = RunFolder(out, path.name)
        halves += sorted(file for file in path.rglob(".*") if file.is_file() and TEMPORARY.match(file.name))
        if not folder.record():
            continue
        checkpoints += [folder.checkpoint] if folder.checkpoint.exists() else []
        if keep == "last":
            own = [file for file in (path / "weights").glob("*.safetensors") if file.stem.isdecimal()]
            weights += sorted(own, key=lambda file: int(file.stem))[:-1]
    return found


def megabytes(files: list[Path]) -> float:
    return sum(file.stat().st_size for file in files) / 2**20


def _mark(weights: Path) -> None:
    """Records which weights will be freed, before they are: they are not missed later."""
    folder = RunFolder(weights.parents[3], weights.parents[1].name)
    record = folder.record()
    assert record is not None
    folder.finish({**record, "pruned": sorted({*record.get("pruned", []), int(weights.stem)})})


if __name__ == "__main__":
    sys.exit(main())
