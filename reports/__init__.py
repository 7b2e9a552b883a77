"""Reports: from a results folder to tables, figures and one page. `render(DIR)` does it all."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from benchmarks.results import Manifest, write_atomic
from reports import writers
from reports.figures import figures, save_png
from reports.page import page
from reports.store import Store
from reports.tables import tables
from reports.terminal import terminal

__all__ = ["Report", "render"]


@dataclass(frozen=True)
class Report:
    """What was written, and the terminal's table, with a line for each file of others that was in the way."""

    html: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    terminal: RenderableType


def render(folder: Path | str) -> Report:
    """Writes report.html, tables/<id>.{csv,md,tex} and figures/<id>.png; ValueError without results.

    Tables and figures that an earlier report wrote, and that these results do not give, are removed. Other files are
    not: where one is in the way, it is moved to set-aside.
    """
    folder = Path(folder)
    store = Store.open(folder)
    made = tables(store)
    drawn = dict(figures(store))
    html, manifest = folder / "report.html", Manifest(folder)
    manifest.make_way([html, *writers.paths(made, folder / "tables")])
    manifest.make_way(folder / "figures" / f"{name}.png" for name in drawn)
    pictures = tuple(save_png(figure, folder / "figures" / f"{name}.png") for name, figure in drawn.items())
    write_atomic(html, page(store, made, drawn))
    written = tuple(writers.write(made, folder / "tables"))
    manifest.finish([html, *written, *pictures])
    shown = Group(terminal(store), *(Text(f"note: {line}") for line in manifest.moved))
    return Report(html, written, pictures, shown)
