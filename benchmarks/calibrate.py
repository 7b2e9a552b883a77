"""python -m benchmarks.calibrate: computes the committed thresholds of the collapse verdict anew, from toonfaces alone."""

import json
import sys
from pathlib import Path

from benchmarks.commands.surroundings import Parser, as_path, guarded
from benchmarks.metrics._collapse_rule import FILE, compute, curves, name_of
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage.cached import default_cache
from benchmarks.storage.files import write_atomic
from datasets.toonfaces import Toonfaces


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    about = "Write thresholds and curves of toonfaces at 16, 32 and 64 px (a few minutes on one core)."
    parser = Parser("python -m benchmarks.calibrate", description=about)
    parser.add_argument(
        "--cache", type=as_path, help="where data sets are kept (default: as in benchmarks.run)"
    )
    parser.add_argument("--out", type=as_path, default=FILE, help="the file that is written")
    args = parser.parse_args(argv)
    return guarded(lambda: calibrate(args.cache or default_cache(), args.out))


def calibrate(cache: Path, out: Path) -> int:
    """Computes, and writes `out` at once. Raises ValueError, before it computes, where its folder is not there."""
    if not out.parent.is_dir():
        raise ValueError(f"--out {out}: {out.parent} is not a folder")
    found = {}
    for size in (16, 32, 64):
        data = Data.of(Toonfaces(cache, size=size))
        found[name_of(data)] = {"thresholds": compute(data), **curves(data)}
        print(name_of(data), found[name_of(data)]["thresholds"])
    write_atomic(out, (json.dumps(found, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
