"""What there is, a line each: `--list` says it without importing what it lists; of data sets, whether their files are here."""

from pathlib import Path

from benchmarks.planning import preset
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, METRICS

LISTS = {
    "methods": METHODS.lines,
    "datasets": DATASETS.lines,
    "metrics": METRICS.lines,
    "presets": lambda: {name: str(preset.read(name).get("summary", "")) for name in preset.names()},
    "families": FAMILIES.lines,
}
READY, MISSING = "ready", "no files"


def listing(what: str, cache: Path | None = None, root: Path | None = None) -> str:
    """Returns name and line of each, in columns; `what` is a key of LISTS. cache, root: where data sets are looked for."""
    lines = LISTS[what]()
    wide = max(map(len, lines))
    if what == "datasets":
        lines = {name: f"{state(name, cache, root):{len(MISSING)}}  {line}" for name, line in lines.items()}
    return "\n".join(f"{name:{wide}}  {line}" for name, line in lines.items())


def state(name: str, cache: Path | None, root: Path | None) -> str:
    """Returns READY for a data set that needs no files or has them below `root` or the cache's downloads, else MISSING."""
    from benchmarks.storage.cached import default_cache

    kind = DATASETS.get(name)
    try:
        made = kind(cache or default_cache(), root if kind.needs_root else None)
        empty = made.empty()
    except (ValueError, OSError):
        return MISSING
    return MISSING if empty else READY
