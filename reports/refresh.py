"""Published results rendered again from their stored values: what the statistics say of them now, nothing trained."""

import json
from pathlib import Path

from benchmarks.results import write_atomic
from reports import writers
from reports.answer import readings
from reports.publish import FOLDER
from reports.store import Store
from reports.tables import tables
from reports.tables.reproduction import reproductions


def rendered(folder: Path) -> dict[Path, str]:
    """Returns the tables and the reading that a published store's values give, by path."""
    store = Store.open(folder)
    wanted = {
        folder / f"{name}.{ending}": form(table)
        for name, table in tables(store).items()
        for ending, form in (("csv", writers.csv), ("md", writers.markdown))
    }
    wanted[folder / "reading.md"] = readings(store.views)
    return wanted


def refresh(folder: Path) -> list[Path]:
    """Writes the tables and the reading of one published store again; returns the files whose content changed.

    A table that the values no longer give is removed, if it is one that was published before.
    """
    wanted, changed = rendered(folder), []
    for path, text in wanted.items():
        if not path.exists() or path.read_text() != text:
            write_atomic(path, text)
            changed.append(path)
    for path in sorted({*folder.glob("*.md"), *folder.glob("*.csv")} - wanted.keys()):
        path.unlink()
        changed.append(path)
    return changed


def collect() -> list[Path]:
    """Writes T7, every published value beside the store that asked it best, over all published stores; returns what changed."""
    table = reproductions(Store.open(folder) for folder in stores())
    if table is None:
        return []
    wanted = {
        FOLDER / "reproduction.csv": writers.csv(table),
        FOLDER / "reproduction.md": writers.markdown(table),
    }
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in changed:
        write_atomic(path, wanted[path])
    return changed


def stores() -> list[Path]:
    """The published stores."""
    return sorted(path.parent for path in FOLDER.glob("*/results.parquet"))


def describe(
    folder: Path, metrics: dict[str, dict[str, object]], methods: dict[str, dict[str, object]]
) -> None:
    """Adds to a store's meta.json what is known of its metrics and methods and was not when it was written.

    metrics, methods: name -> display facts (a range, whose generator a method uses); values that are there stay.
    """
    path = folder / "meta.json"
    meta = json.loads(path.read_text())
    for known, facts in (("metrics", metrics), ("methods", methods)):
        for name, own in meta.get(known, {}).items():
            own.update({key: value for key, value in facts.get(name, {}).items() if key not in own})
    write_atomic(path, json.dumps(meta, indent=1) + "\n")
