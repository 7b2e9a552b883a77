"""Reports: from a results folder to tables, figures and one page. `render(DIR)` does it all."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType

from benchmarks.results import write_atomic
from reports import writers
from reports.figures import figures, save_png
from reports.page import page
from reports.store import Store
from reports.tables import tables
from reports.terminal import terminal

__all__ = ["Report", "render"]


@dataclass(frozen=True)
class Report:
    """What was written, and the terminal's table."""

    html: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    terminal: RenderableType


def render(folder: Path | str) -> Report:
    """Writes report.html, tables/<id>.{csv,md,tex} and figures/<id>.png; ValueError without results.

    Tables and figures that an earlier command left there, and that these results do not give, are removed.
    """
    folder = Path(folder)
    store = Store.open(folder)
    made = tables(store)
    drawn = dict(figures(store))
    pictures = tuple(save_png(figure, folder / "figures" / f"{name}.png") for name, figure in drawn.items())
    html = folder / "report.html"
    write_atomic(html, page(store, made, drawn))
    written = tuple(writers.write(made, folder / "tables"))
    for path in [*(folder / "tables").glob("*.*"), *(folder / "figures").glob("*.png")]:
        if path not in (*written, *pictures):
            path.unlink()
    return Report(html, written, pictures, terminal(store))
