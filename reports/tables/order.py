"""Does the order of methods survive another extractor? Kendall's tau between FID's order and each other distance's."""

import math
from typing import Any

import numpy as np
from scipy import stats

from reports.intervals import bounded_interval
from reports.power import LEAST
from reports.statistics import Estimate
from reports.store import View
from reports.tables.base import Cell, Table, estimate_cell, head, number, p_value
from reports.tables.summary import compared, keys, titles

FIRST = "fid.fid"
OTHERS = ("fid.fid", "kid.kid", "mmd.mmd", "prdc.")  # through the extractors that --extractor names
OWN = "extractors."  # a metric with extractors of its own
NOTES = (
    "tau is 1 where both order all methods alike, -1 where one order is the other reversed (tau-b, over the methods' means). p: "
    "Kendall's test that the orders are unrelated (exact for up to 33 methods without ties, else its normal approximation); it "
    "takes all rows to be independent, which settings of one method are not. "
    "Next to it the mean over seeds of each seed's own tau. '<' means better than.",
    "The extractor 'domain' was trained on the labels of the data that it judges, which may favour methods that draw what these "
    "labels name; a random network and one trained on ImageNet have not seen them.",
)
Values = dict[str, dict[int, float]]


def tau(a: dict[Any, float], b: dict[Any, float]) -> tuple[float, float, int]:
    """Returns Kendall's tau-b over what both have, its p, and how many; NaN below three or without any order."""
    both = [name for name in a if name in b]
    if len(both) < LEAST:
        return math.nan, math.nan, len(both)
    found = stats.kendalltau([a[name] for name in both], [b[name] for name in both])
    return float(found.statistic), float(found.pvalue), len(both)


def of_seeds(a: Values, b: Values) -> Estimate:
    """Returns the mean over seeds of the tau between both orders at that seed."""
    seeds = sorted({seed for own in a.values() for seed in own})
    each = []
    for seed in seeds:
        own = [{name: v[seed] for name, v in values.items() if seed in v} for values in (a, b)]
        each.append(tau(*own)[0])
    return bounded_interval([value for value in each if math.isfinite(value)], (-1.0, 1.0))


def means(values: Values, sign: float) -> dict[str, float]:
    """Returns each method's mean, the best lowest."""
    return {name: sign * float(np.mean(list(own.values()))) for name, own in values.items() if own}


def order(view: View) -> Table | None:
    """Returns one row a distance through another extractor than FID's first; None for fewer than three methods."""
    columns = titles(view, keys(view))
    first = next((key for key in columns.values() if key.metric == FIRST), None)
    if first is None:
        return None
    others = {
        title: key
        for title, key in columns.items()
        if key.metric.startswith(OWN) or (key.metric.startswith(OTHERS) and key.extractor != first.extractor)
    }
    base, tested = compared(view, first)
    repeated = {name for group in tested.same for name in group[1:]}  # one generator is one contestant
    base = {name: own for name, own in base.items() if name not in repeated}
    ranks, cells, frame = means(base, 1.0), [], []
    for title, key in others.items():
        values = {name: own for name, own in compared(view, key)[0].items() if name not in repeated}
        sign = -1.0 if view.store.metric(key.metric)["better"] == "higher" else 1.0
        own = means(values, sign)
        found, p, n = tau(ranks, own)
        if n < LEAST:
            continue
        signed = {name: {seed: sign * v for seed, v in each.items()} for name, each in values.items()}
        seeds = of_seeds(base, signed)
        ordered = " < ".join(view.store.title(name) for name in sorted(own, key=lambda name: own[name]))
        cells.append({
            "Distance": Cell(title, key.metric), "Kendall's tau with FID": Cell(number(found, 2), found, f"n = {n} methods"),
            "p": p_value(p), "tau at each seed": estimate_cell(seeds, 2), "From best to worst": Cell(ordered),
        })  # fmt: skip
        frame.append({"metric": key.metric, "extractor": key.extractor, "tau": found, "p": p, "methods": n,
                      "tau of seeds": seeds.mean, "low": seeds.low, "high": seeds.high, "seeds": seeds.n})  # fmt: skip
    if not cells:
        return None
    ordered = " < ".join(view.store.title(name) for name in sorted(ranks, key=lambda name: ranks[name]))
    rows = view.here[view.here["metric"].isin([FIRST, *(row["metric"] for row in frame)])]
    notes = [f"FID ({first.extractor}) orders them {ordered}.", *NOTES]
    title = "Does the order of methods survive another extractor?"
    return Table.of("extractor-order", title, head(view, rows), cells, frame, notes)
