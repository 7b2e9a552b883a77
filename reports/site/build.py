"""Writes the site's pages: what each shows is collected here, how it looks is in the templates."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from benchmarks.results import Manifest, write_atomic
from reports import index, published
from reports.answer import answer
from reports.page import TEMPLATES, environment, facts, policy
from reports.publish import FOLDER
from reports.reproduction import judge
from reports.site.board import QUESTIONS, Board, board
from reports.site.source import Source, add_pictures, slug, unique
from reports.store import Store
from reports.style import method_order
from reports.tables import tables
from reports.tables.base import decimals
from reports.tables.reproduction import TONES, show
from reports.writers import html

LIMIT = 20_000_000  # bytes of the whole site
PICTURES = 12_000_000  # bytes of its pictures; the rest is for pages
LINK = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


@dataclass
class Site:
    """Everything that the pages show."""

    sources: list[Source]
    boards: list[Board]
    methods: dict[str, dict[str, Any]]  # what each method is; of foreign rows, what their store says
    pages: dict[str, str] = field(default_factory=dict)  # method -> file


def sources(folders: Sequence[Path], order: Mapping[str, str] = MappingProxyType({})) -> list[Source]:
    """Opens the stores given, then what is published. Raises ValueError for one that is not a results folder.

    order: names of published stores, those to be shown first, each with why it is withdrawn, or "".
    """
    taken: set[str] = set()
    found = [Source(Store.open(f), f.resolve().name, unique(f.resolve().name, taken)) for f in folders]
    listed = index.read_index(FOLDER / index.NAME) if (FOLDER / index.NAME).exists() else {}
    for name in [
        *(name for name in order if name in listed),
        *(name for name in listed if name not in order),
    ]:
        own = Source(Store.open(FOLDER / name), name, unique(name, taken), listed[name], order.get(name, ""))
        found.append(own)
    if not found:
        raise ValueError("there are no results to show: name a results folder")
    return found


def collect(found: list[Source], methods: Mapping[str, dict[str, Any]]) -> Site:
    """Boards and methods of all stores; says how far it is on a terminal, for it takes a minute or two."""
    boards = []
    for i, source in enumerate(found):
        print(f"site: {source.name} ({i + 1} of {len(found)})", file=sys.stderr)
        boards += [board(source, view) for view in source.store.views]
    known = dict(methods)
    for source in found:
        for name in {row.method for made in boards if made.source is source for row in made.rows} - {""}:
            known.setdefault(name, dict(source.store.meta.get("methods", {}).get(name) or {}))
    order = sorted(known, key=method_order)
    taken: set[str] = set()
    site = Site(found, boards, {name: known[name] for name in order})
    site.pages = {name: f"method-{unique(name, taken)}.html" for name in order}
    budget = PICTURES
    for source in found:
        budget = add_pictures(source, budget)
    return site


def build(
    out: Path,
    folders: Sequence[Path],
    methods: Mapping[str, dict[str, Any]],
    order: Mapping[str, str] = MappingProxyType({}),
) -> tuple[int, int]:
    """Writes the site of the stores and of what is published; returns how many files it has and their bytes.

    methods: name -> what the method is (benchmarks.documents.facts); order: as for `sources`. Files of an earlier site that this
    one does not have are removed. Raises ValueError for a folder that holds results, or for a site above 20 MB.
    """
    if (out / "meta.json").exists() or out.resolve() == FOLDER:
        raise ValueError(f"--site {out}: holds results: give another folder")
    if out.exists() and not out.is_dir():
        raise ValueError(f"--site {out}: is a file: give a folder")
    if out.exists() and not (out / "report-files.json").exists() and any(out.iterdir()):
        raise ValueError(f"--site {out}: is not empty and holds no site: give a new folder")
    site = collect(sources(folders, order), methods)
    files: dict[str, bytes] = {name: text.encode() for name, text in pages(site).items()}
    for source in site.sources:
        every = [*source.pictures, *(p for own in source.sheets.values() for p in own)]
        files |= {picture.name: picture.content for picture in every}
    size = sum(map(len, files.values()))
    if size > LIMIT:
        raise ValueError(
            f"the site of {len(site.sources)} stores would take {size / 1e6:.0f} MB, {LIMIT / 1e6:.0f} at most: name fewer"
        )
    out.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(out)
    manifest.make_way(out / name for name in files)
    for name, content in files.items():
        write_atomic(out / name, content)
    manifest.finish(out / name for name in files)
    return len(files), size


def pages(site: Site) -> dict[str, str]:
    """Every page by file name."""
    css = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "site.css"))
    script = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("common.js", "site.js"))
    made = environment()
    made.globals.update(
        css=Markup(css),
        script=Markup(script),
        policy=policy(css, script, images="'self' file:"),
        site=site,
        slug=slug,
        paper=paper,
        prose=prose,
    )

    def render(template: str, **shown: Any) -> str:
        return made.get_template(f"site-{template}.html.j2").render(**shown)

    found = {
        "index.html": render(
            "index",
            here="index.html",
            questions=QUESTIONS,
            led=[q for q in QUESTIONS if any(q in b.leads for b in site.boards)],
            datasets=list(dict.fromkeys(b.data for b in site.boards)),
            presets=list(dict.fromkeys(b.source.preset for b in site.boards)),
        ),
        "methods.html": render("methods", here="methods.html"),
        "presets.html": render("presets", here="presets.html"),
        "gallery.html": render("gallery", here="gallery.html"),
    }
    for name, page in site.pages.items():
        found[page] = render("method", here=page, **method(site, name))
    for source in site.sources:
        found[source.page] = render("preset", here=source.page, **preset(site, source))
    return found


def paper(text: str) -> Markup:
    """A paper's name with its address on arXiv."""
    linked = LINK.sub(r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>', str(Markup.escape(text)))
    return Markup(linked)


def prose(text: str) -> list[Markup]:
    """A module's docstring as paragraphs: its line breaks are those of a source file, `names` are code."""
    every = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return [
        Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(Markup.escape(part)))) for part in every if part
    ]


