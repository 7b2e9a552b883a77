"""A store on the site: its names, links, pictures and runs."""

import io
import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from reports.figures.grids import panel_step, shown_seed
from reports.figures.sheets import sheet
from reports.frames import dotted
from reports.publish import FIGURES
from reports.store import Store, View
from reports.tables.runs import duration

MORE = ("reconstructions*.png", "interpolations*.png", "search*.png", "translations*.png")
LARGEST = 16383  # pixels of a WebP's side
TOLD = {  # first word of a figure's file -> its title and what it shows
    "samples": ("Samples", "From the same z for every method."),
    "points": ("Samples", "Generated points beside real ones."),
    "latent": ("Latent space", "Codes, reconstructions and a mesh over the codes' convex hull."),
    "categories": ("Categories", "The same latents with every category in turn, a row each."),
    "category": ("Categories", "Generated points of each category."),
    "collapse": ("Diversity over training", "A line a run; a cross marks a run judged collapsed."),
    "forest": ("Differences", "Each arm's difference to its base with its 95% interval."),
    "sensitivity": ("Sensitivity", "Mean and interval at every value."),
    "heat": ("Grid", "Means over a grid of two factors."),
    "reconstructions": ("Reconstructions", "Held-out images above what E and G make of them."),
    "interpolations": ("Interpolations", "Lines between the codes of real images."),
    "search": ("Search", "Queries and their nearest neighbours."),
    "translations": ("Translations", "Images, their translations and the way back."),
}


def slug(text: str) -> str:
    """A name as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def unique(text: str, taken: set[str]) -> str:
    """A slug that no other one has; it is taken from now on."""
    first, n = slug(text), 2
    name = first
    while name in taken:
        name, n = f"{first}-{n}", n + 1
    taken.add(name)
    return name


def about_figure(store: Store, stem: str) -> tuple[str, str]:
    """Title and caption of a figure by its file's name: forest-aegan, latent-moons-mlp-fp32."""
    word, _, rest = stem.partition("-")
    title, caption = TOLD.get(word, (word.capitalize(), ""))
    views = [view for view in store.views if rest == view.id or rest.endswith(f"-{view.id}")]
    if views:
        rest = rest.removesuffix(views[0].id).strip("-")
    of = store.title(rest) if rest in store.meta.get("methods", {}) else ""
    data = str(views[0].about.get("title") or views[0].dataset) if views else ""
    return ", ".join(filter(None, [title, of, data])), caption


@dataclass(frozen=True)
class Picture:
    """A file of the site."""

    name: str
    title: str
    caption: str
    content: bytes
    width: int
    height: int


@dataclass
class Source:
    """One store: `known` is its entry in the index of what is published, empty for any other store."""

    store: Store
    name: str
    slug: str
    known: dict[str, Any] = field(default_factory=dict)
    withdrawn: str = ""  # why it says nothing of the methods
    pictures: list[Picture] = field(default_factory=list)
    sheets: dict[str, list[Picture]] = field(default_factory=dict)  # method -> samples of its own
    left_out: int = 0
    anchors: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @property
    def page(self) -> str:
        return f"preset-{self.slug}.html"

    @property
    def hours(self) -> str:
        """Hours of training of all runs, and of what: cores, or the GPU that they shared."""
        if not self.known:
            return "–"
        return f"{self.known['hours']} on {' and '.join(self.known['gpus']) or 'a core'}"

    @property
    def preset(self) -> str:
        return str(self.store.meta.get("preset") or self.name)

    def anchor(self, view: View, label: str) -> str:
        """Where the page lists the runs of a method and variant."""
        key = view.id, label
        if key not in self.anchors:
            self.anchors[key] = unique(f"runs-{view.id}-{label}", self.taken)
        return self.anchors[key]

    def runs(self) -> list[dict[str, Any]]:
        """Groups of runs, one per view and label, with what identifies each run; those without a value come last."""
        found, seen = [], set()
        for view in self.store.views:
            for label in dict.fromkeys(view.methods["label"]):
                own = view.records[view.records["label"] == label]
                seen |= set(own["run"])
                where = f" on {view.id}" if len(self.store.views) > 1 else ""
                found.append(
                    {
                        "id": self.anchor(view, label),
                        "title": f"{self.store.title(label)}{where}",
                        "runs": rows(own),
                    }
                )
        rest = self.store.records[~self.store.records["run"].isin(seen)]
        if len(rest):
            found.append({"id": "runs-without-values", "title": "Runs without values", "runs": rows(rest)})
        return [group for group in found if group["runs"]]

    def settings(self, method: str) -> list[dict[str, str]]:
        """What each part of the plan trained a method with."""
        told = []
        for part in self.store.meta.get("parts") or []:
            arms = [arm for arm in part.get("arms") or [] if arm["method"] == method]
            config = part.get("config") or {}
            if not arms:
                continue
            own = {k: v for k, v in (config.get("method") or {}).get(method, {}).items() if v}
            changes = [f"{k} {v}" for k, v in dotted(own).items() if v not in (None, "")]
            changes += [f"variant {arm['variant']}" for arm in arms if arm["variant"]]
            told.append(
                {
                    "data": str(part.get("title") or part["dataset"]),
                    "common": ", ".join(
                        f"{k} {config[k]}"
                        for k in ("family", "steps", "batch", "latent", "prior")
                        if k in config
                    ),
                    "optim": ", ".join(
                        f"{k} {v}" for k, v in dotted(config.get("optim") or {}).items() if v is not None
                    ),
                    "own": "; ".join(changes) or "the preset's",
                }
            )
        return told


