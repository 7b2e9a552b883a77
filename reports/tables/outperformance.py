"""P(A > B) of every pair of methods on the scorecard's questions, with its bound and a verdict of three values."""

from typing import Any

from reports.outperformance import GAMMA, MEANINGFUL, OPEN, PAIRS, Outperformance, outperformance
from reports.power import ALPHA
from reports.store import View
from reports.tables.base import Cell, Table, head, number, p_value
from reports.tables.scorecard import questions
from reports.tables.summary import SAME_GENERATOR, column_title, compared

MOST = 6  # methods of which every pair is shown; of more, the pairs with the leader
NOTES = (
    "P(A > B): share of the seeds that both have at which A is better, a tie half a win (Bouthillier et al. 2021); 95% interval: "
    f"exact binomial below {PAIRS} pairs and where one wins all, else bootstrap. Meaningful: 1/2 is outside the interval and the "
    f"share reaches {GAMMA:g}; small: outside, but below {GAMMA:g}; else undecided. Below six pairs no interval excludes 1/2; "
    "they ask for 29.",
    "These intervals are not corrected for the number of pairs. The last column is: it has paired t-tests with Holm's correction "
    "over all pairs of methods in the question. A recommendation needs both.",
)


def worded(found: Outperformance, a: str, b: str, corrected: float) -> Cell:
    """Returns the verdict in words, the winner named; marked where the corrected test agrees."""
    if found.verdict == OPEN:
        return Cell(OPEN, tone="quiet")
    wins, loses = (a, b) if found.share > 0.5 else (b, a)
    sure = found.verdict == MEANINGFUL and corrected < ALPHA
    return Cell(f"{wins} beats {loses}, {found.verdict}", tone="good" if sure else "")


def outperformances(view: View) -> Table | None:
    """Returns one row a pair and question; of many methods the page shows the leader's pairs, the CSV holds all."""
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    shortened = shared = False
    metrics = []
    for question, key in questions(view).items():
        better = view.store.metric(key.metric)["better"]
        values, tested = compared(view, key)
        if better is None or not tested.pairs:
            continue
        metrics.append(key.metric)
        shared |= bool(tested.same)
        several = len({name for pair in tested.pairs for name in pair}) > MOST
        shortened |= several
        for first, second in tested.pairs:
            a, b = (second, first) if second == tested.leader else (first, second)
            found = outperformance(values[a], values[b], better)
            adjusted = tested.adjusted[first, second]
            frame.append({"question": question, "metric": key.metric, "a": a, "b": b, "share": found.share, "low": found.low,
                          "high": found.high, "pairs": found.n, "verdict": found.verdict, "p_holm": adjusted})  # fmt: skip
            if several and tested.leader not in (a, b):
                continue
            first_title, second_title = view.store.title(a), view.store.title(b)
            known = found.low == found.low
            interval = f"[{number(found.low, 2)}, {number(found.high, 2)}], " if known else ""
            cells.append({
                "Question": Cell(question, question, column_title(view, key, [key])),
                "A": Cell(first_title, a), "B": Cell(second_title, b),
                "P(A > B)": Cell(number(found.share, 2), found.share, f"{interval}n = {found.n}"),
                "Verdict": worded(found, first_title, second_title, adjusted), "p (Holm)": p_value(adjusted),
            })  # fmt: skip
    if not cells:
        return None
    notes = [*NOTES]
    notes += [
        f"More than {MOST} methods: the pairs with the question's leader are shown; the CSV holds every pair."
    ] * shortened
    notes += [SAME_GENERATOR] * shared
    rows = view.here[view.here["metric"].isin(metrics)]
    title = "How often is one method better than another at the same seed?"
    return Table.of("outperformance", title, head(view, rows), cells, frame, notes)
