"""The page's pictures: panels as PNG or JPEG data URIs, the most telling first, up to a size."""

import base64
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from reports.figures.grids import EARLY, panel_step, shown_seed
from reports.figures.sheets import drawn, load, reference, sheet
from reports.frames import Label
from reports.store import View

BUDGET = 5_000_000  # bytes of data URIs on one page
PNG_LIMIT = 70_000  # above this a sheet becomes JPEG
NAMES = {
    "samples": "Samples",
    "reconstructions": "Reconstructions",
    "interpolations": "Interpolations",
    "search": "Search results",
    "superresolution": "Super-resolution",
    "attributes": "Attribute vectors",
    "categories": "Categories",
    "translations": "Translations",
}
BESIDE = {  # panel -> title -> panel of the references
    "samples": {"Real images": "samples"},
    "search": {"Pixels": "search", "dHash": "search-dhash"},
    "attributes": {"Pixel space": "attributes"},
}
NOTES = {
    "reconstructions": "Held-out images above their reconstructions.",
    "interpolations": "Lines between real images, which stand at both ends; the last row ends in a mirror image.",
    "search": "Left of each row the query: four test images, then two training images with shifted colours, and the two "
    "with a dark bar; beside it the five nearest training images, the undistorted original in a frame.",
    "categories": "Four samples, then four test images where there is an encoder; beside each the same latents with every "
    "category of the prior in turn.",
    "translations": "Test images of one domain, then of the other: the image, its translation, the true counterpart where it is "
    "known, and the translation back.",
    "superresolution": "Original, blurred and restored: three rows of generated images, then three of real ones.",
}


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


def note(view: View, run: str, name: str, step: int) -> str:
    """What the rows and columns of a panel's sheets are."""
    if name != "attributes":
        return NOTES.get(name, "")
    arrays = load(view.store.panels(run).get((name, step)))
    names, strengths = arrays.get("name", ()), arrays.get("strength", ())
    told = ", ".join(str(n).replace("_", " ") for n in names)
    shown = ", ".join(f"{s:+g}" if s else "0" for s in strengths)
    return f"From top to bottom two test images for each of {told}; beside each G(E(x) + strength × vector) at {shown}."


@dataclass
class Gallery:
    """Every sheet of a view by panel, method, seed and step; `left_out` did not fit on the page."""

    id: str
    unit: str = "Step"  # of `steps`, `first`, `early` and the steps in keys
    steps: dict[str, list[int]] = field(default_factory=dict)  # panel -> steps
    seeds: list[int] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)  # panel -> methods
    sheets: dict[str, str] = field(default_factory=dict)  # "panel|method index|seed|step" -> data URI
    first: dict[str, tuple[int, int]] = field(default_factory=dict)  # panel -> the step and seed shown first
    beside: dict[str, list[tuple[str, str]]] = field(
        default_factory=dict
    )  # panel -> title and data URI of references
    notes: dict[str, str] = field(default_factory=dict)  # panel -> what its rows are
    left_out: int = 0
    early: int | None = None


def key(panel: str, index: int, seed: int, step: int) -> str:
    return f"{panel}|{index}|{seed}|{step}"


def place(view: View, label: Label, step: int) -> int:
    """Where pictures of a step stand: at that step, or where operations are equal at its share of the budget in per cent."""
    return round(100 * step / view.ends[label]) if view.budget and view.ends.get(label) else step


def gallery(view: View, budget: int = BUDGET) -> Gallery:  # noqa: C901 - what is shown first is decided in one pass over all pictures
    """Collects the sheets: what is shown first comes first, then other seeds, then other steps."""
    made = Gallery(view.id, "Budget (%)" if view.budget else "Step")
    wanted: list[tuple[int, str, int, int, int, str, int]] = []
    for rank, panel in enumerate(NAMES):
        places = [(label, step) for label in view.labels for run in view.runs(label).values()
                 for name, step in view.store.panels(run) if name == panel]  # fmt: skip
        steps = sorted({place(view, label, step) for label, step in places})
        if not steps:
            continue
        last = view.step if view.step in steps else steps[-1]
        early = EARLY if EARLY in steps else steps[0]
        seed = shown_seed(view, panel, panel_step(view, panel))
        made.steps[panel], made.first[panel] = steps, (last, seed if seed is not None else 0)
        if panel == "samples" and (len(steps) > 1 or early == EARLY):
            made.early = early
        for index, label in enumerate(view.labels):
            for own_seed, run in view.runs(label).items():
                for name, step in view.store.panels(run):
                    if name == panel:
                        at = place(view, label, step)
                        first = own_seed == seed and (at == last or (panel == "samples" and at == early))
                        weight = 0 if first else (1 if at in (last, early) else 2)
                        wanted.append((10 * weight + rank, panel, own_seed, -at, index, run, step))
    spent = 0
    for panel, named in BESIDE.items():
        shown = (
            {title: drawn(panel, reference(view, name)) for title, name in named.items()}
            if panel in made.steps
            else {}
        )
        made.beside[panel] = [(title, encode(image)) for title, image in shown.items() if image is not None]
        spent += sum(len(uri) for _, uri in made.beside[panel])
    for _, panel, seed, minus, index, run, step in sorted(wanted):
        if spent > budget:
            made.left_out += 1
            continue
        image = sheet(view, run, panel, step)
        if image is None:
            continue
        uri = encode(image)
        spent += len(uri)
        made.sheets[key(panel, index, seed, -minus)] = uri
        made.labels.setdefault(panel, [])
        made.notes.setdefault(panel, note(view, run, panel, step))
        if view.labels[index] not in made.labels[panel]:
            made.labels[panel].append(view.labels[index])
    for panel in made.labels:
        made.labels[panel].sort(key=view.labels.index)
    made.seeds = sorted({int(k.split("|")[2]) for k in made.sheets})
    return made