def rows(records: Any) -> list[dict[str, Any]]:
    found = []
    for r in records.sort_values("seed", kind="stable").to_dict("records"):
        found.append(
            {
                "run": r["run"],
                "seed": "" if r["seed"] != r["seed"] else int(r["seed"]),
                "status": r["status"],
                "reason": r["reason"],
                "sha256": r["weights_sha256"],
                "wall": duration(r["wall_s"]),
                "made": ", ".join(
                    f"{name} {r[column]}" if name else r[column]
                    for name, column in (("", "device"), ("torch", "torch"), ("revision", "revision"))
                    if r[column]
                ),
            }
        )
    return found


def add_pictures(source: Source, budget: int) -> int:
    """Collects figures, and samples of each method where panels are there; returns the bytes that are left."""
    root = source.store.root
    folder = root if source.known else root / "figures"
    paths = dict.fromkeys(path for pattern in (*FIGURES, *MORE) for path in sorted(folder.glob(pattern)))
    for path in paths:
        if max(Image.open(path).size) > LARGEST:
            source.left_out += 1
            continue
        content = packed(Image.open(path), colours=None if source.known else 128)  # published ones are small
        title, caption = about_figure(source.store, path.stem)
        budget = _add(source, source.pictures, path.stem, title, caption, content, budget)
    for view in source.store.views:
        at = panel_step(view, "samples")
        seed = shown_seed(view, "samples", at)
        if seed is None:
            continue
        for label in view.labels:
            step = at.get(label, 0)
            drawn = sheet(view, view.runs(label).get(seed, ""), "samples", step)
            if drawn is not None:
                own = source.sheets.setdefault(label.method, [])
                title = (
                    f"{source.store.title(label, samples=True)} on {view.about.get('title') or view.dataset}"
                )
                told = f"Samples at step {step:,}, seed {seed}."
                content = packed(Image.fromarray(drawn))
                budget = _add(source, own, f"own-{view.id}-{label}", title, told, content, budget)
    return budget


def _add(
    source: Source, to: list[Picture], name: str, title: str, caption: str, content: bytes, budget: int
) -> int:
    if len(content) > budget:
        source.left_out += 1
        return budget
    width, height = Image.open(io.BytesIO(content)).size
    file = f"img/{source.slug}-{unique(name, source.taken)}.webp"
    to.append(Picture(file, title, caption, content, width, height))
    return budget - len(content)


def packed(image: Image.Image, colours: int | None = 128) -> bytes:
    """Encodes a picture as lossless WebP, reduced to at most `colours` colours first (None: all are kept)."""
    image, buffer = image.convert("RGBA").convert("RGB"), io.BytesIO()  # palettes may hold transparency
    if colours is not None:
        image = image.quantize(colours, dither=Image.Dither.NONE).convert("RGB")
    image.save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()
