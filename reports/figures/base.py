"""What every figure shares: type and ink, legends, montages, PNG, and SVG for light and dark pages."""

import io
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from benchmarks.results import write_atomic
from reports.store import Store
from reports.style import GRID, INK, MUTED, PAPER, look

RC: Any = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "axes.titlecolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "savefig.facecolor": PAPER,
    "legend.frameon": False,
    "axes.titlelocation": "left",
    "svg.fonttype": "none",
    "svg.hashsalt": "bidigan-bench",
}


def canvas(rows: int, columns: int, width: float, height: float, **options: Any) -> tuple[Figure, np.ndarray]:
    """A figure and its [rows, columns] axes, outside pyplot's global state."""
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, axes


def blank(axes: Iterable[Axes]) -> None:
    """Hides axes that hold nothing."""
    for ax in axes:
        ax.set_visible(False)


def label_lowest(axes: np.ndarray, n: int, text: str) -> None:
    """Labels the x axis of the lowest of the first `n` axes in each column: the last row may be short of some."""
    across = axes.shape[1]
    for ax in axes.flat[max(0, n - across) : n]:
        ax.set_xlabel(text)
        ax.tick_params(labelbottom=True)


def heading(ax: Axes, text: str) -> None:
    """A small title above the left edge."""
    ax.set_title(textwrap.fill(text, 30), loc="left", color=INK, fontsize=9.5)


def left_out(figure: Figure, names: list[str]) -> Figure:
    """Says under a figure what it has no panel for; returns it."""
    if names:
        text = f"no panel for: {', '.join(names)} (they are in the tables)"
        figure.supxlabel("\n".join(textwrap.wrap(text, 110)), fontsize=7, color=MUTED)
    return figure


def shape(n: int, across: int) -> tuple[int, int]:
    """Rows and columns of n small multiples."""
    columns = min(n, across)
    return -(-n // columns), columns


def legend(figure: Figure, store: Store, names: Iterable[str], lines: bool = True) -> None:
    """One legend for the whole figure, above it, in the fixed order."""
    handles, names = [], list(names)
    for name in names:
        a = look(name)
        handles.append(
            Line2D(
                [],
                [],
                color=a.colour,
                linestyle=a.line if lines else "none",
                marker=a.marker,
                markersize=5,
                markerfacecolor=PAPER if a.hollow else a.colour,
                label=store.title(name),
            )
        )
    longest = max((len(store.title(name)) for name in names), default=1)
    fitting = int(figure.get_figwidth() * 72 / (longest * 5 + 42))  # points a letter and a handle take
    columns = max(1, min(len(handles), fitting))
    tall = -(-len(handles) // columns)
    figure.set_figheight(figure.get_figheight() + 0.2 * (tall - 1))  # inches a line of the legend takes
    with matplotlib.rc_context(RC):
        found = figure.legend(handles=handles, loc="outside upper left", ncols=columns)
    for text in found.get_texts():
        text.set_color(INK)


def rgb(images: np.ndarray) -> np.ndarray:
    """uint8 [..., H, W, C] with one channel or three -> three."""
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images


def montage(images: np.ndarray, columns: int) -> np.ndarray:
    """uint8 [n, H, W, C] -> one image, `columns` across, a white pixel between."""
    images = rgb(images)
    n, height, width, channels = images.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return sheet


def picture(ax: Axes, image: np.ndarray, title: str = "") -> None:
    """An image without axes, its pixels as they are."""
    ax.imshow(image, interpolation="nearest", aspect="equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if title:
        heading(ax, title)


def literal(figure: Figure) -> Figure:
    """Names may hold dollar signs and backslashes: only ticks of axes that are not linear are read as mathematics."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) if axis.get_scale() != "linear"):
        for label in axis.get_ticklabels(which="both"):
            label.set_parse_math(True)
    return figure


def save_png(figure: Figure, path: Path) -> Path:
    buffer = io.BytesIO()
    with matplotlib.rc_context(RC):
        literal(figure).savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    write_atomic(path, buffer.getvalue())
    figure.set_layout_engine("none")  # laid out once, kept for SVG
    return path


def svg(figure: Figure) -> str:
    """The figure as SVG text without a ground, so that a dark page may invert it (keeping the hues)."""
    buffer = io.StringIO()
    with matplotlib.rc_context(RC):
        literal(figure).savefig(
            buffer, format="svg", facecolor="none", dpi=200, metadata={"Date": None, "Creator": None}
        )  # dpi: of what is rasterised
    return re.sub(r"\n\s*", "\n", buffer.getvalue())
