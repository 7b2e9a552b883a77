"""Published results rendered again from their stored values: what the statistics say of them now, nothing trained."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, UnidentifiedImageError

from benchmarks.results import write_atomic
from reports import writers
from reports.answer import readings
from reports.figures.base import save_png
from reports.figures.curves import collapse_curves
from reports.publish import FOLDER, small
from reports.store import Store
from reports.tables import tables
from reports.tables.reproduction import reproductions

CURVES = "collapse-steps"


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


def refresh(folder: Path, published: set[str]) -> list[Path]:
    """Writes the tables and the reading of one published store again; returns the files whose content changed.

    A table that the values no longer give is removed, if it is one that was published before: published is their names.
    Raises ValueError for any other, before anything is written.
    """
    wanted, changed = rendered(folder), []
    others = sorted({*folder.glob("*.md"), *folder.glob("*.csv")} - wanted.keys())
    for path in others:
        if path.name not in published:
            raise ValueError(f"{path} is no table of this store and was never published: move it elsewhere")
    for path, text in wanted.items():
        if not path.exists() or path.read_text() != text:
            write_atomic(path, text)
            changed.append(path)
    for path in others:
        path.unlink()
        changed.append(path)
    return changed + redraw(folder)


def redraw(folder: Path) -> list[Path]:
    """Draws a published store's curves of diversity again, which need its values alone; returns those whose pixels changed."""
    views, changed = Store.open(folder).views, []
    for view in views:
        path = folder / (f"{CURVES}.png" if len(views) == 1 else f"{CURVES}-{view.id}.png")
        figure = collapse_curves(view) if path.exists() else None
        if figure is None:
            continue
        with TemporaryDirectory() as made:
            content = small(save_png(figure, Path(made) / path.name))
        if pixels(path) != pixels(io.BytesIO(content)):
            path.write_bytes(content)
            changed.append(path)
    return changed


def pixels(picture: Path | io.BytesIO) -> bytes:
    """Returns what a picture shows; b"" for a file that is none."""
    try:
        return Image.open(picture).convert("RGBA").tobytes()
    except UnidentifiedImageError:
        return b""


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
