"""T7: the papers' values beside ours, at their own protocol or with what differs from it."""

from collections.abc import Iterable, Sequence
from typing import Any

from reports import published
from reports.reproduction import Judged, judge
from reports.statistics import Count, Estimate
from reports.store import Store, View
from reports.tables.base import ABSENT, Cell, Table, count_cell, decimals, estimate_cell, head, number
from reports.tables.provenance import gpus

TONES = {"agrees": "good", "differs": "bad"}
ORDER = ("agrees", "differs", "undecided", "from memory", "not at its protocol")
NOTE = (
    "agrees: the 95% interval of the difference contains 0 and its half-width is at most the margin stated for it, so the "
    "interval may reach beyond the margin on one side; differs: it does not contain 0 (of twenty true values one is expected to "
    "differ: nothing is corrected for their number, and values measured on the same runs are not independent); undecided: too "
    "few runs. A published value without an error is assumed to vary from run to run as ours do. Not at its protocol: a setting "
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
        "reproduction", "Published values beside ours", top, [(found, view) for found in judged], notes
    )


def reproductions(stores: Iterable[Store]) -> Table | None:
    """Every published value once, from all stores: where it was asked at its own protocol, else the nearest to it."""
    best: dict[int, tuple[Judged, View]] = {}  # by place among the published values
    for store in stores:
        for view in store.views:
            for place, value in enumerate(published.values()):
                if not published.same_data(value, view):
                    continue
                found = judge(value, view)
                if found.kind != "not asked" and (place not in best or _rank(found) < _rank(best[place][0])):
                    best[place] = found, view
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


def _rank(found: Judged) -> tuple[int, int, int]:
    """The better a value was asked, the smaller: at its protocol, in the fewest other settings, by the most runs."""
    apart = found.reason.count(";") + 1 if found.kind == "not at its protocol" else 0
    return int(bool(apart)), apart, -(found.ours.n if found.ours else 0)


def _table(
    id: str,
    title: str,
    top: str,
    rows: Sequence[tuple[Judged, View]],
    notes: Iterable[str],
    places: bool = False,
) -> Table:
    cells, frame = [], []
    for found, view in rows:
        value, gap = found.value, found.difference
        size = decimals([abs(v) for v in (value.value, gap.mean if gap else None) if v is not None] or [1.0])
        interval = f"[{_signed(gap.low, size)}, {_signed(gap.high, size)}]" if gap and gap.known else ""
        (hours, device), command = _hours(found, view), view.store.meta.get("command", "")
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
        name = str(view.store.meta.get("preset") or "")
        cells.append(row | ({"Preset": Cell(name, name)} if places else {}))
        mean = (
            found.ours.k / found.ours.n if isinstance(found.ours, Count) else found.ours and found.ours.mean
        )
        plain: dict[str, Any] = {
            "paper": value.terms["paper"], "table": value.terms["table"], "method": str(value.label), "metric": value.metric,
            "quantity": value.title, "step": found.step, "published": value.text, "runs": runs, "source": value.source,
            "ours": mean, "n": found.ours and found.ours.n,
            "low": getattr(found.ours, "low", None), "high": getattr(found.ours, "high", None),
            "difference": gap and gap.mean, "difference_low": gap and gap.low, "difference_high": gap and gap.high,
            "margin": value.margin, "verdict": found.kind, "reason": found.reason, "hours": hours, "device": device,
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


def _hours(found: Judged, view: View) -> tuple[float | None, str]:
    """Wall time of this label's runs, in hours, and where if not on a CPU; None for a reference, which trains nothing."""
    own = view.store.records[view.store.records["run"].isin(set(view.runs(found.value.label).values()))]
    wall = own["wall_s"].dropna()
    return float(wall.sum()) / 3600 if len(wall) else None, " and ".join(gpus(own))