def method(site: Site, name: str) -> dict[str, Any]:
    """What a method's page shows."""
    values = [
        (made, row, question)
        for made in site.boards
        for row in made.rows
        if row.method == name
        for question in row.cells
    ]
    leads = [
        (made, question, lead)
        for made in site.boards
        for question, lead in made.leads.items()
        if getattr(lead.method, "method", lead.method) == name
    ]
    sheets = [(source, picture) for source in site.sources for picture in source.sheets.get(name, ())]
    shown = {made.source.slug for made, _, _ in values}
    grids = [
        (source, picture)
        for source in site.sources
        if source.slug in shown and not source.sheets.get(name)
        for picture in source.pictures
        if picture.title.startswith("Samples")
    ]
    return {
        "name": name,
        "about": site.methods[name],
        "values": values,
        "leads": leads,
        "sheets": sheets,
        "grids": grids,
        "settings": [(source, told) for source in site.sources for told in source.settings(name)],
        "papers": [beside(site, value) for value in published.values() if value.method == name],
    }


def beside(site: Site, value: published.Published) -> dict[str, Any]:
    """A published value with ours on the same data, and the verdict on each."""
    here = []
    for made in site.boards:
        judged = judge(value, made.view) if published.same_data(value, made.view) else None
        if judged is not None and judged.ours is not None:
            size = decimals([abs(judged.value.value or 1.0)])
            here.append((made, show(judged.ours, size), judged, TONES.get(judged.kind, "quiet")))
    data = ", ".join(str(value.terms[k]) for k in ("dataset", "size") if value.terms.get(k))
    return {"value": value, "here": here, "data": data}


def preset(site: Site, source: Source) -> dict[str, Any]:
    """What a preset's page shows."""
    made = tables(source.store)
    return {
        "source": source,
        "told": facts(source.store),
        "boards": [each for each in site.boards if each.source is source],
        "answers": {view.id: answer(view) for view in source.store.views},
        "tables": [(table.title, html(table)) for name, table in made.items() if name != "runs"],
        "groups": source.runs(),
        "command": str(source.known.get("command") or source.store.meta.get("command") or ""),
        "configs": [
            json.dumps(part.get("config"), indent=1) for part in source.store.meta.get("parts") or []
        ],
    }
