"""The page's sections: a question each, with what was measured, its tables, figures and pictures."""

from dataclasses import dataclass, field

from markupsafe import Markup

from reports.gallery import Gallery
from reports.outperformance import OPEN
from reports.store import View
from reports.style import OTHER, QUESTIONS
from reports.tables import Table, summary
from reports.writers import html

SAMPLES = (
    "samples",
    "What do the samples look like?",
    "Samples",
    "Samples from the same z for every method, as they are: no selection, the lowest seed first. Select a "
    "picture to enlarge it.",
)
EARLY = (
    "early",
    "What do the samples look like after 200 steps?",
    "200 steps",
    "Samples at step 200, or at the earliest step that was evaluated (the article's figures 6 and 7).",
)
TRAINING = ("training", "How did training go?", "Training", "Losses as logged, and what a run costs.")
SCORECARD = (
    "scorecard",
    "Which method is good at what?",
    "Scorecard",
    "One measure a question, named below the table; every other measure is in the sections that follow.",
)
ABLATION = (
    "ablation",
    "Which factor does the work?",
    "Factors",
    "One factor changed at a time, everything else and the seeds equal; differences are taken seed by seed.",
)
VARIANCE = (
    "variance",
    "What makes seeds differ?",
    "Variance",
    "The same runs with one source of variance following the seed, the others fixed.",
)
TUNING = (
    "tuning",
    "What did tuning change?",
    "Tuning",
    "As many trials for each method, judged on validation images; then every setting on seeds and images that no trial saw.",
)
FEW = 8  # rows that are never folded away
BESIDE = {
    "covers": ("modes",),
    "reconstructs": ("luo-table1",),
    "searches": ("luo-table2",),
    "manifold": ("factors",),
}
FIRST = {
    "covers": ("points", "category-points"),
    "inverts": ("latent",),
    "manifold": ("factors",),
}  # figures before the charts
GALLERIES = {
    "reconstructs": ("reconstructions", "superresolution"),
    "searches": ("search",),
    "translates": ("translations",),
    "interpolates": ("interpolations", "attributes", "categories"),
}
PAPERS = (
    "papers",
    "What did the papers find?",
    "Papers",
    "Their claims put to this store's numbers; their values beside ours, with every difference of protocol.",
)


@dataclass(frozen=True)
class Drawing:
    """A figure on the page."""

    id: str
    source: str
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
    galleries: tuple[str, ...] = ()  # panels to show


def shown(table: Table) -> Markup:
    """A table as it stands on the page: folded where it has many rows and none of them is decided."""
    verdicts = {cell.text for cell in table.cells["Verdict"]} if "Verdict" in table.columns else set()
    if verdicts != {OPEN} or len(table.cells) <= FEW:
        return html(table)
    folded = Markup("<details><summary>{} Undecided for each of {} pairs</summary>{}</details>")
    return folded.format(table.title, len(table.cells), html(table))


def sections(view: View, tables: dict[str, Table], drawings: dict[str, Drawing]) -> list[Section]:
    """The questions that this view has something for, in order."""
    several = len(view.store.views) > 1

    def table(*names: str) -> list[Markup]:
        found = [tables.get(f"{name}-{view.id}" if several else name) for name in names]
        return [shown(t) for t in found if t is not None]

    def columns(*names: str) -> set[str]:
        found = [tables.get(f"{name}-{view.id}" if several else name) for name in names]
        return {column for t in found if t is not None for column in t.columns}

    def figures(*names: str) -> list[Drawing]:
        return [drawings[name] for name in names if name in drawings]

    found = []
    for chosen in (*QUESTIONS, OTHER):
        own = summary(view, chosen)
        section = Section(chosen.id, chosen.title, chosen.short, chosen.measured)
        if chosen.id == "collapse":
            section.tables = table("collapse", "collapse-steps", "budgets")
            section.drawings = figures("collapse-steps", "dots-collapse", "curves-collapse")
        elif own is not None:
            section.tables = table(*BESIDE.get(chosen.id, ()))
            if not set(own.columns) <= columns(*BESIDE.get(chosen.id, ())):  # not the same once more
                section.tables.append(html(own))
        if chosen.id == "generates":
            section.tables += table("extractor-order")
        if chosen.id != "collapse":
            section.drawings = figures(*FIRST.get(chosen.id, ()), f"dots-{chosen.id}", f"curves-{chosen.id}")
        section.galleries = GALLERIES.get(chosen.id, ())
        found.append(section)
    ends = [name.removesuffix(f"-{view.id}") if several else name for name in tables]
    factors = [n for n in ends if n.startswith(("ladder-", "ablation-", "gaps"))]
    plots = [n for n in drawings if n.startswith(("forest-", "sensitivity-", "heat-"))]
    found.insert(1, Section(*ABLATION, table(*factors), figures(*plots)))
    found.insert(
        1, Section(*TUNING, table("tuning", "tuning-budget"), figures("tuning-budget", "tuning-settings"))
    )
    whole = table(
        "admission",
        "contest",
        "contrasts",
        "scorecard",
        "across-questions",
        "across-questions-pairs",
        "outperformance",
    )
    found.insert(2, Section(*VARIANCE, table("variance")))
    found.insert(
        0,
        Section(
            *SCORECARD,
            whole,
            figures("pareto", "median-samples", "median-reconstructions", "profile-questions"),
        ),
    )
    found[2:2] = [Section(*SAMPLES, galleries=("samples",)), Section(*EARLY, galleries=("early",))]
    found.append(Section(*TRAINING, drawings=figures("losses", "cost")))
    found.append(Section(*PAPERS, table("claims", "reproduction")))
    return found


def kept(section: Section, made: Gallery) -> Section | None:
    """A section without what it has no data for; None if nothing is left."""
    there = {*made.labels, *(["early"] if made.early is not None and "samples" in made.labels else [])}
    section.galleries = tuple(name for name in section.galleries if name in there)
    if "early" in section.galleries:
        when = f"{made.early:,} steps" if made.unit == "Step" else f"{made.early}% of the budget"
        section.title, section.short = f"What do the samples look like after {when}?", when
    return section if section.tables or section.drawings or section.galleries else None
