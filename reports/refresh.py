"""Published results rendered again from their stored values: what the statistics say of them now, nothing trained."""

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
