"""Figures of images: samples from the same z, reconstructions, interpolations, and samples at 200 steps."""

import math
import textwrap
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reports.figures.base import blank, canvas, heading, montage, picture, shape
from reports.figures.sheets import Arrays, drawn, load, reference
from reports.frames import Label
from reports.store import View
from reports.style import INK, MUTED

EARLY = 200  # Lazarou's article, figures 6 and 7
MANY = 9  # sheets; of more than these the upper half is shown, four side by side


def panel_steps(view: View, name: str) -> list[int]:
    """Steps at which some run of this view left a panel of this name."""
    runs = [run for label in view.labels for run in view.runs(label).values()]
    return sorted({step for run in runs for kind, step in view.store.panels(run) if kind == name})


def panel_step(view: View, name: str, step: int | None = None) -> dict[Label, int]:
    """label -> the step of its panels at a step, by default where its methods stand beside each other; empty without panels."""
    steps = panel_steps(view, name)
    if step is None and view.budget:
        return view.ends if steps else {}
    wanted = view.step if step is None else step
    return dict.fromkeys(view.labels, wanted if wanted in steps else steps[-1]) if steps else {}


def shown_seed(view: View, name: str, at: Mapping[Label, int]) -> int | None:
    """The lowest seed for which the most methods have the panel at their step: chosen by number, never by looks."""
    having = {
        label: {s for s, run in view.runs(label).items() if (name, at.get(label)) in view.store.panels(run)}
        for label in view.labels
    }
    every = sorted(set().union(*having.values())) if having else []
    return max(every, key=lambda s: (sum(s in seeds for seeds in having.values()), -s)) if every else None


def chosen(view: View, name: str, step: int | None = None) -> tuple[str, int, dict[str, Arrays]] | None:
    """("step 200", seed, label -> arrays) of one panel at a step (default: the common last one with panels)."""
    at = panel_step(view, name, step)
    if not at:
        return None
    seed = shown_seed(view, name, at)
    runs = {label: view.runs(label).get(seed if seed is not None else -1, "") for label in view.labels}
    arrays: dict[str, dict[str, Any]] = {
        label: load(view.store.panels(run).get((name, at.get(label, -1)))) for label, run in runs.items()
    }
    found = {label: own for label, own in arrays.items() if own}
    steps = sorted({at[Label.of(label)] for label in found})
    where = f"step {steps[0]:,}" if len(steps) == 1 else view.when
    return (where, seed, found) if found and seed is not None else None


def others(view: View, name: str, shown: Collection[str], step: int | None = None) -> dict[str, Arrays]:
    """Methods without a panel of the seed shown, such as where a time limit ended first, at their lowest seed, by title."""
    found, at = {}, panel_step(view, name, step)
    for label in view.labels:
        runs = view.runs(label)
        seeds = [seed for seed, run in runs.items() if (name, at.get(label)) in view.store.panels(run)]
        if label not in shown and seeds:
            title = f"{view.store.title(label, samples=name == 'samples')} (seed {min(seeds)})"
            found[title] = load(view.store.panels(runs[min(seeds)])[name, at[label]])
    return found


def pictures(
    view: View, name: str, references: dict[str, str], step: int | None = None
) -> tuple[str, dict[str, np.ndarray]] | None:
    """("step 200, seed 0", title -> sheet) of one panel; before the methods, references by title and panel."""
    found = chosen(view, name, step)
    if found is None:
        return None
    where, seed, arrays = found
    before = {title: drawn(name, reference(view, panel)) for title, panel in references.items()}
    own = {view.store.title(k, samples=name == "samples"): drawn(name, a) for k, a in arrays.items()}
    own |= {title: drawn(name, a) for title, a in others(view, name, arrays, step).items()}
    if all(image is None for image in own.values()):
        return None
    every = {title: image for title, image in (before | own).items() if image is not None}
    return f"{where}, seed {seed}", every


def title(figure: Figure, text: str) -> None:
    """Puts a title on a figure, in as many lines as its width needs."""
    across = max(20, int(12 * figure.get_figwidth()))  # characters
    figure.suptitle("\n".join(textwrap.wrap(text, across)), x=0.01, ha="left", fontsize=10)


def sheet(view: View, step: int | None, name: str) -> Figure | None:
    """One montage per method, the real images first, all from the same z at one seed; of many methods, fewer images each."""
    found = pictures(view, "samples", {"Real images": "samples"}, step)
    if found is None:
        return None
    where, shown = found
    rows, columns = shape(len(shown), 4 if len(shown) > MANY else 3)
    part = 0.5 if len(shown) > MANY else 1
    figure, axes = canvas(rows, columns, 2.9 * columns, (2.9 * part + 0.25) * rows + 0.4)
    for ax, (method, x) in zip(axes.flat, shown.items(), strict=False):
        picture(ax, x[: math.ceil(part * len(x))], method)
    blank(axes.flat[len(shown) :])
    title(figure, f"{name} ({where}, the same z for every method)")
    return figure


