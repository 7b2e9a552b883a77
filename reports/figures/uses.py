"""What models are used for: super-resolution, search, attribute vectors, categories and translation, with words beside rows
and columns.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, picture, shape
from reports.figures.grids import chosen, pictures, title
from reports.store import View
from reports.style import MUTED

BLOCKS = ("original", "blurred", "restored")
QUERIES = ("test images", "colour shift", "occlusion")


def down(ax: Axes, words: Sequence[str], each: Sequence[int]) -> None:
    """Writes words to the left of a sheet, each beside the middle of so many rows."""
    height = ax.get_ylim()[0] / sum(each)
    edges = np.cumsum([0, *each])
    ax.set_yticks([(a + b) / 2 * height for a, b in pairwise(edges)], words)
    ax.tick_params(length=0, labelcolor=MUTED, labelsize=7.5)


def grids(
    view: View, name: str, references: dict[str, str], size: tuple[float, float], words: str
) -> tuple[Figure, list[Axes]] | None:
    """A sheet a method, references first, at most three across; the axes that are used."""
    found = pictures(view, name, references)
    if found is None:
        return None
    where, shown = found
    rows, columns = shape(len(shown), 3)
    figure, axes = canvas(rows, columns, size[0] * columns + 0.5, size[1] * rows + 0.4)
    for ax, (method, x) in zip(axes.flat, shown.items(), strict=False):
        picture(ax, x, method)
    blank(axes.flat[len(shown) :])
    title(figure, f"{words} ({where})")
    return figure, list(axes.flat[: len(shown)])


def superresolution(view: View) -> Figure | None:
    """Originals, blurred, and restored by G(E(.)) without training for it: generated, then real (Luo, Fig. 5)."""
    made = grids(
        view, "superresolution", {}, (3.0, 2.5), "Super-resolution: generated images, then real ones"
    )
    if made is None:
        return None
    for ax in made[1]:
        down(ax, BLOCKS * 2, (1,) * 6)
    return made[0]


def translations(view: View) -> Figure | None:
    """Images of each domain, their translations, the true counterparts, and the way back (Zhu et al. 2017, Fig. 4)."""
    found = chosen(view, "translations")
    made = grids(
        view, "translations", {}, (3.2, 3.3), "Translations: images of one domain, then of the other"
    )
    if made is None or found is None:
        return None
    known = ["truth"] * ("truth" in next(iter(found[2].values())))
    words = ["image", "translation", *known, "and back"]
    for ax in made[1]:
        down(ax, words * 2, (1,) * (2 * len(words)))
    return made[0]


def search(view: View) -> Figure | None:
    """Queries and the nearest training images by E, beside pixels and dHash (Luo, Figs. 3 and 4); originals framed."""
    references = {"Pixels": "search", "dHash": "search-dhash"}
    words = "Search: a query, then its five nearest training images; framed: the undistorted original"
    made = grids(view, "search", references, (2.5, 2.95), words)
    if made is None:
        return None
    for ax in made[1]:
        down(ax, QUERIES, (4, 2, 2))
    return made[0]


def attributes(view: View) -> Figure | None:
    """Attribute vectors added to the codes of two test images, at several strengths (Sainburg, Fig. 4)."""
    found = chosen(view, "attributes")
    words = "Attribute vectors: the image at the left, then G(E(x) + strength × vector)"
    made = grids(view, "attributes", {"Pixel space": "attributes"}, (3.4, 3.1), words)
    if made is None or found is None:
        return None
    arrays = next(iter(found[2].values()))
    names, strengths = arrays["name"], arrays["strength"]
    for ax in made[1]:
        down(ax, [str(name).replace("_", " ") for name in names], (2,) * len(names))
        across = ax.get_xlim()[1] / (len(strengths) + 1)
        ax.set_xticks(
            [(i + 1.5) * across for i in range(len(strengths))], [f"{s:+g}" if s else "0" for s in strengths]
        )
    return made[0]


def categories(view: View) -> Figure | None:
    """Draws latents with the category changed, the rest kept (Lazarou 2020, section 5.3): samples, then test images."""
    found = chosen(view, "categories")
    words = "Categories: the image at the left, then its latents with every category in turn"
    made = grids(view, "categories", {}, (3.4, 3.1), words)
    if made is None or found is None:
        return None
    for ax, arrays in zip(made[1], found[2].values(), strict=False):
        n, k = arrays["edited"].shape[:2]
        down(ax, ["samples", "test images"], (4, 4)) if n == 8 else down(ax, ["samples"], (n,))
        across = ax.get_xlim()[1] / (k + 1)
        ax.set_xticks([(i + 1.5) * across for i in range(k)], [str(i) for i in range(k)])
    return made[0]
