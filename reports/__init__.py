"""Reports: from a results folder to tables, figures and one page. `render(DIR)` does it all."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType

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
    """Writes report.html, tables/<id>.{csv,md,tex} and figures/<id>.png. ValueError without results."""
    folder = Path(folder)
    store = Store.open(folder)
    made = tables(store)
    drawn = dict(figures(store))
    pictures = tuple(save_png(figure, folder / "figures" / f"{name}.png") for name, figure in drawn.items())
    html = folder / "report.html"
    html.write_text(page(store, made, drawn), encoding="utf-8")
    return Report(html, tuple(writers.write(made, folder / "tables")), pictures, terminal(store))
