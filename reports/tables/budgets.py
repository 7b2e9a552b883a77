"""Every method at its own last step, where budgets differ: with time and operations, for equal compute."""

import math
from typing import Any

from reports.ablation import COUNTED
from reports.frames import Label, Seeds
from reports.power import LEAST
from reports.statistics import Paired, fisher, mean_interval, paired, tally
from reports.store import View
from reports.style import method_order
from reports.tables.base import (
    ABSENT,
    Cell,
    Table,
    count_cell,
    decimals,
    estimate_cell,
    head,
    kept,
    number,
    p_value,
)
from reports.tables.runs import duration
from reports.tables.summary import Key, by_seed, rows_of, shown, titles


def own_keys(view: View, hidden: bool = False) -> list[Key]:
    """Every column that has a better direction, whatever its step; `hidden`: all, also those with own tables."""
    found = view.ok[["metric", "extractor", "split", "n", "version"]].fillna(-1).drop_duplicates()
    every = [Key(*row) for row in found.itertuples(index=False, name=None) if hidden or shown(row[0])]
    return [key for key in every if hidden or view.store.metric(key.metric)["better"]]


def rivals(view: View) -> list[tuple[Label, Label]]:
    """(method with the compute of another, that other)."""
    pairs = [(name, Label(name.equal_compute)) for name in view.last if name.equal_compute]
    return [(name, other) for name, other in pairs if other in view.last]


def against(test: Paired, places: int) -> Cell:
    """A paired difference with its interval and p."""
    if test.n < LEAST:
        return Cell(number(test.mean, places), test.mean, f"n = {test.n}, untested")
    if not math.isfinite(test.p):
        return Cell(number(test.mean, places), test.mean, f"n = {test.n}, {test.reason or 'untested'}")
    interval = f"[{number(test.low, places)}, {number(test.high, places)}]"
    return Cell(number(test.mean, places), test.mean, f"{interval}, n = {test.n}, p = {p_value(test.p).text}")


def _at(view: View, key: Key, step: int) -> Seeds:
    """Returns label -> seed -> value of one column at one step."""
    return by_seed(rows_of(view.ok[view.ok["step"] == step], key))


def done(view: View, name: Label) -> float:
    """PFLOP of a run's training; of runs that were all stopped, up to the step that they reached."""
    ended = set(view.records.loc[view.records["label"] == name, "run"]) & view.finished
    planned = (view.about.get("config") or {}).get("steps")
    share = 1.0 if ended or not planned else min(1.0, view.last[name] / planned)
    return share * view.operations.get(name, math.nan)


def budgets(view: View) -> Table | None:
    """Rows at their own last step; below them the differences of rivals of equal compute, paired over seeds."""
    if len(set(view.last.values())) < 2:
        return None
    columns = titles(view, own_keys(view))
    values = {t: {n: _at(view, k, s).get(n, {}) for n, s in view.last.items()} for t, k in columns.items()}
    fallen = {n: view.at(COUNTED, step).get(n, {}) for n, step in view.last.items()}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    kinds: list[str] = []
    for name in sorted(view.last, key=method_order):
        records = view.records
        wall = mean_interval(records.loc[(records["label"] == name) & (records["status"] == "ok"), "wall_s"])
        work, step, count = done(view, name), view.last[name], tally(fallen[name])
        row = {"Method": Cell(view.store.title(name, samples=True), name), "Step": Cell(f"{step:,}", step)}
        row |= {
            "PFLOP": Cell(number(work, decimals([work])), work),
            "Wall time": Cell(duration(wall.mean), wall.mean),
        }
        row["Collapsed"] = count_cell(count)
        plain: dict[str, Any] = {"method": name, "step": step, "pflop": work, "wall_s": wall.mean}
        plain |= {"collapsed": count.k, "n": count.n}
        for title in columns:
            own = view.store.estimate(columns[title].metric, list(values[title][name].values()))
            row[title] = estimate_cell(own, decimals([own.mean]))
            plain |= kept(f"{title} ", own)
        cells.append(row)
        frame.append(plain)
        kinds.append("method")
    for name, other in rivals(view):
        a, b = tally(fallen[name]), tally(fallen[other])
        p = fisher(a.k, a.n, b.k, b.n)
        row = {
            "Method": Cell(f"{view.store.title(name)} minus {view.store.title(other)}", name, "equal compute")
        }
        row |= {c: Cell(ABSENT) for c in ("Step", "PFLOP", "Wall time")}
        row["Collapsed"] = Cell(
            f"{a.k}/{a.n} against {b.k}/{b.n}", p, f"Fisher's exact p = {p_value(p).text}"
        )
        plain = {"method": f"{name} minus {other}", "collapsed": a.k - b.k, "collapsed p": p}
        for title in columns:
            test = paired(values[title][name], values[title][other])
            row[title] = against(test, decimals([test.mean]))
            plain |= {
                f"{title} mean": test.mean,
                f"{title} low": test.low,
                f"{title} high": test.high,
                f"{title} n": test.n,
            }
            plain[f"{title} p"] = test.p
        cells.append(row)
        frame.append(plain)
        kinds.append("baseline")
    notes = [
        "Steps differ between these rows: read them beside operations and wall time, not as equal steps.",
        "Rows of equal compute: the difference, paired over seeds, p of a t-test that is not corrected.",
    ]
    title = "At each method's own last step"
    return Table.of(
        "budgets", title, head(view, step="as listed"), cells, frame, notes[: 1 + bool(rivals(view))], kinds
    )
