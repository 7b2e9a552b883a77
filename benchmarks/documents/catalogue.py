"""One table per kind of plugin, in Markdown, written from what the registries find."""

import inspect
import sys
from pathlib import Path

from benchmarks.planning import preset
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, METRICS, Entry

COSTS = Path(__file__).parents[2] / "reports" / "published" / "costs.md"


def methods() -> str:
    """Returns one row per method: networks, terms of G and E with their weights, paper."""
    head = "| method | | networks | terms of G and E (weight) | paper |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{e.name}` | {e.title} | {_roles(e)} | {_terms(e)} | {e.paper} |\n" for e in METHODS
    )


def _roles(entry: Entry) -> str:
    base = f"; frozen {', '.join(entry.cls.base_roles)} of `{entry.cls.base}`" if entry.cls.base else ""
    return ", ".join(entry.cls.roles) + base


def _terms(entry: Entry) -> str:
    return ", ".join(f"{name} ({weight:g})" for name, weight in entry.weights.items() if weight) or "none"


def deviations() -> str:
    """Returns one row per declared deviation of a method or a family from its paper."""
    rows = [(f"`{e.name}`", line) for e in METHODS if e.name == e.cls.name for line in e.cls.deviations]
    rows += [(f"family `{f.name}`", line) for f in FAMILIES for line in f.deviations]
    return "| where | what differs |\n|---|---|\n" + "".join(
        f"| {where} | {line} |\n" for where, line in rows
    )


def datasets() -> str:
    """Returns one row per data set: what it is, its defaults, whether it needs files."""
    rows = ""
    for d in DATASETS:
        defaults = ", ".join(
            f"{key} {value}" for key, value in d.defaults.items() if value not in (None, False, "")
        )
        rows += f"| `{d.name}` | {d.summary} | {defaults} | {'`--data-root`' if d.needs_root else 'no download'} |\n"
    return "| data set | what it is | defaults | files |\n|---|---|---|---|\n" + rows


def metrics() -> str:
    """Returns one row per metric: its values, what it needs, its reference rows."""
    rows = ""
    for m in METRICS:
        values = cell(", ".join(value.title for value in list(m.values.values())[:6]))
        more = ", ..." if len(m.values) > 6 else ""
        references = ", ".join(m.references) or "none"
        rows += f"| `{m.name}` | {m.title}: {values}{more} | {', '.join(sorted(m.needs))} | {references} |\n"
    return "| metric | values | needs | reference rows |\n|---|---|---|---|\n" + rows


def computed() -> str:
    """Returns one row per metric: how its values are computed, as its module says."""
    rows = ""
    for m in METRICS:
        told = inspect.getdoc(sys.modules[m.compute.__module__]) or ""
        rows += f"| `{m.name}` | {cell(' '.join(told.split()))} |\n"
    return "| metric | how it is computed |\n|---|---|\n" + rows


def cell(text: str) -> str:
    """Returns text that a table's cell can hold as it is."""
    return text.replace("|", "\\|")


def presets() -> str:
    """Returns one row per preset: what it runs, on which data, with how many seeds."""
    rows = ""
    for name in preset.names():
        parts = [preset.build(values) for values in preset.parts(preset.read(name))]
        where = ", ".join(dict.fromkeys(part.dataset for part in parts))
        rows += f"| `{name}` | {parts[0].summary} | {where} | {len(parts[0].seed_list)} |\n"
    return "| preset | what it runs | data | seeds |\n|---|---|---|---|\n" + rows


def costs() -> str:
    """Returns the committed table of `python -m benchmarks.costs`."""
    return COSTS.read_text() if COSTS.exists() else "Not measured yet.\n"
