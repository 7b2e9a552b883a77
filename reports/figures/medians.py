"""Each method's median run by FID: what it usually draws, neither its best nor its worst."""

import numpy as np
from matplotlib.figure import Figure

from reports.contrasts import FID, named
from reports.figures.base import blank, canvas, picture, shape
from reports.figures.grids import panel_step, title
from reports.figures.sheets import drawn, load, reference
from reports.frames import Label
from reports.store import View

ACROSS = 3


def median_seeds(view: View) -> dict[Label, tuple[int, float]]:
    """label -> (seed, FID) of its median run; of an even number of runs the better one in the middle."""
    found = {}
    for name, own in view.at(FID).items():
        ranked = sorted((value, seed) for seed, value in own.items())
        value, seed = ranked[(len(ranked) - 1) // 2]
        found[Label.of(name)] = (seed, value)
    return found


def medians(view: View, panel: str, words: str) -> Figure | None:
    """A sheet a method of one panel, the real images first where they have one."""
    at, shown = panel_step(view, panel), {}
    for name, (seed, value) in median_seeds(view).items():
        arrays = load(view.store.panels(view.runs(name).get(seed, "")).get((panel, at.get(name, -1))))
        if (image := drawn(panel, arrays)) is not None:
            shown[f"{view.store.title(name, samples=True)}: seed {seed}, FID {value:.3g}"] = image
    if not shown or not named(view):
        return None
    real = drawn(panel, reference(view, panel)) if panel == "samples" else None
    every: dict[str, np.ndarray] = ({"Real images": real} if real is not None else {}) | shown
    rows, columns = shape(len(every), ACROSS)
    height, width = next(iter(every.values())).shape[:2]
    figure, axes = canvas(rows, columns, 3.4 * columns, (3.4 * height / width + 0.25) * rows + 0.4)
    for ax, (heading, image) in zip(axes.flat, every.items(), strict=False):
        picture(ax, image, heading)
    blank(axes.flat[len(every) :])
    title(figure, f"{words} of each method's median run by FID ({view.when})")
    return figure


def median_samples(view: View) -> Figure | None:
    """Samples, the same z for every method of a seed."""
    return medians(view, "samples", "Samples")


def median_reconstructions(view: View) -> Figure | None:
    """Held-out images above their reconstructions."""
    return medians(view, "reconstructions", "Held-out images above their reconstructions")
