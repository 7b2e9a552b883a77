"""What E and G make of the plane (GAIA's Fig. 2, Sainburg et al. 2018), and G of each category of a mixed prior."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, heading, shape
from reports.figures.grids import chosen, plane, title
from reports.figures.sheets import Arrays, reference
from reports.store import View
from reports.style import INK, MUTED

PARTS = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00", "#009E73")  # told apart in grey too
TITLES = ("Codes E(x)", "G(E(x))", "G between codes", "G of a mesh")
BEHIND = "#aab3bd"  # the data behind what G draws
KEYS = {"x", "z", "x_rec", "x_int", "part", "mesh_z", "mesh_x", "inside"}


def scatter(ax: Axes, points: np.ndarray, part: np.ndarray) -> None:
    """Points coloured by the component that they (or their originals) belong to."""
    colours = [PARTS[p % len(PARTS)] for p in part]
    ax.scatter(points[:, 0], points[:, 1], s=3, c=colours, linewidths=0, rasterized=True)


def mesh(ax: Axes, nodes: np.ndarray, inside: np.ndarray, behind: np.ndarray) -> None:
    """The lines of a mesh [m, m, 2] between nodes inside the hull, on the data in grey."""
    ax.scatter(behind[:, 0], behind[:, 1], s=3, color=BEHIND, linewidths=0, rasterized=True)
    lines = np.where(inside[..., None], nodes, np.nan)
    for way in (lines, lines.swapaxes(0, 1)):
        ax.plot(way[..., 0].T, way[..., 1].T, color=INK, linewidth=0.4, alpha=0.8)


def frame(ax: Axes, x: np.ndarray) -> None:
    """Limits of data space: a square around the data, a fifth larger than they are, both axes alike."""
    middle, half = (x.min(0) + x.max(0)) / 2, 0.6 * float(np.ptp(x, axis=0).max())
    ax.set_xlim(middle[0] - half, middle[0] + half)
    ax.set_ylim(middle[1] - half, middle[1] + half)


def row(axes: np.ndarray, a: Arrays, name: str) -> None:
    """Codes, reconstructions, points between codes, mesh: one method."""
    scatter(axes[0], a["z"], a["part"])
    scatter(axes[1], a["x_rec"], a["part"])
    axes[2].scatter(a["x"][:, 0], a["x"][:, 1], s=3, color=BEHIND, linewidths=0, rasterized=True)
    axes[2].scatter(a["x_int"][:, 0], a["x_int"][:, 1], s=3, color=INK, linewidths=0, rasterized=True)
    mesh(axes[3], a["mesh_x"], a["inside"], a["x"])
    for ax, points in zip(axes, (a["z"], a["x"], a["x"], a["x"]), strict=True):
        frame(ax, points)
        ax.set_box_aspect(1)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(False)
    axes[0].set_ylabel(textwrap.fill(name, 14), rotation=0, ha="right", va="center", color=INK)
    if not a["inside"].any():
        axes[3].text(
            0.5, 0.5, "the codes lie on a line", transform=axes[3].transAxes, ha="center", color=MUTED
        )


def latent(view: View) -> Figure | None:
    """A row per method, the data themselves (E and G the identity) first, at one step and seed."""
    found = chosen(view, "latent")
    if found is None:
        return None
    where, seed, arrays = found
    every = {"Data": reference(view, "latent")} | {view.store.title(k): a for k, a in arrays.items()}
    shown = {name: a for name, a in every.items() if KEYS <= set(a)}
    if not shown:
        return None
    figure, axes = canvas(len(shown), 4, 8.2, 1.8 * len(shown) + 0.6)
    for line, (name, a) in zip(axes, shown.items(), strict=True):
        row(line, a, name)
    for ax, text in zip(axes[0], TITLES, strict=True):
        heading(ax, text)
    title(figure, f"The latent plane of {view.dataset} ({where}, seed {seed})")
    return figure


def category_points(view: View) -> Figure | None:
    """Draws G of the same continuous latents with each category in turn, a colour each; a panel per method."""
    found = chosen(view, "categories")
    if found is None:
        return None
    where, seed, arrays = found
    shown = {view.store.title(k): a["edited"] for k, a in arrays.items() if plane(a.get("x")) is not None}
    if not shown:
        return None
    rows, columns = shape(len(shown), 4)
    figure, axes = canvas(rows, columns, max(2.3 * columns, 4.6), 2.4 * rows + 0.3)
    for ax, (name, edited) in zip(axes.flat, shown.items(), strict=False):
        n, k = edited.shape[:2]
        points = edited.astype(float).reshape(n * k, 2)
        scatter(ax, points, np.tile(np.arange(k), n))
        frame(ax, points)
        ax.set_aspect("equal")
        heading(ax, f"{name}, {k} categories")
    blank(axes.flat[len(shown) :])
    title(figure, f"The same latents with each category ({where}, seed {seed})")
    return figure
