"""Figures of images: samples from the same z, reconstructions, interpolations, and samples at 200 steps."""

import numpy as np
from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, heading, montage, picture, shape
from reports.store import View
from reports.style import INK

EARLY = 200  # Lazarou's article, figures 6 and 7


def array(view: View, run: str, name: str, step: int, key: str = "x") -> np.ndarray | None:
    """One array of a panel, images only; None where the run has none."""
    path = view.store.panels(run).get((name, step))
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as panel:
            images = np.asarray(panel[key])
    except (OSError, KeyError, ValueError):
        return None
    return images if images.dtype == np.uint8 and images.ndim >= 4 else None


def panel_steps(view: View, name: str) -> list[int]:
    """Steps at which some run of this view left a panel of this name."""
    runs = [run for label in view.labels for run in view.runs(label).values()]
    return sorted({step for run in runs for kind, step in view.store.panels(run) if kind == name})


def shown_seed(view: View, name: str, step: int) -> int | None:
    """The lowest seed for which the most methods have the panel: chosen by number, never by looks."""
    having = {
        label: {s for s, run in view.runs(label).items() if (name, step) in view.store.panels(run)}
        for label in view.labels
    }
    every = sorted(set().union(*having.values())) if having else []
    return max(every, key=lambda s: (sum(s in seeds for seeds in having.values()), -s)) if every else None


def chosen(
    view: View, name: str, step: int | None = None, key: str = "x"
) -> tuple[int, int, dict[str, np.ndarray]] | None:
    """(step, seed, label -> array) of one panel at a step (default: the common last one with panels)."""
    steps = panel_steps(view, name)
    if not steps:
        return None
    wanted = view.step if step is None else step
    step = wanted if wanted in steps else steps[-1]
    seed = shown_seed(view, name, step)
    found: dict[str, np.ndarray] = {}
    for label in view.labels:
        run = view.runs(label).get(seed if seed is not None else -1)
        images = array(view, run, name, step, key) if run else None
        if images is not None:
            found[label] = images
    return (step, seed, found) if found and seed is not None else None


def real_samples(view: View) -> np.ndarray | None:
    """The real images that stand beside the samples."""
    rows = view.rows[(view.rows["kind"] == "ceiling") & (view.rows["method"] == "real")]
    for run in dict.fromkeys([*rows["run"], "real"]):
        steps = sorted(step for kind, step in view.store.panels(run) if kind == "samples")
        if steps:
            return array(view, run, "samples", steps[-1])
    return None


def sheet(view: View, step: int | None, title: str) -> Figure | None:
    """One montage per method, the real images first, all from the same z at one seed."""
    found = chosen(view, "samples", step)
    if found is None:
        return None
    at, seed, images = found
    real = real_samples(view)
    shown = ([("Real images", real)] if real is not None else []) + [
        (view.store.title(k, samples=True), v) for k, v in images.items()
    ]
    rows, columns = shape(len(shown), 3)
    figure, axes = canvas(rows, columns, 2.9 * columns, 3.15 * rows + 0.4)
    for ax, (name, x) in zip(axes.flat, shown, strict=False):
        picture(ax, montage(x, int(np.ceil(np.sqrt(len(x))))), name)
    blank(axes.flat[len(shown) :])
    figure.suptitle(
        f"{title} (step {at:,}, seed {seed}, the same z for every method)", x=0.01, ha="left", fontsize=10
    )
    return figure


def samples(view: View) -> Figure | None:
    """Samples from the same z across methods at the last common step (AEGAN, Fig. 3)."""
    return sheet(view, None, "Samples")


def early_samples(view: View) -> Figure | None:
    """The same at step 200, or the earliest evaluated one (the article's figures 6 and 7)."""
    steps = panel_steps(view, "samples")
    if not steps or (len(steps) == 1 and steps[0] != EARLY):
        return None
    return sheet(view, EARLY if EARLY in steps else steps[0], "Early samples")


def points(view: View) -> Figure | None:
    """Samples of 2D data as points, the real ones first, a panel per method at the seed shown."""
    steps = panel_steps(view, "samples")
    step = view.step if view.step in steps else (steps[-1] if steps else None)
    seed = shown_seed(view, "samples", step) if step is not None else None
    if step is None or seed is None:
        return None
    found = {n: scatter(view, view.runs(n).get(seed, ""), step) for n in view.labels}
    rows = view.rows[(view.rows["kind"] == "ceiling") & (view.rows["method"] == "real")]
    real = [scatter(view, run, s) for run in dict.fromkeys(rows["run"]) for _, s in view.store.panels(run)]
    every = {"Real points": next(iter(real), None)} | {
        view.store.title(n, samples=True): x for n, x in found.items()
    }
    shown = [(name, x) for name, x in every.items() if x is not None]
    if not shown:
        return None
    rows_, columns = shape(len(shown), 4)
    figure, axes = canvas(rows_, columns, 2.3 * columns, 2.4 * rows_ + 0.3, sharex=True, sharey=True)
    for ax, (name, x) in zip(axes.flat, shown, strict=False):
        ax.plot(x[:, 0], x[:, 1], ".", color=INK, markersize=2, alpha=0.5)
        heading(ax, name)
        ax.set_aspect("equal")
    blank(axes.flat[len(shown) :])
    figure.suptitle(f"Samples (step {step:,}, seed {seed}, the same z)", x=0.01, ha="left", fontsize=10)
    return figure


def scatter(view: View, run: str, step: int) -> np.ndarray | None:
    """float [n, 2] of a samples panel; None where it holds images or is missing."""
    path = view.store.panels(run).get(("samples", step))
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as panel:
            x = np.asarray(panel["x"])
    except (OSError, KeyError, ValueError):
        return None
    return x.astype(float) if x.ndim == 2 and x.shape[1] == 2 else None


def reconstructions(view: View) -> Figure | None:
    """Held-out real images above their reconstructions, a row per method (AEGAN, Fig. 4)."""
    found, originals = chosen(view, "reconstructions", key="x_rec"), chosen(view, "reconstructions")
    if found is None or originals is None:
        return None
    step, seed, images = found
    real = next(iter(originals[2].values()))
    shown = [("Real", real), *((view.store.title(k), v) for k, v in images.items())]
    figure, axes = canvas(len(shown), 1, 8.6, 0.62 * len(shown) + 0.5)
    for ax, (name, x) in zip(axes.flat, shown, strict=True):
        picture(ax, montage(x, len(x)))
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(
        f"Reconstructions of held-out images (step {step:,}, seed {seed})", x=0.01, ha="left", fontsize=10
    )
    return figure


def interpolations(view: View) -> Figure | None:
    """Between real images (the end columns) through E and G; the last row ends in a mirror image (Fig. 1)."""
    found = chosen(view, "interpolations")
    if found is None:
        return None
    step, seed, images = found
    rows, columns = shape(len(images), 2)
    figure, axes = canvas(rows, columns, 4.6 * columns, 2.3 * rows + 0.5)
    for ax, (name, x) in zip(axes.flat, images.items(), strict=False):
        flat = x.reshape(-1, *x.shape[2:])
        picture(ax, montage(flat, x.shape[1]), view.store.title(name))
    blank(axes.flat[len(images) :])
    title = (
        f"Interpolations: real images at both ends, last row to the mirror image (step {step:,}, seed {seed})"
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return figure
