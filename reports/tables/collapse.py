"""T1 (Lazarou 2020, §4.1): how many runs collapsed, how sure that is, and against GAN."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports import claims, published
from reports.frames import LOST, Label
from reports.intervals import bounded_interval
from reports.reproduction import judge
from reports.statistics import contestants, fisher, holm, mean_interval, tally, wilson
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, count_cell, decimals, estimate_cell, head, kept, p_value
from reports.tables.summary import SAME_GENERATOR

VERDICT, BLURRED, DIVERSITY = "collapse.collapsed", "collapse.blurred", "collapse.vendi_ratio"
AGAINST = Label("gan")
BLUR = (
    "Only blurred: diversity as low as a collapsed run's, in samples less sharp than real images that are blurred until their "
    "diversity is as low. Sharper samples of low diversity count as collapsed, also those of a method that blurs (sharpness "
    "ratio near 0)."
)


def distinct(vendi_ratio: float, curve: Sequence[tuple[float, float]], of: int = 1000) -> float:
    """How many distinct images of `of` a set with this Vendi ratio is worth: the calibration curve read backwards.

    curve: (share of distinct real images, Vendi ratio), rising; between its points linear in the ratio and in the logarithm
    of the share, at its ends held.
    """
    shares, ratios = np.array(curve).T
    return float(of * np.exp(np.interp(vendi_ratio, ratios, np.log(shares))))


def parts(view: View) -> list[str]:
    """The criterion's numbers, in the order of the table."""
    names = dict.fromkeys(view.ok["metric"])
    return [name for name in names if name.startswith("collapse.") and name not in (VERDICT, BLURRED)]


DISTINCT = (
    "Distinct of {of:,}: the number of distinct real images that, repeated with pixel jitter to make {of:,}, have the same Vendi "
    "ratio; blur lowers that ratio too, so read it together with the sharpness ratio."
)


def opponent(name: Label, found: Mapping[str, dict[int, float]]) -> str:
    """The GAN that a method is tested against: of the same variant, else the plain one; "" for itself."""
    if name.method == AGAINST:
        return AGAINST if name.variant else ""
    same = Label(AGAINST, name.variant)
    other = same if same in found else AGAINST
    return other if other in found else ""


def owners(view: View, found: Mapping[str, dict[int, float]]) -> dict[str, str]:
    """Whose generator each method's samples come from: itself, or the first of those that share one."""
    own: dict[str, str] = {name: name for name in view.labels}
    return own | {name: group[0] for group in contestants(found, view.store.generators) for name in group}


def apart(view: View, name: str) -> tuple[dict[str, int], str]:
    """Runs of a method that did not come to their end, by what became of them, and the first reason."""
    own = view.records[view.records["label"] == name]
    lost = own[own["status"].isin(LOST)]
    reason = str(lost["reason"].iloc[0]) if len(lost) else ""
    return {status: int((own["status"] == status).sum()) for status in LOST}, reason


def collapse(view: View) -> Table | None:  # noqa: C901 - a row is put together in the order of its columns
    """Collapsed of n, Wilson, Fisher against GAN (Holm), the parts, diverged runs, published beside."""
    found = view.at(VERDICT)
    if not found:
        return None
    blurred = view.at(BLURRED)
    against = {name: opponent(name, found) for name in view.labels}
    owner = owners(view, found)
    against = {
        name: other if other in found and other != owner[name] == name else ""
        for name, other in against.items()
    }
    counts = {name: tally(v) for name, v in found.items()}
    tested = [name for name in view.labels if name in counts and against[name]]
    raw = [fisher(counts[n].k, counts[n].n, counts[against[n]].k, counts[against[n]].n) for n in tested]
    adjusted = dict(zip(tested, holm(raw), strict=True))
    by_part = {
        part: {name: view.store.estimate(part, list(v.values())) for name, v in view.at(part).items()}
        for part in parts(view)
    }
    sizes = view.here.loc[view.here["metric"] == DIVERSITY, "n"].dropna()
    of = int(sizes.max()) if len(sizes) else 1000
    printed = {v.label: v for v in published.values() if v.metric == VERDICT and published.same_data(v, view)}
    notes: dict[str, None] = {}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in view.labels:
        count = counts.get(name, wilson(0, 0))
        lost, reason = apart(view, name)
        row = {"Method": Cell(view.store.title(name, samples=True), name), "Collapsed": count_cell(count)}
        row["p against GAN"] = p_value(adjusted.get(name, float("nan")))
        if owner[name] != name:
            row["p against GAN"] = Cell(ABSENT, None, f"the generator of {view.store.title(owner[name])}")
        plain: dict[str, Any] = {
            "method": name,
            "collapsed": count.k,
            "n": count.n,
            "wilson_low": count.low,
            "wilson_high": count.high,
            "fisher_against": against[name],
            "fisher_p_holm": adjusted.get(name),
        }
        told = ", ".join(f"{k} {status}" for status, k in lost.items() if k)
        row["Lost runs"] = Cell(told or "0", sum(lost.values()), reason, tone="bad" if told else "")
        plain |= lost | {"reason": reason}
        value = printed.get(name)  # a variant changes the protocol
        if printed:
            row["Published"], plain["published"], plain["verdict"] = Cell(ABSENT), "", ""
        if value is not None:
            judged = judge(value, view)
            row["Published"] = Cell(value.text, (value.k or 0) / (value.n or 1), judged.kind)
            plain["published"], plain["verdict"] = value.text, judged.text
            if judged.reason:
                notes[f"{value.where}: {judged.kind}: {judged.brief}."] = None
        if blurred:
            vague = tally(blurred.get(name, {}))
            row["Only blurred"] = count_cell(vague)
            plain |= {"blurred": vague.k}
        if view.distinct:
            own = view.at(DIVERSITY).get(name, {})
            worth = bounded_interval([distinct(v, view.distinct, of) for v in own.values()], (0, of))
            row[f"Distinct of {of:,}"] = estimate_cell(worth, 0)
            plain |= kept("distinct_", worth)
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
        family += f" {SAME_GENERATOR}" if any(name != first for name, first in owner.items()) else ""
        notes = {family + (f" Tested: {'; '.join(paired)}." if paired else ""): None, **notes}
    if tested:
        smallest = min(counts[n].n for n in tested), min(counts[against[n]].n for n in tested)
        notes[f"{claims.could_show(*smallest, len(tested))}."] = None
    if view.distinct:
        notes[DISTINCT.format(of=of)] = None
    notes |= dict.fromkeys(published.elsewhere(view, [VERDICT]))
    rows = view.here[view.here["metric"].str.startswith("collapse.")]
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
