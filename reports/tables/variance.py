"""What makes seeds differ: the spread over seeds by the source of variance that follows the seed, the others fixed."""

import math
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.results import VARIED
from reports.frames import Label
from reports.power import LEAST
from reports.statistics import LEVEL, NAN, Estimate, Values, finite
from reports.store import View
from reports.style import method_order
from reports.tables.base import Cell, Table, decimals, estimate_cell, head, kept, varied
from reports.tables.scorecard import questions
from reports.tables.summary import column_title, rows_of

SOURCES = {
    "init": "initial weights",
    "order": "which images make a batch",
    "noise": "latents and every other draw",
    "split": "a bootstrap sample of the training images",
}


def spread(values: Values) -> Estimate:
    """Returns the standard deviation with its chi-square interval, which takes the values for normal; NaN below three."""
    x = finite(values)
    n = len(x)
    points = tuple(float(v) for v in x)
    if n < 2:
        return Estimate(NAN, NAN, NAN, 0)
    sd = float(np.std(x, ddof=1))
    if n < LEAST:
        return Estimate(sd, NAN, NAN, n, (sd,))
    low, high = (
        sd * math.sqrt((n - 1) / stats.chi2.ppf(q, n - 1)) for q in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    )
    return Estimate(sd, low, high, n, points)


def variance(view: View) -> Table | None:
    """Returns one row a question and arm, a column a choice of sources; None for a store whose seeds all decide the same."""
    found: dict[Label, dict[str, Label]] = {}
    for name in sorted(set(view.methods["label"]), key=method_order):
        if name.varied:
            found.setdefault(name.unvaried, {})[name.varied] = name
    usual = "+".join(varied(view) or VARIED)
    if not found:
        return None
    choices = list(dict.fromkeys(choice for own in found.values() for choice in own))
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for question, key in questions(view).items():
        rows = rows_of(view.here, key)
        for arm, own in found.items():
            labels = {usual: arm, **own}
            spreads = {c: spread(rows.loc[rows["label"] == name, "value"]) for c, name in labels.items()}
            if not any(each.n for each in spreads.values()):
                continue
            places = decimals(each.mean for each in spreads.values() if each.n)
            row = {
                "Question": Cell(question, question, column_title(view, key, [key])),
                "Method": Cell(view.store.title(arm), arm),
            }
            for choice in (usual, *choices):
                row[choice] = estimate_cell(spreads.get(choice, Estimate(NAN, NAN, NAN, 0)), places)
            cells.append(row)
            frame += [
                {
                    "question": question,
                    "metric": key.metric,
                    "method": arm.method,
                    "variant": arm.variant,
                    "sources": choice,
                    **kept("sd ", each),
                }
                for choice, each in spreads.items()
            ]
    if not cells:
        return None
    named = dict.fromkeys(source for choice in (usual, *choices) for source in choice.split("+"))
    notes = [
        "Standard deviation over seeds with its 95% chi-square interval, which takes the values for normal. A column names what "
        "follows the seed; the rest has seed 0, so its spread is that given these draws, and the columns need not add up.",
        f"{'; '.join(f'{name}: {SOURCES.get(name, name)}' for name in named)}.",
    ]
    return Table.of(
        "variance", "Spread over seeds by source of variance", head(view, view.here), cells, frame, notes
    )
