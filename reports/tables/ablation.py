"""Ablations: every factor's paired difference to its base, and what each rung of a ladder bought."""

import math
from itertools import pairwise
from typing import Any

from reports import ablation as parts
from reports.frames import Label
from reports.power import ALPHA, LEAST
from reports.statistics import family, holm, tally
from reports.store import View
from reports.tables.base import Cell, Table, count_cell, decimals, estimate_cell, head, kept, number, p_value
from reports.tables.summary import compared, keys, titles


def difference(test: Any, places: int) -> Cell:
    """A paired difference with its interval and n."""
    if test.n < LEAST:
        shown = " · ".join(number(v, places) for v in test.points) or number(test.mean, places)
        return Cell(shown, test.mean, f"n = {test.n}, raw")
    if not math.isfinite(test.low):
        return Cell(number(test.mean, places), test.mean, f"{test.reason}, n = {test.n}")
    return Cell(number(test.mean, places), test.mean,
                f"[{number(test.low, places)}, {number(test.high, places)}], n = {test.n}")  # fmt: skip


def ablations(view: View) -> list[Table]:
    """One table per method with variants: factor by metric, difference, interval, Holm p, n, detectable, in words."""
    return [ablation(view, base, variants) for base, variants in parts.bases(view).items()]


def ablation(view: View, base: Label, variants: list[Label]) -> Table:
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for fall in parts.falls(view, base, variants):
        shown = f"{fall.base[0]}/{fall.base[1]} → {fall.own[0]}/{fall.own[1]}"
        sure = fall.adjusted < ALPHA
        more = fall.own[0] / max(1, fall.own[1]) > fall.base[0] / max(1, fall.base[1])
        words = f"{fall.factor} makes collapse {'more' if more else 'less'} frequent." if sure else (
            f"{fall.factor}: no effect on the number of collapsed runs is established.")  # fmt: skip
        cells.append({
            "Factor": Cell(fall.factor, fall.factor), "Metric": Cell("Collapsed runs"), "Base": Cell(shown.split(" ")[0]),
            "Difference": Cell(shown, fall.own[0] / max(1, fall.own[1])), "p (Holm)": p_value(fall.adjusted),
            "Detectable": Cell("\u2013"),
            "In words": Cell(words, tone=("bad" if more else "good") if sure else "quiet"),
        })  # fmt: skip
        frame.append({"factor": fall.factor, "metric": "collapse.collapsed", "base": fall.base[0], "base_n": fall.base[1],
                      "own": fall.own[0], "n": fall.own[1], "p_holm": fall.adjusted, "words": words})  # fmt: skip
    for e in parts.effects(view, base, variants):
        places = decimals([e.base, e.test.mean])
        cells.append({
            "Factor": Cell(e.factor, e.factor), "Metric": Cell(e.title, e.metric),
            "Base": Cell(number(e.base, places), e.base), "Difference": difference(e.test, places),
            "p (Holm)": p_value(e.adjusted),
            "Detectable": Cell(number(e.test.detectable, places), e.test.detectable),
            "In words": Cell(e.sentence, tone=e.tone),
        })  # fmt: skip
        frame.append({"factor": e.factor, "metric": e.metric, "base": e.base, "difference": e.test.mean,
                      "low": e.test.low, "high": e.test.high, "n": e.test.n, "p": e.test.p, "p_holm": e.adjusted,
                      "detectable": e.test.detectable, "words": e.sentence})  # fmt: skip
    every = sum(map(len, parts.bases(view).values()))
    note = (
        "Difference: variant minus base at the same seeds, 95% t interval; p by paired t-tests (Fisher's exact test for "
        f"counts), Holm over the factors of all methods here ({every}) within one metric; detectable: the difference found with "
        "80% power at the level of Holm's hardest step."
    )
    title = f"What each factor of {view.store.title(base)} does"
    return Table.of(f"ablation-{base}", title, head(view), cells, frame, [note])


def ladder_tables(view: View) -> list[Table]:
    """One table per ladder: the rungs in order, collapse counts, and each metric's change from the rung before."""
    found = []
    columns = titles(view, [k for k in keys(view) if view.store.metric(k.metric)["better"]])
    for index, (title, rungs, equals) in enumerate(parts.ladders(view)):
        fallen = view.at(parts.COUNTED)
        cells: list[dict[str, Cell]] = []
        for rung in rungs:
            count = count_cell(tally(fallen.get(rung, {})))
            cells.append({"Rung": Cell(view.store.title(rung), rung), "Collapsed": count})
        frame: list[dict[str, Any]] = [{"rung": n} for n in rungs]
        for name, key in columns.items():
            values, _ = compared(view, key)
            pairs = list(pairwise(rungs))
            tests = family([(values.get(b, {}), values.get(a, {})) for a, b in pairs])
            adjusted = [float("nan"), *holm([t.p for t in tests])]
            places = decimals(v for n in rungs for v in values.get(n, {}).values())
            better = view.store.metric(key.metric)["better"]
            for i, rung in enumerate(rungs):
                own = view.store.estimate(key.metric, list(values.get(rung, {}).values()))
                shown = estimate_cell(own, places)
                sure = adjusted[i] < ALPHA
                tone = ("good" if (tests[i - 1].mean > 0) == (better == "higher") else "bad") if sure else ""
                bought = f"; {number(tests[i - 1].mean, places)} from the rung before" if sure else ""
                cells[i][name] = Cell(shown.text, shown.value, shown.detail + bought, tone=tone)
                frame[i] |= kept(f"{name} ", own) | {f"{name} p_holm": adjusted[i]}
        note = "Coloured: a change from the rung before that the paired t-test finds, Holm over the rungs of its column."
        found.append(Table.of(f"ladder-{index + 1}", title, head(view), cells, frame, [equals, note]))
    return found
