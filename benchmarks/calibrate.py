"""python -m benchmarks.calibrate: computes the committed thresholds of the collapse verdict anew, from toonfaces alone."""

import json

from benchmarks.commands.surroundings import Parser, as_path
from benchmarks.metrics._collapse_rule import FILE, compute, curves, name_of
from benchmarks.snapshots.load import default_cache
from benchmarks.snapshots.snapshot import Data
from datasets.toonfaces import Toonfaces


def main(argv: list[str] | None = None) -> None:
    """Writes thresholds and curves of toonfaces at 16, 32 and 64 px (a few minutes on one core)."""
    parser = Parser("python -m benchmarks.calibrate", description=main.__doc__)
    parser.add_argument("--cache", type=as_path, default=default_cache(), help="where data sets are kept")
    parser.add_argument("--out", type=as_path, default=FILE)
    args = parser.parse_args(argv)
    found = {}
    for size in (16, 32, 64):
        data = Data.of(Toonfaces(args.cache, size=size))
        found[name_of(data)] = {"thresholds": compute(data), **curves(data)}
        print(name_of(data), found[name_of(data)]["thresholds"])
    args.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
