"""The papers beside this store: each claim judged, each published value with its verdict."""

import math

from reports import published
from reports.claims import claims as every_claim
from reports.claims import judge
from reports.claims import judged as all_judged
from reports.statistics import Count, Estimate
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, count_cell, decimals, estimate_cell, head

TONES = {"holds": "good", "agrees": "good", "opposite": "bad", "differs": "bad"}
SAID = {
    "holds": "holds here",
    "opposite": "the opposite here",
    "undecided": "undecided",
    "not asked": "not asked here",
}


def claims(view: View) -> Table | None:
    """What the papers say about an order, and whether it holds here; only claims with some data."""
    judged = [(claim, judge(claim, view)) for claim in every_claim()]
    judged = [(c, v) for c, v in judged if v.kind != "not asked" or (c.step and view.at(c.metric))]
    if not judged:
        return None
    cells = [
        {
            "Claim": Cell(claim.text, claim.text, f"{claim.paper}, {claim.where}"),
            "Measured by": Cell(view.store.metric(claim.metric)["title"], claim.metric),
            "Here": Cell(SAID[v.kind], v.kind, v.reason, tone=TONES.get(v.kind, "quiet")),
        }
        for claim, v in judged
    ]
    frame = [
        {
            "paper": c.paper,
            "where": c.where,
            "claim": c.text,
            "metric": c.metric,
            "better": c.better,
            "worse": c.worse,
            "verdict": v.kind,
            "evidence": v.reason,
            "p": v.p,
            "p_holm": v.adjusted,
        }
        for c, v in judged
    ]
    tests = sum(math.isfinite(v.p) for v in all_judged(view.store).values())
    note = (
        "Two-sided tests (paired t over seeds; over seeds and queries where a value is a mean over queries; Fisher's exact "
        f"test for counts) at 5%, Holm over all {tests} tests of claims in these results, on whichever data set."
    )
    rows = view.ok[view.ok["metric"].isin([c.metric for c, _ in judged])]
    return Table.of("claims", "The papers' claims at this scale", head(view, rows), cells, frame, [note])


def show(estimate: Estimate | Count | None) -> Cell:
    if estimate is None:
        return Cell(ABSENT)
    if isinstance(estimate, Count):
        return count_cell(estimate)
    return estimate_cell(estimate, decimals([estimate.mean]))


def published_values(view: View) -> Table | None:
    """Published values of the metrics and methods of this view, ours beside, the verdict computed."""
    names = set(view.labels) | set(view.rows.loc[view.rows["kind"] != "method", "method"])
    present = set(view.rows.loc[view.rows["value"].notna(), "metric"])
    known = [
        v
        for v in published.values()
        if v.metric in present and v.method in names and published.same_data(v, view)
    ]
    if not known:
        return None
    cells, frame = [], []
    for value in known:
        own = published.ours(view, value.method, value.metric)
        judged = published.verdict(value, own, published.observed(view, value.metric))
        runs = value.runs or value.n
        cells.append(
            {
                "Value": Cell(f"{view.store.title(value.method)}: {value.title}", value.title, value.where),
                "Published": Cell(value.text, value.value, f"runs {runs or 'not stated'}, {value.source}"),
                "Here": show(own),
                "Verdict": Cell(
                    judged.kind, judged.kind, judged.reason, tone=TONES.get(judged.kind, "quiet")
                ),
            }
        )
        frame.append(
            {
                "paper": value.terms["paper"],
                "table": value.terms["table"],
                "method": value.method,
                "quantity": value.title,
                "published": value.text,
                "source": value.source,
                "protocol": value.terms.get("judged", ""),
                "here": show(own).text,
                "verdict": judged.text,
            }
        )
    rows = view.ok[view.ok["metric"].isin([v.metric for v in known])]
    note = (
        "A value is compared only where the whole protocol is stated and the same; otherwise every difference, or what is not "
        "stated, is listed."
    )
    notes = [note, *published.elsewhere(view, present)]
    return Table.of("published", "Published values beside ours", head(view, rows), cells, frame, notes)
