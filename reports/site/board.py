"""The leaderboard: one board per data set and preset, a row per method, a column per question; every cell leads to its runs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.admission import admissions
from reports.site.source import Source
from reports.statistics import Column, mean_interval, tally
from reports.store import View
from reports.tables.base import Cell, count_cell, decimals, reference_cell
from reports.tables.collapse import VERDICT
from reports.tables.scorecard import CHOICES, questions
from reports.tables.summary import (
    Key,
    column_title,
    compared,
    keys,
    level,
    method_cell,
    reference_rows,
    references,
    titles,
)

LABELS = "The extractor [domain] was trained on the labels of the data that it judges."
COLLAPSES = "Collapses?"
QUESTIONS = (COLLAPSES, *(title for title, _ in CHOICES))
MOST = 6  # columns of a board that answers none of the questions


@dataclass(frozen=True)
class Row:
    """One method with its variant, or a reference; cells by question."""

    method: str  # "" for a reference
    title: str
    kind: str
    link: str  # of its runs
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Lead:
    """Who leads on a question: `sure` if better than every other method after correction, else `ties` are not separated.

    level: how many of them have the leader's value at every seed.
    """

    method: str
    title: str
    sure: bool
    alone: bool
    ties: tuple[str, ...]
    level: int = 0

    @property
    def said(self) -> str:
        if self.alone:
            return "the only one"
        if self.sure:
            return "better than every other"
        if self.level:
            return f"undecided: the same value as {self.level} other{'s' * (self.level > 1)}"
        many = len(self.ties)
        return "undecided: not separated from " + (", ".join(self.ties) if many <= 2 else f"{many} others")


@dataclass
class Board:
    """One view of one store."""

    id: str
    source: Source
    view: View
    measures: dict[str, str] = field(default_factory=dict)  # question -> what is measured
    rows: list[Row] = field(default_factory=list)
    leads: dict[str, Lead] = field(default_factory=dict)
    note: str = ""  # who works at all here, where that was asked; what judged the samples

    @property
    def data(self) -> str:
        return str(self.view.about.get("title") or self.view.dataset)

    @property
    def place(self) -> str:
        """Data set, size, step and family: what its numbers hold for."""
        size = (self.view.about.get("options") or {}).get("size")
        told = [f"{self.data}{f', {size} px' if size else ''}", f"family {self.view.family}"]
        told += [self.view.when] if self.view.when else []
        return " · ".join([*told, self.view.precision] if self.view.precision else told)

    @property
    def link(self) -> str:
        return f"{self.source.page}#{self.view.id}"


def lead(view: View, tested: Column, values: Mapping[str, dict[int, float]]) -> Lead | None:
    """Returns who leads on a question; None where there are too few runs to test."""
    title = view.store.title
    ties = tuple(title(name) for name in tested.ties)
    if tested.pairs and not any(math.isfinite(pair.p) for pair in tested.pairs.values()):
        return None
    alike = level(tested, values)
    return Lead(tested.leader, title(tested.leader), bool(tested.best), not tested.pairs, ties, alike)


def admitted(view: View) -> str:
    """Returns who is admitted by the rule that looks at each method alone, in a sentence; "" where it was not asked."""
    told: dict[str, list[str]] = {}
    for name, own in sorted(admissions(view).items(), key=lambda item: item[1].verdict):
        told.setdefault(own.because, []).append(view.store.title(name))
    said = "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in told.items())
    return f"Does each method work at all here? {said[0].upper()}{said[1:]}." if said else ""


def asked(view: View) -> dict[str, Key]:
    """Returns the questions that a view answers; of one that answers fewer than two, the first of its other metrics too."""
    found = questions(view)
    if len(found) > 1:
        return found
    measured = titles(
        view, [key for key in keys(view) if compared(view, key)[0] and key not in found.values()]
    )
    return dict([*found.items(), *measured.items()][:MOST])


def board(source: Source, view: View) -> Board:
    """Every method and reference of a view, a cell per question."""
    made = Board(f"{source.slug}-{view.id}", source, view)
    chosen = asked(view)
    judged = any(key.extractor == "domain" for key in chosen.values())
    made.note = " ".join(filter(None, [admitted(view), LABELS if judged else ""]))
    verdicts = view.at(VERDICT)
    results = {question: compared(view, key) for question, key in chosen.items()}
    if verdicts:
        made.measures[COLLAPSES] = "runs judged collapsed ↓"
    made.measures |= {
        q: column_title(view, key, [key]) if q in QUESTIONS else "" for q, key in chosen.items()
    }
    leads = {
        q: lead(view, tested, own) for q, (own, tested) in results.items() if q in QUESTIONS and tested.leader
    }
    made.leads = {q: found for q, found in leads.items() if found}
    places = {
        q: decimals(v for m in values.values() for v in m.values()) for q, (values, _) in results.items()
    }
    for name in view.labels:
        cells = {COLLAPSES: count_cell(tally(verdicts[name]))} if name in verdicts else {}
        for question, (values, tested) in results.items():
            if name in values:
                own = view.store.estimate(chosen[question].metric, list(values[name].values()))
                cells[question] = method_cell(view, name, own, places[question], tested)
        if cells:
            link = f"{source.page}#{source.anchor(view, name)}"
            made.rows.append(Row(name.method, view.store.title(name), "method", link, cells))
    for kind, reference in references(view):
        cells = {}
        for question, key in chosen.items():
            own = mean_interval(reference_rows(view, kind, reference, key)["value"])
            if own.n:
                cells[question] = reference_cell(own, places[question])
        if cells:
            made.rows.append(Row("", reference, kind, f"{source.page}#{view.id}", cells))
    return made
