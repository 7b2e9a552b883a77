"""Scores over several tasks put together: interquartile mean, performance profile, and who probably improves on whom."""

from typing import Any

from reports.across import Suite, of_view, of_views
from reports.aggregate import ENOUGH, Bounded, improvement, interquartile_mean, profile, resampling_units
from reports.store import Store, View
from reports.tables.base import ABSENT, Cell, Table, number
from reports.tables.provenance import made_with
from reports.tables.summary import SAME_GENERATOR

SHOWN = (0.0, 0.25, 0.5, 0.75)  # thresholds of the profile in the table


def bounded_cell(found: Bounded, places: int = 2) -> Cell:
    """Returns a value with its interval, if it has one."""
    known = found.low == found.low
    return Cell(number(found.value, places), found.value,
                f"[{number(found.low, places)}, {number(found.high, places)}]" if known else "")  # fmt: skip


def notes(suite: Suite) -> list[str]:
    """Returns what the numbers are of, and what they are not."""
    store = suite.tasks[0].view.store
    told = [
        f"{t.question.rstrip('?')} on {t.place}: {t.view.store.metric(t.key.metric)['title']}, 0 = {t.zero:.4g}, 1 = {t.one:.4g}"
        for t in suite.tasks
    ]
    runs = resampling_units(suite.n, suite.strata)
    questions, sets = len({t.question for t in suite.tasks}), len({t.view.id for t in suite.tasks})
    found = [
        f"Scale: 0 is the best trivial baseline, 1 the ceiling: real images, for search the "
        f"classifier's features, else the end of the metric's range. {'; '.join(told)}.",
        f"{len(suite.names)} methods answer every task; {suite.n} seeds each.",
        "Interquartile mean: of the middle half of all scores. Above t: share of scores above it. P(row > column): probability "
        "that a run of the one scores above a run of the other, averaged over tasks (Agarwal et al. 2021, arXiv:2108.13264). "
        + ("95% percentile intervals of a bootstrap stratified by data set, not corrected for the number of methods or pairs."
           if runs >= ENOUGH else f"No intervals: {runs} independent runs a method, a bootstrap needs {ENOUGH}."),
    ]  # fmt: skip
    if questions > 1 and sets == 1:
        found.append(
            "The questions are put to the same runs: they are resampled together, and say nothing about other data."
        )
    found += [f"Left out: {'; '.join(suite.left_out)}."] if suite.left_out else []
    if suite.same:
        found.append(SAME_GENERATOR)
        found += [f"One contestant: {', '.join(store.title(n) for n in group)}." for group in suite.same]
    return found


def aggregates(suite: Suite) -> list[Table]:
    """Returns the table of methods, and the matrix of pairs."""
    title = suite.tasks[0].view.store.title
    scores = {name: suite.scores(name) for name in suite.names}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    matrix: list[dict[str, Cell]] = []
    pairs: list[dict[str, Any]] = []
    chances: dict[tuple[Any, Any], Bounded] = {}
    for name, own in scores.items():
        middle = interquartile_mean(own, suite.strata)
        above = dict(zip(SHOWN, profile(own, suite.strata, SHOWN), strict=True))
        cells.append({"Method": Cell(title(name), name), "Interquartile mean": bounded_cell(middle)}
                     | {f"Above {t:g}": bounded_cell(found) for t, found in above.items()})  # fmt: skip
        plain = {"method": name, "iqm": middle.value, "iqm low": middle.low, "iqm high": middle.high}
        for t, share in above.items():
            plain |= {
                f"above {t:g}": share.value,
                f"above {t:g} low": share.low,
                f"above {t:g} high": share.high,
            }
        frame.append(plain | {"runs": suite.n, "tasks": len(suite.tasks)})
        row = {"P(row > column)": Cell(title(name), name)}
        for other, theirs in scores.items():
            if other == name:
                row[title(other)] = Cell(ABSENT)
                continue
            known = chances.get((other, name))
            chance = known.opposite if known else improvement(own, theirs, suite.strata)
            chances[name, other] = chance
            row[title(other)] = bounded_cell(chance)
            pairs.append({"a": name, "b": other, "p": chance.value, "low": chance.low, "high": chance.high})
        matrix.append(row)
    views = {id(task.view): task.view for task in suite.tasks}.values()
    parts = [
        ", ".join(dict.fromkeys(f"{view.dataset} ({view.family})" for view in views)),
        ", ".join(dict.fromkeys(view.when for view in views if view.when)),
        *dict.fromkeys(part for view in views for part in made_with(view.store, set(view.records["run"]))),
    ]  # fmt: skip
    head, told = " · ".join(part for part in parts if part), notes(suite)
    return [
        Table.of(suite.id, suite.title, head, cells, frame, told),
        Table.of(
            f"{suite.id}-pairs", f"{suite.title}: probability of improvement", head, matrix, pairs, told[1:3]
        ),
    ]


def across_questions(view: View) -> list[Table]:
    """Returns the tables over the questions of one view; none where there are too few."""
    suite = of_view(view)
    return aggregates(suite) if suite else []


def across_datasets(*stores: Store) -> list[Table]:
    """Returns the tables of every question that at least three data sets of these stores are asked."""
    views = [view for store in stores for view in store.views]
    return [table for suite in of_views(views) for table in aggregates(suite)]
