"""The page's pictures: panels as PNG or JPEG data URIs, the most telling first, up to a size."""

import base64
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from reports.figures.base import montage
from reports.figures.grids import EARLY, array, panel_steps, real_samples, shown_seed
from reports.store import View

BUDGET = 5_000_000  # bytes of data URIs on one page
PNG_LIMIT = 70_000  # above this a sheet becomes JPEG
NAMES = {"samples": "Samples", "reconstructions": "Reconstructions", "interpolations": "Interpolations"}


def data_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def encode(sheet: np.ndarray) -> str:
    """uint8 [H, W, 3] as a data URI: PNG while small (pixel art keeps its edges), else JPEG."""
    image, buffer = Image.fromarray(sheet), io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    if buffer.tell() <= PNG_LIMIT:
        return data_uri("png", buffer.getvalue())
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, subsampling=0)
    return data_uri("jpeg", buffer.getvalue())


def drawn(view: View, run: str, name: str, step: int) -> np.ndarray | None:
    """One panel as a sheet: samples square, reconstructions in pairs of rows, interpolations a row each."""
    x = array(view, run, name, step)
    if x is None or not len(x):
        return None
    if name == "samples":
        return montage(x, int(np.ceil(np.sqrt(len(x)))))
    if name == "interpolations":
        return montage(x.reshape(-1, *x.shape[2:]), x.shape[1])
    rebuilt = array(view, run, name, step, "x_rec")
    if rebuilt is None or rebuilt.shape != x.shape:
        return None
    half = -(-len(x) // 2)
    rows = [part[i : i + half] for i in (0, half) for part in (x, rebuilt)]
    return (
        montage(np.concatenate(rows), half)
        if len(x) % 2 == 0
        else montage(np.concatenate([x, rebuilt]), len(x))
    )


@dataclass
class Gallery:
    """Every sheet of a view by panel, method, seed and step; `left_out` did not fit on the page."""

    id: str
    steps: dict[str, list[int]] = field(default_factory=dict)  # panel -> steps
    seeds: list[int] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)  # panel -> methods
    sheets: dict[str, str] = field(default_factory=dict)  # "panel|method index|seed|step" -> data URI
    first: dict[str, tuple[int, int]] = field(default_factory=dict)  # panel -> the step and seed shown first
    real: str = ""
    left_out: int = 0
    early: int | None = None


def key(panel: str, index: int, seed: int, step: int) -> str:
    return f"{panel}|{index}|{seed}|{step}"


def gallery(view: View, budget: int = BUDGET) -> Gallery:
    """Collects the sheets: what is shown first comes first, then other seeds, then other steps."""
    made = Gallery(view.id)
    wanted: list[tuple[int, str, int, int, int, str]] = []
    for rank, panel in enumerate(NAMES):
        steps = panel_steps(view, panel)
        if not steps:
            continue
        last = view.step if view.step in steps else steps[-1]
        early = EARLY if EARLY in steps else steps[0]
        seed = shown_seed(view, panel, last)
        made.steps[panel], made.first[panel] = steps, (last, seed if seed is not None else 0)
        if panel == "samples" and (len(steps) > 1 or early == EARLY):
            made.early = early
        for index, label in enumerate(view.labels):
            for own_seed, run in view.runs(label).items():
                for name, step in view.store.panels(run):
                    if name == panel:
                        first = own_seed == seed and (step == last or (panel == "samples" and step == early))
                        weight = 0 if first else (1 if step in (last, early) else 2)
                        wanted.append((10 * weight + rank, panel, own_seed, -step, index, run))
    real = real_samples(view)
    if real is not None and len(real):
        made.real = encode(montage(real, int(np.ceil(np.sqrt(len(real))))))
    spent = len(made.real)
    for _, panel, seed, minus_step, index, run in sorted(wanted):
        if spent > budget:
            made.left_out += 1
            continue
        sheet = drawn(view, run, panel, -minus_step)
        if sheet is None:
            continue
        uri = encode(sheet)
        spent += len(uri)
        made.sheets[key(panel, index, seed, -minus_step)] = uri
        made.labels.setdefault(panel, [])
        if view.labels[index] not in made.labels[panel]:
            made.labels[panel].append(view.labels[index])
    for panel in made.labels:
        made.labels[panel].sort(key=view.labels.index)
    made.seeds = sorted({int(k.split("|")[2]) for k in made.sheets})
    return made
