"""Published stores: their tables from their values whenever asked for, and the page that lies beside them."""

import io
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, UnidentifiedImageError

from benchmarks.results import write_atomic
from reports import writers
from reports.answer import readings
from reports.figures.base import save_png
from reports.figures.curves import collapse_curves
from reports.publish import FOLDER, PAGE, STORE, kept, small
from reports.store import Store
from reports.tables import tables

CURVES = "collapse-steps"


def tables_of(folder: Path) -> dict[str, str]:
    """Returns the tables that a published store's values give, name.csv and name.md, and its reading.md."""
    return _tables_of(folder, *((folder / name).stat().st_mtime_ns for name in STORE))


@cache
def _tables_of(folder: Path, *_: int) -> dict[str, str]:
    store = Store.open(folder)
    made = {
        f"{name}.{ending}": form(table)
        for name, table in tables(store).items()
        for ending, form in (("csv", writers.csv), ("md", writers.markdown))
    }
    return {**made, "reading.md": readings(store.views)}


def refresh(folder: Path, page: str, published: set[str]) -> list[Path]:
    """Writes a published store's page and curves again; returns the files whose content changed.

    What no store keeps is removed, if it was published before: published is those names. Raises ValueError for any other file.
    """
    others = sorted(path for path in folder.iterdir() if not kept(path))
    for path in others:
        if path.name not in published:
            raise ValueError(f"{path} belongs to no store and was never published: move it elsewhere")
    for path in others:
        path.unlink()
    return others + write_page(folder, page) + redraw(folder)


def write_page(folder: Path, page: str) -> list[Path]:
    path = folder / PAGE
    if path.exists() and path.read_text() == page:
        return []
    write_atomic(path, page)
    return [path]


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


def stores() -> list[Path]:
    """The published stores."""
    return sorted(path.parent for path in FOLDER.glob("*/results.parquet"))
