"""What the papers say about an order, each claim judged."""

import math

from reports.claims import claims as every_claim
from reports.claims import judge
from reports.claims import judged as all_judged
from reports.store import View
from reports.tables.base import Cell, Table, head

TONES = {"holds": "good", "opposite": "bad"}
SAID = {
    "holds": "holds here",
    "opposite": "the opposite here",
    "not seen here": "not seen here",
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
    tests = len({(c, v.reason) for (c, _), v in all_judged(view.store).items() if math.isfinite(v.p)})
    note = (
        "Two-sided tests (paired t over seeds; over seeds and queries where a value is a mean over queries; Fisher's exact "
        f"test for counts) at 5%, Holm over all {tests} planned tests of claims in these results, on all data sets. FID is "
        "tested as its logarithm. Not seen here: what the paper says of the worse method happens "
        "here less often than was published."
    )
    rows = view.ok[view.ok["metric"].isin([c.metric for c, _ in judged])]
    return Table.of("claims", "The papers' claims at this scale", head(view, rows), cells, frame, [note])
