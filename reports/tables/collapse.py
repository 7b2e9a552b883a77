"""T1 (Lazarou 2020, §4.1): how many runs collapsed, how sure that is, and against GAN."""

from typing import Any

from reports import published
from reports.statistics import fisher, holm, mean_interval, tally, wilson
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, count_cell, decimals, estimate_cell, head, kept, p_value

VERDICT, BLURRED = "collapse.collapsed", "collapse.blurred"
AGAINST = "gan"
BLUR = (
    "Only blurred: as little diversity as a collapse, in samples so blurred that real images blurred alike would have no more. "
    "Less blur than that is no excuse: a method of blurred samples (sharpness ratio near 0) may count as collapsed."
)


def parts(view: View) -> list[str]:
    """The criterion's numbers, in the order of the table."""
    names = dict.fromkeys(view.ok["metric"])
    return [name for name in names if name.startswith("collapse.") and name not in (VERDICT, BLURRED)]


def opponent(view: View, name: str, found: dict[str, dict[int, float]]) -> str:
    """The GAN that a method is tested against: of the same variant, else the plain one; "" for itself."""
    method, _, variant = name.partition(" · ")
    same = f"{AGAINST} · {variant}" if variant else AGAINST
    other = same if same in found else AGAINST
    return (
        other
        if method != AGAINST and other in found
        else ("" if method != AGAINST or not variant else AGAINST)
    )


def apart(view: View, name: str) -> tuple[int, int, str]:
    """Runs of a method that diverged, that failed, and the first reason."""
    own = view.records[view.records["label"] == name]
    lost = own[own["status"].isin(["diverged", "failed"])]
    reason = str(lost["reason"].iloc[0]) if len(lost) else ""
    return int((own["status"] == "diverged").sum()), int((own["status"] == "failed").sum()), reason


def collapse(view: View) -> Table | None:
    """Collapsed of n, Wilson, Fisher against GAN (Holm), the parts, diverged runs, published beside."""
    found = view.at(VERDICT)
    if not found:
        return None
    blurred = view.at(BLURRED)
    against = {name: opponent(view, name, found) for name in view.labels}
    against = {name: other if other in found and other != name else "" for name, other in against.items()}
    counts = {name: tally(v) for name, v in found.items()}
    tested = [name for name in view.labels if name in counts and against[name]]
    raw = [fisher(counts[n].k, counts[n].n, counts[against[n]].k, counts[against[n]].n) for n in tested]
    adjusted = dict(zip(tested, holm(raw), strict=True))
    by_part = {
        part: {name: mean_interval(list(v.values())) for name, v in view.at(part).items()}
        for part in parts(view)
    }
    where = published.observed(view, VERDICT)
    printed = {v.method: v for v in published.values() if v.metric == VERDICT}
    notes: dict[str, None] = {}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in view.labels:
        count = counts.get(name, wilson(0, 0))
        diverged, failed, reason = apart(view, name)
        row = {"Method": Cell(view.store.title(name, samples=True), name), "Collapsed": count_cell(count)}
        row["p against GAN"] = p_value(adjusted.get(name, float("nan")))
        plain: dict[str, Any] = {
            "method": name,
            "collapsed": count.k,
            "n": count.n,
            "wilson_low": count.low,
            "wilson_high": count.high,
            "fisher_against": against[name],
            "fisher_p_holm": adjusted.get(name),
        }
        lost = ", ".join(
            t for t in (f"{diverged} diverged" * bool(diverged), f"{failed} failed" * bool(failed)) if t
        )
        row["Lost runs"] = Cell(lost or "0", diverged + failed, reason, tone="bad" if lost else "")
        plain |= {"diverged": diverged, "failed": failed, "reason": reason}
        value = printed.get(name)  # a variant changes the protocol
        row["Published"], plain["published"], plain["verdict"] = Cell(ABSENT), "", ""
        if value is not None:
            judged = published.verdict(value, count, where)
            row["Published"] = Cell(value.text, (value.k or 0) / (value.n or 1), judged.kind)
            plain["published"], plain["verdict"] = value.text, judged.text
            if judged.reason:
                notes[f"{value.where}: {judged.text}."] = None
        if blurred:
            vague = tally(blurred.get(name, {}))
            row["Only blurred"] = count_cell(vague)
            plain |= {"blurred": vague.k}
        for part, estimates in by_part.items():
            estimate = estimates.get(name, mean_interval([]))
            title = view.store.metric(part)["title"]
            row[title] = estimate_cell(estimate, decimals(e.mean for e in estimates.values()))
            short = part.removeprefix("collapse.")
            plain |= kept(f"{short}_", estimate)
        cells.append(row)
        frame.append(plain)
    family = f"p: Fisher's exact test, two-sided; Holm's family: {len(tested)} against GAN in this column."
    paired = [
        f"{view.store.title(n)} against {view.store.title(against[n])}"
        for n in tested
        if against[n] != AGAINST
    ]
    if blurred:
        notes[BLUR] = None
    if tested:
        notes = {family + (f" Tested: {'; '.join(paired)}." if paired else ""): None, **notes}
    rows = view.ok[view.ok["metric"].str.startswith("collapse.") & (view.ok["step"] == view.step)]
    return Table.of("collapse", "Collapsed runs", head(view, rows), cells, frame, notes)


def collapse_steps(view: View) -> Table | None:
    """Collapsed runs of n at every evaluated step: the verdict is not monotone in training."""
    steps = sorted({int(s) for s in view.ok.loc[view.ok["metric"] == VERDICT, "step"].dropna()})
    if len(steps) < 2:
        return None
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in view.labels:
        row = {"Method": Cell(view.store.title(name, samples=True), name)}
        plain: dict[str, Any] = {"method": name}
        for step in steps:
            found = view.at(VERDICT, step).get(name, {})
            count = tally(found)
            row[f"Step {step:,}"] = count_cell(count)
            plain |= {f"collapsed_{step}": count.k, f"n_{step}": count.n}
        cells.append(row)
        frame.append(plain)
    rows = view.ok[view.ok["metric"] == VERDICT]
    title = "Collapsed runs at each step"
    note = "Wilson intervals; runs that diverged or failed before a step are not in its n."
    return Table.of("collapse-steps", title, head(view, rows, "as headed"), cells, frame, [note])
