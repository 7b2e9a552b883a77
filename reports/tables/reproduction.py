"""T7: the papers' values beside ours, at their own protocol or with what differs from it."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from reports import published
from reports.reproduction import Judged, judge
from reports.statistics import Count, Estimate
from reports.store import Store, View
from reports.tables.base import ABSENT, Cell, Table, count_cell, decimals, estimate_cell, head, number
from reports.tables.provenance import gpus

TONES = {"agrees": "good", "differs": "bad"}
ORDER = ("agrees", "differs", "undecided", "untrained", "from memory", "not at its protocol")
NOTE = (
    "agrees: two one-sided tests at 5%, the 90% interval of the difference lies inside the margin, which is a tenth of what "
    "training changes (from an untrained network's value to the published one) and never more than was stated beforehand; "
    "differs: it does not agree and the 95% interval, which is shown, excludes 0 (of twenty true values one is expected to: "
    "nothing is corrected for their number, and values of the same runs are not independent); undecided: too few runs, and "
    "always with fewer than three; untrained: a value before training, which reproduces nothing. A published value without an "
    "error is assumed to vary from run to run as ours do. Stores at one protocol are pooled. Not at its protocol: a setting "
    "differs from the paper's, or is not known. Hours: wall time of our runs together, with other work beside them, on one core "
    "or on the device named."
)


def reproduction(view: View) -> Table | None:
    """Every published value of this view's data that has a value of ours beside it, with the verdict."""
    present = set(view.rows.loc[view.rows["value"].notna(), "metric"])
    known = [v for v in published.values() if v.metric in present and published.same_data(v, view)]
    judged = [found for value in known if (found := judge(value, view)).kind != "not asked"]
    if not judged:
        return None
    rows = view.ok[view.ok["metric"].isin([found.value.metric for found in judged])]
    top = head(view, rows, "every value's own")
    notes = [NOTE, *published.elsewhere(view, present)]
    return _table(
        "reproduction", "Published values beside ours", top, [(found, [view]) for found in judged], notes
    )


def reproductions(stores: Iterable[Store]) -> Table | None:
    """Every published value once, from all stores: where it was asked at its own protocol, else the nearest to it."""
    best: dict[int, tuple[Judged, list[View]]] = {}  # by place among the published values
    views = [view for store in stores for view in store.views]
    for place, value in enumerate(published.values()):
        asked = [(judge(value, view), view) for view in views if published.same_data(value, view)]
        asked = [each for each in asked if each[0].kind != "not asked"]
        if own := [view for found, view in asked if found.kind != "not at its protocol"]:
            best[place] = judge(value, *own), own
        elif asked:
            found, view = min(asked, key=lambda each: _rank(each[0]))
            best[place] = found, [view]
    if not best:
        return None
    rows = sorted(
        (best[place] for place in sorted(best)), key=lambda row: row[0].kind == "not at its protocol"
    )
    counts = {kind: sum(found.kind == kind for found, _ in rows) for kind in ORDER}
    top = "; ".join(f"{kind} {count}" for kind, count in counts.items() if count)
    absent: dict[str, int] = {}
    for place, value in enumerate(published.values()):
        if place not in best:
            absent[value.where] = absent.get(value.where, 0) + 1
    rest = f"Not asked on the papers' data: {'; '.join(f'{where} ({n})' for where, n in absent.items())}."
    return _table(
        "reproduction", "The papers' values at the papers' protocols", top, rows, [NOTE, rest], places=True
    )


def _rank(found: Judged) -> tuple[int, int]:
    """The nearer to its protocol a value was asked, the smaller: in the fewest other settings, by the most runs."""
    return found.reason.count(";"), -(found.ours.n if found.ours else 0)


def _table(
    id: str,
    title: str,
    top: str,
    rows: Sequence[tuple[Judged, Sequence[View]]],
    notes: Iterable[str],
    places: bool = False,
) -> Table:
    cells, frame = [], []
    for found, views in rows:
        view, value, gap = views[0], found.value, found.difference
        size = decimals([abs(v) for v in (value.value, gap.mean if gap else None) if v is not None] or [1.0])
        interval = f"[{_signed(gap.low, size)}, {_signed(gap.high, size)}]" if gap and gap.known else ""
        hours, device = _hours(found, views)
        command = " && ".join(str(each.store.meta.get("command", "")) for each in views)
        runs = value.runs or value.n
        row = {
            "Value": Cell(f"{view.store.title(value.label)}: {value.title}", value.title, value.where),
            "Published": Cell(
                value.text, value.value, f"{runs} run{'s' * (runs != 1)}" if runs else "runs not stated"
            ),
            "Ours": show(found.ours, size),
            "Difference": Cell(_signed(gap.mean, size), gap.mean, interval) if gap else Cell(ABSENT),
            "Verdict": Cell(found.kind, found.kind, found.brief, tone=TONES.get(found.kind, "quiet")),
            "Hours": Cell(number(hours, 2), hours, device),
        }
        name = ", ".join(each.store.root.name for each in views)
        cells.append(row | ({"Results": Cell(name, name)} if places else {}))
        mean = (
            found.ours.k / found.ours.n if isinstance(found.ours, Count) else found.ours and found.ours.mean
        )
        plain: dict[str, Any] = {
            "paper": value.terms["paper"], "table": value.terms["table"], "method": str(value.label), "metric": value.metric,
            "quantity": value.title, "step": found.step, "published": value.text, "runs": runs, "source": value.source,
            "ours": mean, "n": found.ours and found.ours.n,
            "low": getattr(found.ours, "low", None), "high": getattr(found.ours, "high", None),
            "difference": gap and gap.mean, "difference_low": gap and gap.low, "difference_high": gap and gap.high,
            "margin": None if math.isnan(found.margin) else found.margin, "verdict": found.kind,
            "reason": found.reason, "hours": hours, "device": device,
            "command": command,
        }  # fmt: skip
        frame.append(plain)
    return Table.of(id, title, top, cells, frame, notes)


def show(ours: Estimate | Count | None, size: int) -> Cell:
    if isinstance(ours, Count):
        return count_cell(ours)
    return Cell(ABSENT) if ours is None else estimate_cell(ours, size)


def _signed(value: float, size: int) -> str:
    return f"+{number(value, size)}" if value > 0 else number(value, size)


def _hours(found: Judged, views: Sequence[View]) -> tuple[float | None, str]:
    """Wall time of this label's runs, in hours, and where if not on a CPU; None for a reference, which trains nothing."""
    label = found.value.label
    records = [v.store.records[v.store.records["run"].isin(set(v.runs(label).values()))] for v in views]
    wall = [float(t) for own in records for t in own["wall_s"].dropna()]
    places = dict.fromkeys(name for own in records for name in gpus(own))
    return sum(wall) / 3600 if wall else None, " and ".join(places)
