"""Which methods work at all here: the two checks of reports/admission.py, a row a method, above every comparison."""

from typing import Any

from reports.admission import (
    ADMITTED,
    ERROR,
    FAILED,
    HALF,
    NONE,
    PASSED,
    RECOGNISED,
    REFUSED,
    UNJUDGED,
    Check,
    admissions,
    drawing_limit,
)
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, head, kept, number

TONES = {PASSED: "good", ADMITTED: "good", FAILED: "bad", REFUSED: "bad"}


def checked(check: Check, places: int) -> Cell:
    """Returns a check's value with its interval, coloured by what came out."""
    if not check.value.n:
        failed = check.verdict == FAILED
        return Cell(ABSENT, None, f"{check.verdict}: {check.reason}" if failed else check.reason,
                    tone=TONES[FAILED] if failed else "")  # fmt: skip
    own = estimate_cell(check.value, places)
    joint = ", because " if check.verdict == UNJUDGED else ": "
    told = check.verdict + (joint + check.reason if check.reason else "")
    return Cell(own.text, own.value, f"{own.detail}, {told}", tone=TONES.get(check.verdict, "quiet"))


def admission(view: View) -> Table | None:
    """Returns the table of admission; None where recognition was not measured."""
    found = admissions(view)
    if not found:
        return None
    places = [
        decimals(c.value.mean for c in own)
        for own in zip(*((a.draws, a.reconstructs) for a in found.values()), strict=True)
    ]
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name, own in found.items():
        cells.append({
            "Method": Cell(view.store.title(name), name),
            "Recognised samples": checked(own.draws, places[0]),
            "L1 of reconstructions": checked(own.reconstructs, places[1]),
            "Verdict": Cell(own.because, own.verdict, tone=TONES.get(own.verdict, "quiet")),
        })  # fmt: skip
        frame.append({"method": name, **kept("recognised ", own.draws.value), "draws": own.draws.verdict,
                      **kept("l1 ", own.reconstructs.value), "reconstructs": own.reconstructs.verdict,
                      "verdict": own.verdict})  # fmt: skip
    limit, why = drawing_limit(view)
    error = next((a.reconstructs.limit for a in found.values()), float("nan"))
    many = sum(own.verdict == ADMITTED for own in found.values())
    asked = sum(own.verdict != NONE for own in found.values())
    notes = [
        f"{many} of {asked} are admitted: a rule about each method alone, written before the runs (reports/admission.py). "
        "A method that is not admitted has not learned its task here (one that is undecided may have), and its place in a "
        "comparison says little about the method.",
        (f"Draws: the share of samples that the classifier recognises is above {number(limit, 2)}, {HALF:.0%} of the way from a "
         "generator that draws nothing to real images." if not why else f"Draws: not judged here, because {why}.")
        + " A collapsed run passes none, whatever is recognised in its samples."
        + f" Reconstructs: L1 of held-out images is below the mean image's, {number(error, 4)}. By the 95% interval over seeds.",
    ]  # fmt: skip
    rows = view.here[view.here["metric"].isin([RECOGNISED, ERROR])]
    return Table.of("admission", "Does each method work at all here?", head(view, rows), cells, frame, notes)
