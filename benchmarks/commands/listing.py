"""What there is, a line each: `--list` says it without importing what it lists."""

from benchmarks.planning import preset
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, METRICS

LISTS = {
    "methods": METHODS.lines,
    "datasets": DATASETS.lines,
    "metrics": METRICS.lines,
    "presets": lambda: {name: str(preset.read(name)["summary"]) for name in preset.names()},
    "families": FAMILIES.lines,
}


def listing(what: str) -> str:
    """Returns name and line of each, in two columns; `what` is a key of LISTS."""
    lines = LISTS[what]()
    wide = max(map(len, lines))
    return "\n".join(f"{name:{wide}}  {line}" for name, line in lines.items())