def samples(view: View) -> Figure | None:
    """Samples from the same z across methods at the last common step (AEGAN, Fig. 3)."""
    return sheet(view, None, "Samples")


def early_samples(view: View) -> Figure | None:
    """The same at step 200, or the earliest evaluated one (the article's figures 6 and 7); none where steps are not equal."""
    steps = panel_steps(view, "samples")
    if not steps or view.budget or (len(steps) == 1 and steps[0] != EARLY):
        return None
    return sheet(view, EARLY if EARLY in steps else steps[0], "Early samples")


def points(view: View) -> Figure | None:
    """Samples of 2D data as points, the real ones first, a panel per method at the seed shown.

    A square twice as large as the real points bounds every panel, which says how many of a method's points lie outside: one
    that draws far away does not shrink the others.
    """
    found = chosen(view, "samples")
    if found is None:
        return None
    where, seed, arrays = found
    every = {"Real points": reference(view, "samples")}
    every |= {view.store.title(n, samples=True): a for n, a in arrays.items()}
    shown = [(name, x) for name, a in every.items() if (x := plane(a.get("x"))) is not None]
    if not shown:
        return None
    rows, columns = shape(len(shown), 4)
    figure, axes = canvas(rows, columns, 2.3 * columns, 2.4 * rows + 0.3, sharex=True, sharey=True)
    middle, half = (shown[0][1].min(0) + shown[0][1].max(0)) / 2, np.ptp(shown[0][1], axis=0).max()
    for ax, (name, x) in zip(axes.flat, shown, strict=False):
        ax.plot(x[:, 0], x[:, 1], ".", color=INK, markersize=3, markeredgewidth=0, alpha=0.7, rasterized=True)
        heading(ax, name)
        ax.set_aspect("equal")
        if "Real points" in dict(shown):
            ax.set_xlim(middle[0] - half, middle[0] + half)
            ax.set_ylim(middle[1] - half, middle[1] + half)
            if (outside := (abs(x - middle) > half).any(1).mean()) > 0:
                ax.text(0.03, 0.03, f"{outside:.1%} outside", transform=ax.transAxes, fontsize=7, color=MUTED)
    blank(axes.flat[len(shown) :])
    seen = next((a["variance"] for a in every.values() if "variance" in a), None)
    axes_are = (
        ""
        if seen is None
        else f", along the real points' first two principal axes, {seen.sum():.0%} of their variance"
    )
    title(figure, f"Samples ({where}, seed {seed}, the same z{axes_are})")
    return figure


def plane(x: np.ndarray | None) -> np.ndarray | None:
    """Points [n, 2] as floats; None for anything else."""
    return None if x is None or x.ndim != 2 or x.shape[1] != 2 else x.astype(float)


def reconstructions(view: View) -> Figure | None:
    """Held-out real images above their reconstructions, a row per method (AEGAN, Fig. 4)."""
    found = chosen(view, "reconstructions")
    if found is None:
        return None
    where, seed, arrays = found
    every = {view.store.title(k): a for k, a in arrays.items()} | others(view, "reconstructions", arrays)
    whole = {title: a for title, a in every.items() if drawn("reconstructions", a) is not None}
    if not whole:
        return None
    shown = {"Real": next(iter(whole.values()))["x"]}
    shown |= {title: a["x_rec"] for title, a in whole.items()}
    figure, axes = canvas(len(shown), 1, 8.6, 0.62 * len(shown) + 0.5)
    for ax, (name, x) in zip(axes.flat, shown.items(), strict=True):
        picture(ax, montage(x, len(x)))
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    title(figure, f"Reconstructions of held-out images ({where}, seed {seed})")
    return figure


def interpolations(view: View) -> Figure | None:
    """Between real images (the end columns) through E and G; the last row ends in a mirror image (Fig. 1)."""
    found = pictures(view, "interpolations", {})
    if found is None:
        return None
    where, shown = found
    rows, columns = shape(len(shown), 2)
    figure, axes = canvas(rows, columns, 4.6 * columns, 2.3 * rows + 0.5)
    for ax, (name, x) in zip(axes.flat, shown.items(), strict=False):
        picture(ax, x, name)
    blank(axes.flat[len(shown) :])
    title(figure, f"Interpolations: real images at both ends, last row to the mirror image ({where})")
    return figure
