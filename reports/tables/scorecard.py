"""T6: one row per method, one column per question; best only where the corrected test says so, ranks with intervals."""

import math
from typing import Any

import numpy as np

from reports.frames import Seeds
from reports.intervals import bounded_interval
from reports.statistics import Column
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, head, kept, number
from reports.tables.summary import SAME_GENERATOR, Key, compared, keys, method_cell

# question -> metrics that answer it, the first one present is shown
CHOICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Generates?", ("fid.fid", "kid.kid", "modes.high_quality")),
    ("Covers?", ("modes.covered", "collapse.vendi_ratio", "prdc.coverage")),
    ("Reconstructs?", ("reconstruction.dhash", "reconstruction.l1")),
    ("Inverts?", ("inversion.error", "reconstruction.dhash_generated")),
    ("Searches?", ("search.top1", "probe.knn1")),
    (
        "Interpolates?",
        ("interpolation.distance", "latent2d.ll_interpolations"),
    ),
    ("On the manifold?", ("manifold.distance",)),
    ("Translates?", ("translation.truth_l1", "translation.cycle_l1")),
)
COST = "Cost (TFLOP)"


def ranks(
    columns: dict[str, tuple[dict[str, dict[int, float]], str, Column]],
) -> Seeds:
    """label -> seed -> mean rank, of the methods that answer every question; ties share a rank.

    At each seed every question ranks those of them that have a value at it; one generator has one rank.
    """
    complete = [
        name
        for name in next(iter(columns.values()), ({}, "", None))[0]
        if all(name in values for values, *_ in columns.values())
    ]
    if len(complete) < 2:
        return {}
    seeds = sorted({s for values, *_ in columns.values() for name in complete for s in values[name]})
    found: Seeds = {}
    for seed in seeds:
        here = [name for name in complete if all(seed in values[name] for values, *_ in columns.values())]
        positions: dict[str, list[float]] = {name: [] for name in here}
        for values, better, tested in columns.values():
            first = {name: next((g[0] for g in tested.same if name in g), name) for name in here}
            scores = {first[name]: values[name][seed] * (-1 if better == "higher" else 1) for name in here}
            for name in here:
                own = scores[first[name]]
                lower, same = sum(v < own for v in scores.values()), sum(v == own for v in scores.values())
                positions[name].append(lower + (same + 1) / 2)
        for name in here if len(here) > 1 else []:
            found.setdefault(name, {})[seed] = float(np.mean(positions[name]))
    return found


def questions(view: View) -> dict[str, Key]:
    """Returns question -> the first of its metrics that the view has."""
    every = keys(view)
    found = (
        (title, next((k for m in choices for k in every if k.metric == m), None))
        for title, choices in CHOICES
    )
    return {title: key for title, key in found if key is not None}


def operations(cost: float, places: int) -> Cell:
    """Operations of training, which are counted; of what was trained elsewhere nobody knows them."""
    return Cell(number(cost, places), cost, "exact") if math.isfinite(cost) else Cell(ABSENT)


def scorecard(view: View) -> Table | None:
    """One metric per question with mean, interval and n; the last column ranks the methods that answer every question."""
    columns = questions(view)
    if len(columns) < 2 or len(view.labels) < 2:
        return None
    results = {
        t: (*compared(view, key), str(view.store.metric(key.metric)["better"])) for t, key in columns.items()
    }
    ranked = ranks({t: (values, better, tested) for t, (values, tested, better) in results.items()})
    costs = {name: 1000 * count for name, count in view.operations.items() if name in view.labels}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in view.labels:
        row: dict[str, Cell] = {"Method": Cell(view.store.title(name), name)}
        plain: dict[str, Any] = {"method": name}
        for title, (values, tested, _) in results.items():
            own = view.store.estimate(columns[title].metric, list(values.get(name, {}).values()))
            places = decimals(v for m in values.values() for v in m.values())
            row[title] = method_cell(view, name, own, places, tested)
            plain |= kept(f"{title} ", own) | {f"{title} best": tested.best == name}
        if costs:
            cost = costs.get(name, math.nan)
            row[COST], plain[COST] = operations(cost, decimals(costs.values())), cost
        rank = bounded_interval(list(ranked.get(name, {}).values()), (1, max(1, len(ranked))))
        if ranked:
            row["Mean rank"] = estimate_cell(rank, 2) if math.isfinite(rank.mean) else Cell(ABSENT)
        plain |= kept("rank ", rank)
        cells.append(row)
        frame.append(plain)
    told = []
    for title, key in columns.items():
        known = view.store.metric(key.metric)
        arrow = {"higher": "higher is better", "lower": "lower is better"}.get(str(known["better"]), "")
        told.append(
            f"{title} {known['title']}" + (f" [{key.extractor}]" if key.extractor else "") + f", {arrow}"
        )
    notes = ["; ".join(told) + ".",
             f"{COST}: operations of training, including its base's; they are counted, so there is no interval." if costs else "",
             "Bold: better than every other method by paired t-tests over seeds, Holm over all pairs in the column.",
             f"Mean rank: among the {len(ranked)} methods that answer every question here; at each seed the mean over the "
             "questions, then over seeds with its 95% interval." if ranked else "",
             SAME_GENERATOR if any(tested.same for _, tested, _ in results.values()) else ""]  # fmt: skip
    rows = view.here[view.here["metric"].isin([k.metric for k in columns.values()])]
    return Table.of("scorecard", "Scorecard", head(view, rows), cells, frame, filter(None, notes))
