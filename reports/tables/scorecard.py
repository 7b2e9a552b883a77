"""T6: one row per method, one column per question; best only where the corrected test says so, ranks with intervals."""

import math
from typing import Any

import numpy as np

from reports.statistics import mean_interval
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, head, kept, number
from reports.tables.summary import Key, compared, keys

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


def ranks(columns: dict[str, tuple[dict[str, dict[int, float]], str]]) -> dict[str, list[float]]:
    """label -> one mean rank per seed: at each seed every question ranks the methods it has; ties share a rank."""
    seeds = {s for values, _ in columns.values() for v in values.values() for s in v}
    found: dict[str, list[float]] = {}
    for seed in sorted(seeds):
        own: dict[str, list[float]] = {}
        for values, better in columns.values():
            here = {n: v[seed] * (-1 if better == "higher" else 1) for n, v in values.items() if seed in v}
            for name, value in here.items():
                lower = sum(other < value for other in here.values())
                same = sum(other == value for other in here.values())
                if len(here) > 1:
                    own.setdefault(name, []).append(lower + (same + 1) / 2)
        for name, positions in own.items():
            found.setdefault(name, []).append(float(np.mean(positions)))
    return found


def scorecard(view: View) -> Table | None:
    """One metric per question with mean, interval and n; the last column ranks the methods over what they can do."""
    every = keys(view)
    columns: dict[str, Key] = {}
    for title, choices in CHOICES:
        key = next((k for name in choices for k in every if k.metric == name), None)
        if key is not None:
            columns[title] = key
    if len(columns) < 2 or len(view.labels) < 2:
        return None
    results = {
        t: (*compared(view, key), str(view.store.metric(key.metric)["better"])) for t, key in columns.items()
    }
    ranked = ranks({t: (values, better) for t, (values, _, better) in results.items()})
    costs = {name: 1000 * count for name, count in view.operations.items() if name in view.labels}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in view.labels:
        row: dict[str, Cell] = {"Method": Cell(view.store.title(name), name)}
        plain: dict[str, Any] = {"method": name}
        for title, (values, tested, _) in results.items():
            own = mean_interval(list(values.get(name, {}).values()))
            places = decimals(v for m in values.values() for v in m.values())
            row[title] = estimate_cell(own, places, tested.best == name)
            plain |= kept(f"{title} ", own) | {f"{title} best": tested.best == name}
        if costs:
            cost = costs.get(name, math.nan)
            row[COST], plain[COST] = Cell(number(cost, decimals(costs.values())), cost, "exact"), cost
        rank = mean_interval(ranked.get(name, []))
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
             f"{COST}: operations of training, its base's included, counted and so without an interval." if costs else "",
             "Bold: better than every other method by paired t-tests over seeds, Holm over all pairs in the column.",
             "Mean rank: at each seed the mean over the questions a method can answer, then over seeds with its "
             "95% t interval; ranks of methods that answer different questions are not one contest."]  # fmt: skip
    rows = view.ok[
        (view.ok["step"] == view.step) & view.ok["metric"].isin([k.metric for k in columns.values()])
    ]
    return Table.of("scorecard", "Scorecard", head(view, rows), cells, frame, filter(None, notes))
