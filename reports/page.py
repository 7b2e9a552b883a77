"""One self-contained HTML page: the answer, then a section per question. Nothing is loaded from elsewhere."""

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from reports.answer import answer
from reports.figures import svg
from reports.gallery import BUDGET, NAMES, Gallery, gallery, key
from reports.store import Store, View
from reports.style import OTHER, QUESTIONS, look
from reports.tables import Table, summary
from reports.writers import html

TEMPLATES = Path(__file__).with_name("templates")
OWN = ("samples", "early-samples", "reconstructions", "interpolations")  # shown as switchable sheets instead
CAPTIONS = {
    "collapse-steps": "Vendi ratio over training, a line a seed; a cross marks a run judged collapsed.",
    "losses": "Every logged term before weighting: mean and 95% interval over seeds.",
    "cost": "Value against wall time of a run, on this machine; bars are 95% intervals over seeds.",
    "dots": "Dots are seeds, the marker their mean with its 95% t interval; diamonds are references.",
    "curves": "Mean over seeds with its 95% interval at every evaluated step.",
}
SAMPLES = (
    "samples",
    "What do the samples look like?",
    "Samples",
    "Samples from the same z for every method, as they are: no selection, the lowest seed first. Select a "
    "picture to enlarge it.",
)
EARLY = (
    "early",
    "Who is where after 200 steps?",
    "200 steps",
    "Samples at step 200, or at the earliest step that was evaluated (the article's figures 6 and 7).",
)
TRAINING = ("training", "How did training go?", "Training", "Losses as logged, and what a run costs.")
PAPERS = (
    "papers",
    "What did the papers find?",
    "Papers",
    "Their claims put to this store's numbers; their values beside ours, with every difference of protocol.",
)


@dataclass(frozen=True)
class Drawing:
    """A figure on the page, for light and dark."""

    id: str
    light: str
    dark: str
    alt: str
    caption: str


@dataclass
class Section:
    """A question: what was measured, its tables and figures."""

    id: str
    title: str
    short: str
    measured: str = ""
    tables: list[Markup] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    gallery: str = ""  # a panel to show


@dataclass
class Part:
    """One view (data set, family, precision) of the store."""

    id: str
    title: str
    sentences: tuple[str, str, str]
    sections: list[Section]
    gallery: Gallery
    methods: list[dict[str, str]]


def image(text: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")


def drawing(name: str, figure: Figure, where: str) -> Drawing:
    """A figure with the words that replace it for those who do not see it."""
    light, dark = (image(text) for text in svg(figure))
    caption = CAPTIONS.get(name) or CAPTIONS.get(name.split("-")[0], "")
    return Drawing(
        name, light, dark, f"Chart: {name.replace('-', ' ')}{where}. Its numbers are in the tables.", caption
    )


def sections(view: View, tables: dict[str, Table], drawings: dict[str, Drawing]) -> list[Section]:
    """The questions that this view has something for, in order."""
    several = len(view.store.views) > 1

    def table(name: str) -> list[Markup]:
        found = tables.get(f"{name}-{view.id}" if several else name)
        return [html(found)] if found is not None else []

    def figures(*names: str) -> list[Drawing]:
        return [drawings[name] for name in names if name in drawings]

    found = []
    for chosen in (*QUESTIONS, OTHER):
        own = summary(view, chosen)
        section = Section(chosen.id, chosen.title, chosen.short, chosen.measured)
        if chosen.id == "collapse":
            section.tables = [*table("collapse"), *table("collapse-steps")]
            section.drawings = figures("collapse-steps", "dots-collapse")
        elif own is not None:
            section.tables = [html(own)]
            section.drawings = figures(f"dots-{chosen.id}", f"curves-{chosen.id}")
        section.gallery = {"reconstructs": "reconstructions", "interpolates": "interpolations"}.get(
            chosen.id, ""
        )
        found.append(section)
    found[1:1] = [Section(*SAMPLES, gallery="samples"), Section(*EARLY, gallery="early")]
    found.append(Section(*TRAINING, drawings=figures("losses", "cost")))
    found.append(Section(*PAPERS, [*table("claims"), *table("published")]))
    return found


def kept(section: Section, made: Gallery) -> Section | None:
    """A section without what it has no data for; None if nothing is left."""
    panel = {"early": "samples"}.get(section.gallery, section.gallery)
    if section.gallery and (panel not in made.labels or (section.gallery == "early" and made.early is None)):
        section.gallery = ""
    return section if section.tables or section.drawings or section.gallery else None


def part(view: View, tables: dict[str, Table], drawings: dict[str, Drawing], budget: int) -> Part:
    made = gallery(view, budget)
    methods = [
        {"label": n, "title": view.store.title(n), "colour": look(n).colour, "index": str(i)}
        for i, n in enumerate(view.labels)
    ]
    shown = [s for s in (kept(s, made) for s in sections(view, tables, drawings)) if s is not None]
    return Part(view.id, view.id, answer(view), shown, made, methods)


def digest(text: str) -> str:
    """A Content-Security-Policy source for one inline block."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") + "'"


def policy(css: str, script: str) -> str:
    """Only this page's own style and script, and pictures inside it."""
    return (
        f"default-src 'none'; img-src data:; style-src {digest(css)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def facts(store: Store) -> list[tuple[str, str]]:
    """How the results were made, from meta."""
    meta = store.meta
    told: dict[str, Any] = {
        name.capitalize(): meta.get(name) for name in ("command", "preset", "revision", "device", "created")
    }
    told["Versions"] = ", ".join(f"{k} {v}" for k, v in (meta.get("versions") or {}).items())
    extractor = meta.get("extractor") or {}
    told["Extractor"] = ", ".join(str(v) for v in (extractor.get("name"), extractor.get("detail")) if v)
    return [(name, str(value)) for name, value in told.items() if value]


def page(store: Store, tables: dict[str, Table], figures: dict[str, Figure], budget: int = BUDGET) -> str:
    """The whole page as text; `figures` by id as `reports.figures.figures` yields them."""
    parts = []
    for view in store.views:
        end = f"-{view.id}" if len(store.views) > 1 else ""
        own = {n.removesuffix(end): f for n, f in figures.items() if n.endswith(end)}
        drawings = {n: drawing(n, f, f" on {view.id}" if end else "") for n, f in own.items() if n not in OWN}
        parts.append(part(view, tables, drawings, budget // max(1, len(store.views))))
    css, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    runs = tables.get("runs")
    return environment.get_template("page.html.j2").render(
        title=str(store.meta.get("title") or "Bidirectional GANs"),
        notes=[str(note) for note in store.meta.get("notes") or []],
        parts=parts,
        facts=facts(store),
        runs=html(runs) if runs else "",
        panels=NAMES,
        key=key,
        statuses=sorted(set(store.records["status"])),
        config=store.meta.get("config") or {},
        css=Markup(css),
        script=Markup(script),
        policy=policy(css, script),
    )
