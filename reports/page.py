"""One self-contained HTML page: the answer, then a section per question. Nothing is loaded from elsewhere."""

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from reports.answer import Answer, answer
from reports.differences import differences
from reports.figures import PICTURES, makers, svg
from reports.gallery import BUDGET, NAMES, Gallery, gallery, key
from reports.sections import Drawing, Section, kept, sections
from reports.store import Store, View
from reports.style import look
from reports.tables import Table
from reports.tables.base import TRAINED, settings
from reports.tracebacks import tracebacks
from reports.words import joined
from reports.writers import html

OF_POINTS = "the data are not images"  # stands in an extractor's place where none is wanted

TEMPLATES = Path(__file__).with_name("templates")
CAPTIONS = {
    "collapse-steps": "Vendi ratio over training, a line a seed; a cross marks a run judged collapsed.",
    "losses": "Every logged term before weighting: mean and 95% interval over seeds.",
    "cost": "Value against the operations of a run's training, its base's included; bars are 95% intervals over seeds.",
    "pareto": "Mean over seeds at every evaluated share of the budget (of FID the geometric mean) against what it cost, a base "
    "included; the black line is the front that no point beats at less cost.",
    "median": "The run in the middle by FID of each method.",
    "forest": "Difference to the base over seeds with its 95% interval; filled where Holm's p is below 5%.",
    "sensitivity": "Mean and 95% interval at every value; the dashed line is the unchanged method.",
    "tuning-budget": "The best of n trials that is to be expected, on validation images, with one standard deviation.",
    "tuning-settings": "Every trial's setting against its score on validation images: filled where it was trained to its end, "
    "open where it was stopped early; a ring marks the one chosen, ρ is Spearman's rank correlation.",
    "profile": "Share of scores above each threshold, over all runs and tasks, with pointwise 95% bands; higher is better.",
    "heat": "Means over a grid of two factors.",
    "factors": "Share of each known factor's spread that generated images keep; 1 is as in real images.",
    "latent": "Sainburg et al. 2018, Fig. 2: codes and reconstructions by component, decoded points between codes, and a mesh "
    "over the codes' convex hull as G draws it, on the data in grey.",
    "points": "Generated points at one seed beside real ones.",
    "dots": "Dots are seeds, the marker their mean with its 95% t interval; diamonds are references.",
    "curves": "Mean over seeds with its 95% interval at every evaluated step.",
}


@dataclass
class Part:
    """One view (data set, family, precision) of the store."""

    id: str
    title: str
    answer: Answer
    sections: list[Section]
    gallery: Gallery
    methods: list[dict[str, str]]


def image(text: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")


def drawing(name: str, figure: Figure, where: str) -> Drawing:
    """A figure with the words that replace it for those who do not see it."""
    caption = CAPTIONS.get(name) or CAPTIONS.get(name.split("-")[0], "")
    panels = list(dict.fromkeys(filter(None, (ax.get_title("left") or ax.get_title() for ax in figure.axes))))
    of = f" of {joined(panels)}" if panels else ""
    return Drawing(
        name,
        image(svg(figure)),
        f"Chart{of}{where}. {caption}",
        caption,
    )


def part(view: View, tables: dict[str, Table], drawings: dict[str, Drawing], budget: int) -> Part:
    made = gallery(view, budget)
    methods = [
        {
            "label": n,
            "title": view.store.title(n),
            "sampled": view.store.title(n, samples=True),
            "colour": look(n).colour,
            "index": str(i),
        }
        for i, n in enumerate(view.labels)
    ]
    shown = [s for s in (kept(s, made) for s in sections(view, tables, drawings)) if s is not None]
    return Part(view.id, view.id, answer(view), shown, made, methods)


def digest(text: str) -> str:
    """A Content-Security-Policy source for one inline block."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") + "'"


def policy(css: str, script: str, images: str = "") -> str:
    """Only this page's own style and script, and pictures inside it or from `images`."""
    return (
        f"default-src 'none'; img-src data:{images and ' ' + images}; style-src {digest(css)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def facts(store: Store) -> list[tuple[str, str]]:
    """How the results were made, from meta."""
    meta = store.meta
    told: dict[str, Any] = {
        name.capitalize(): meta.get(name) for name in ("command", "preset", "revision", "device", "created")
    }
    told["Versions"] = ", ".join(f"{k} {v}" for k, v in (meta.get("versions") or {}).items())
    parts = meta.get("parts") or []
    titles = Counter(part["title"] for part in parts)
    for part in parts:
        place = part["title"] + (f" ({part['family']})" if titles[part["title"]] > 1 else "")
        own = [part["extractor"][name] for name in ("name", "detail") if part["extractor"].get(name)]
        own = [] if own == [OF_POINTS] else own
        told[f"Extractor on {place}"] = ", ".join(own) + (TRAINED if own[:1] == ["domain"] else "")
        told[f"Settings on {place}"] = settings(store, part)
        told[f"Seeds on {place} decide"] = ", ".join((part.get("config") or {}).get("vary") or [])
    return [(name, str(value)) for name, value in told.items() if value]


def environment() -> Environment:
    """The templates; nothing in them is trusted."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}  # a configuration in its own order
    return made


def page(store: Store, tables: dict[str, Table], figures: dict[str, Figure], budget: int = BUDGET) -> str:
    """The whole page as text; `figures` by id as `reports.figures.figures` yields them."""
    parts = []
    for view in store.views:
        end = f"-{view.id}" if len(store.views) > 1 else ""
        known = makers(view)
        own = {
            n: f for name, f in figures.items() if (n := name.removesuffix(end)) in known and name == n + end
        }
        drawings = {
            n: drawing(n, f, f" on {view.id}" if end else "") for n, f in own.items() if n not in PICTURES
        }
        parts.append(part(view, tables, drawings, budget // max(1, len(store.views))))
    css, *scripts = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "common.js", "page.js")
    )
    script = "".join(scripts)
    runs = tables.get("runs")
    several = [
        t for name, t in tables.items() if name == "gaia-table1" or name.startswith("across-datasets-")
    ]
    profiles = [drawing(n, f, "") for n, f in figures.items() if n.startswith("profile-datasets-")]
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=str(store.meta.get("title") or "Bidirectional GANs"),
            notes=[str(note) for note in store.meta.get("notes") or []],
            parts=parts,
            facts=facts(store),
            runs=html(runs) if runs else "",
            earlier=html(tables["earlier"]) if "earlier" in tables else "",
            across=[html(table) for table in several],
            profiles=profiles,
            tracebacks=tracebacks(store),
            differences=differences(store),
            panels=NAMES,
            key=key,
            statuses=sorted(set(store.records["status"])),
            config=[part["config"] for part in store.meta.get("parts") or []],
            css=Markup(css),
            script=Markup(script),
            policy=policy(css, script),
        )
    )
