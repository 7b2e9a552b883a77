"""What the papers say about an order (published.toml), tested in a store: one family of planned tests, Holm-corrected.

A claim is tested as it was published. One of counts has two halves, and where the half that is said to fail does not fail here
as often as was published (Fisher's exact test), the order was not put to the test: "not seen here". One that was published over
several data sets (`pooled`) is one paired test over all of them. FID is tested as its logarithm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from reports.power import ALPHA
from reports.published import Verdict, data, reference_value
from reports.published import values as published_values
from reports.statistics import Paired, fisher, holm, over_queries, paired, tally
from reports.store import Store, View


@dataclass(frozen=True)
class Claim:
    """`better` is said to be better than `worse` on `metric` (at `step`, if given)."""

    paper: str
    where: str
    text: str
    metric: str
    better: str
    worse: str
    step: int | None = None
    pooled: bool = False


@cache
def claims() -> tuple[Claim, ...]:
    return tuple(Claim(**entry) for entry in data()["claims"])


LOGGED = ("fid.fid",)  # positive, and their spread grows with them
SEARCHES = ("search.", "luo.")  # means over queries, whose choice is a source of variance of its own


def test_of(claim: Claim, view: View) -> Verdict:
    """The claimed order put to this view: kind "tested" with p, sign and what to print, or "not asked"."""
    step = claim.step or view.step
    found = view.at(claim.metric, step)
    a, b = found.get(claim.better), found.get(claim.worse)
    if a is None and claim.step is not None and view.steps:
        return Verdict("not asked", f"nothing evaluated at step {claim.step:,}")
    if b is None and a is not None:
        constant = reference_value(view, claim.worse, claim.metric)
        b = dict.fromkeys(a, constant) if math.isfinite(constant) else None
    if a is None or b is None:
        absent = [name for name, v in ((claim.better, a), (claim.worse, b)) if v is None]
        return Verdict("not asked", f"no {claim.metric} of {' and '.join(absent)} here")
    better, worse = view.store.title(claim.better), view.store.title(claim.worse)
    if claim.metric == "collapse.collapsed":
        (k_a, n_a), (k_b, n_b) = ((c.k, c.n) for c in (tally(a), tally(b)))
        p, sign = fisher(k_a, n_a, k_b, n_b), k_b / n_b - k_a / n_a
        counts = f"{better} {k_a}/{n_a}, {worse} {k_b}/{n_b} (Fisher's exact test)"
        unseen = unlike_published(claim, k_b, n_b, worse)
        return Verdict("tested", counts + unseen, p, sign, (n_b, n_a), unseen=bool(unseen))
    if claim.metric in LOGGED and min(*a.values(), *b.values()) > 0:
        a, b = ({seed: math.log(value) for seed, value in own.items()} for own in (a, b))
        return shown_as(claim, view, paired(a, b), f"log of {better} over {worse}")
    test = (
        over_queries(a, b, *query_error(claim, view)) if claim.metric.startswith(SEARCHES) else paired(a, b)
    )
    return shown_as(claim, view, test, f"{better} minus {worse}")


def unlike_published(claim: Claim, k: int, n: int, title: str) -> str:
    """Says that the half of a claim that is said to fail fails here less often than was published; "" where it does not."""
    printed = [
        v
        for v in published_values()
        if v.terms["paper"] == claim.paper
        and v.metric == claim.metric
        and v.method == claim.worse
        and v.k is not None
    ]
    for value in printed:
        theirs, of = int(value.k or 0), int(value.n or 1)
        p = fisher(k, n, theirs, of)
        if p < ALPHA and k / n < theirs / of:
            return f"; {title} {k}/{n} here against {theirs}/{of} published (p = {p:.2g})"
    return ""


def pooled(claim: Claim, views: Sequence[View]) -> Verdict:
    """A claim that was published over several data sets: one paired test over all data sets and seeds."""
    a: dict[int, float] = {}
    b: dict[int, float] = {}
    sets = 0
    for view in views:
        found = view.at(claim.metric, claim.step or view.step)
        better, worse = (found.get(name, {}) for name in (claim.better, claim.worse))
        common = sorted(better.keys() & worse.keys())
        sets += bool(common)
        for seed in common:
            a[len(a)], b[len(b)] = better[seed], worse[seed]
    if not a:
        return test_of(claim, views[0])
    title = views[0].store.title
    return shown_as(
        claim,
        views[0],
        paired(a, b),
        f"over {sets} data sets, {title(claim.better)} minus {title(claim.worse)}",
    )


def shown_as(claim: Claim, view: View, test: Paired, what: str) -> Verdict:
    """A paired test as a claim's evidence."""
    sign = test.mean * (1 if view.store.metric(claim.metric)["better"] != "lower" else -1)
    interval = f" [{test.low:+.3g}, {test.high:+.3g}]" if math.isfinite(test.low) else ""
    shown = f"{what} {test.mean:+.3g}{interval}, n = {test.n}"
    return Verdict(
        "tested", shown if math.isfinite(test.p) else f"{shown}, {test.reason or 'no test'}", test.p, sign
    )


