"""Which plugins a results folder was made with, DIR/plugins.json: so that its runs can be loaded and checked later.

A plugin is code. A recorded one is run again only if its file still lies outside the folder where it was and says, to
the letter, what it said: a folder that comes from elsewhere runs nothing.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.planning import plugins
from benchmarks.planning.registry import CLASSES, DATASETS, FAMILIES, METHODS
from benchmarks.planning.resolve import sources
from benchmarks.planning.sources import source_of_file
from benchmarks.storage.files import read_json, write_json

FILE = "plugins.json"


def record(out: Path) -> None:
    """Adds the plugins in use to the folder's list."""
    known = recorded(out)
    new = [made for made in map(asdict, plugins.loaded()) if made not in known]
    if new:
        write_json(out / FILE, [*known, *new])


def recorded(out: Path) -> list[dict[str, Any]]:
    """Returns the folder's list; empty where there is none."""
    path = out / FILE
    made = read_json(path) if path.exists() else []
    if not isinstance(made, list) or not all(
        isinstance(m, dict) and {"name", "file", "source", "defines"} <= m.keys() for m in made
    ):
        raise ValueError(f"{path} is damaged: no list of plugins")
    return made


def load(out: Path, given: tuple[str, ...] = ()) -> list[str]:
    """Loads the plugins that are given, and the folder's own where they are unchanged; returns a line for each problem."""
    problems = plugins.load_as_they_are(given)
    own = [made for made in recorded(out) if made["file"] and not _in_use(made)]
    for made in own:
        path = Path(made["file"])
        if path.resolve().is_relative_to(out.resolve()) or not path.is_file():
            continue  # whatever needs it says so
        try:
            unchanged = source_of_file(path) == made["source"]
        except ValueError:  # edited since, and not even Python
            continue
        if unchanged:
            problems += plugins.load((made["file"],))
    return list(dict.fromkeys(problems))


def _in_use(made: dict[str, Any]) -> bool:
    return any(plugin.source == made["source"] for plugin in plugins.loaded())


def trouble(out: Path, config: Any) -> str:
    """Returns why a run of this folder cannot be used here: a plugin that is not there or was edited; "" where it can."""
    needs, names = dict(config.sources), {"family": config.family, "dataset": config.dataset}
    if config.method in METHODS.names():
        names["method"] = METHODS.get(config.method).cls.name
    kinds = {"family": FAMILIES, "dataset": DATASETS, "method": CLASSES}
    if config.domain:
        names["domain"], kinds["domain"] = config.domain.dataset, DATASETS
    here = all(part in names and names[part] in kinds[part].names() for part in kinds)
    now = sources(**names) if here else None
    if now == needs:
        return ""
    if not needs and now is None:
        return f"{config.method}, {config.family} or {config.dataset} is not here: give its plugin with --plugin FILE.py"
    by_source = {made["source"]: made["name"] for made in recorded(out)}
    asked = ", ".join(f"{by_source.get(source, 'a plugin')} ({source})" for source in {**needs}.values())
    return f"made with {asked or 'no plugin'}, which is not here or was edited: give the one it was made with (--plugin FILE.py)"