def query_error(claim: Claim, view: View) -> tuple[float, int]:
    """Standard error over queries of the difference, and how many queries: a bound from each side's own error."""
    metric, step = f"{claim.metric}_se", claim.step or view.step
    errors = []
    for name in (claim.better, claim.worse):
        own = view.at(metric, step).get(name)
        errors.append(
            float(np.sqrt(np.mean(np.square(list(own.values())))))
            if own
            else reference_value(view, name, metric)
        )
    own_rows = (view.ok["metric"] == metric) & view.ok["label"].isin([claim.better, claim.worse])
    sizes = view.ok.loc[own_rows, "n"].dropna()
    return math.hypot(*errors), int(sizes.min()) if len(sizes) else 2


def judged(store: Store) -> dict[tuple[Claim, str], Verdict]:
    """Every claim on every view of a store; Holm over all of these tests, two-sided, at 5%."""
    if "claims" not in store.memo:
        found = {
            (claim, part): pooled(claim, views) if claim.pooled else test_of(claim, views[0])
            for claim in claims()
            for part, views in parts_of(claim, store).items()
        }
        tested = [key for key, verdict in found.items() if verdict.kind == "tested"]
        adjusted = holm([found[key].p for key in tested])
        for key, p in zip(tested, adjusted, strict=True):
            found[key] = concluded(found[key], p, sum(math.isfinite(found[k].p) for k in tested))
        store.memo["claims"] = {
            (claim, view.id): verdict
            for (claim, part), verdict in found.items()
            for view in parts_of(claim, store)[part]
        }
    return store.memo["claims"]


def parts_of(claim: Claim, store: Store) -> dict[str, Sequence[View]]:
    """What a claim is put to: every view, or for a pooled one all views with values of it together."""
    if not claim.pooled:
        return {view.id: [view] for view in store.views}
    having = [view for view in store.views if view.at(claim.metric, claim.step or view.step)]
    return {"pooled": having} if having else {}


def concluded(tested: Verdict, adjusted: float, family: int) -> Verdict:
    """A test's verdict at its corrected p, with what so few runs could have shown where it stays open."""
    reason = tested.reason
    if math.isfinite(tested.p):
        reason += f", p = {tested.p:.2g}" + (f" (Holm over {family}: {adjusted:.2g})" if family > 1 else "")
    sure = math.isfinite(adjusted) and adjusted < ALPHA
    if tested.runs and not sure and not tested.unseen:
        reason += f"; {could_show(*tested.runs, family)}"
    kind = (
        "not seen here"
        if tested.unseen and not sure
        else "undecided"
        if not sure
        else "holds"
        if tested.sign > 0
        else "opposite"
    )
    return replace(tested, kind=kind, reason=reason, adjusted=adjusted)


def could_show(n_a: int, n_b: int, family: int) -> str:
    """What these numbers of runs could have shown at Holm's first step."""
    least = least_count(n_a, n_b, ALPHA / family)
    how = f" under Holm over {family}" if family > 1 else ""
    if least is None:
        return f"{n_a} against {n_b} runs can show no difference{how}"
    return (
        f"{n_a} against {n_b} runs can show a difference{how} only from {least}/{n_a} against 0/{n_b} upwards"
    )


def judge(claim: Claim, view: View) -> Verdict:
    """Whether the claimed order holds in this view, after Holm's correction over its store's tests.

    A claim that is not one of `claims` is a family of its own.
    """
    found = judged(view.store).get((claim, view.id)) or test_of(claim, view)
    return concluded(found, found.p, 1) if found.kind == "tested" else found


def least_count(n_a: int, n_b: int, alpha: float) -> int | None:
    """The smallest k for which k of n_a against 0 of n_b is below alpha by Fisher's exact test; None: not even all."""
    return next((k for k in range(1, n_a + 1) if fisher(k, n_a, 0, n_b) < alpha), None)
