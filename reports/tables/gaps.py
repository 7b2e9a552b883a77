"""What share of a claimed difference the weaker method closes by a factor of its own, with an interval over seeds."""

import math
from typing import Any

from reports.ablation import bases, factor
from reports.claims import claims
from reports.frames import Label
from reports.intervals import ratio_interval
from reports.power import LEAST
from reports.statistics import paired
from reports.store import View
from reports.tables.ablation import difference
from reports.tables.base import ABSENT, Cell, Table, decimals, head
from reports.tables.summary import HIDDEN, compared, keys, titles

NOTE = (
    "Share of the gap: (variant - worse) / (better - worse), each a mean over the seeds that all three have, with Fieller's 95% "
    "interval over these seeds. Nothing is printed where the gap itself is not established at 5%."
)


def minus(a: dict[int, float], b: dict[int, float], seeds: list[int]) -> dict[int, float]:
    """Returns a - b at these seeds."""
    return {seed: a[seed] - b[seed] for seed in seeds}


def share_of_gap(
    variant: dict[int, float], worse: dict[int, float], better: dict[int, float]
) -> tuple[float, float, float, int, str]:
    """Returns share, low, high, n and, where there is no share, the reason why."""
    seeds = sorted(variant.keys() & worse.keys() & better.keys())
    if len(seeds) < LEAST:
        return math.nan, math.nan, math.nan, len(seeds), f"n = {len(seeds)}, too few"
    found = ratio_interval(minus(variant, worse, seeds), minus(better, worse, seeds))
    if not math.isfinite(found[1]):
        return math.nan, math.nan, math.nan, len(seeds), "no gap is established"
    return *found, len(seeds), ""


def gaps(view: View) -> Table | None:
    """One row per claim about a mean and variant of the method that is said to be worse."""
    columns = titles(view, keys(view))
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    variants = bases(view)
    asked = dict.fromkeys((c.metric, c.worse, c.better) for c in claims() if c.metric not in HIDDEN)
    for metric, worse, better in asked:
        for title, key in ((t, k) for t, k in columns.items() if k.metric == metric):
            values, _ = compared(view, key)
            own = [name for name in variants.get(Label(worse), []) if name in values]
            if worse not in values or better not in values or not own:
                continue
            gap = paired(values[better], values[worse])
            for name in own:
                share, low, high, n, reason = share_of_gap(values[name], values[worse], values[better])
                text = ABSENT if reason else f"{share:.0%}"
                detail = reason or f"[{low:.0%}, {high:.0%}], n = {n}"
                between = f"{view.store.title(better)} - {view.store.title(worse)}"
                cells.append({
                    "Factor": Cell(f"{view.store.title(worse)}: {factor(name)}", name), "Metric": Cell(title, metric),
                    "Gap": Cell(between, between), "Difference": difference(gap, decimals([gap.mean])),
                    "Share of the gap": Cell(text, None if reason else share, detail),
                })  # fmt: skip
                frame.append({"factor": name, "metric": metric, "better": better, "worse": worse, "gap": gap.mean,
                              "gap_low": gap.low, "gap_high": gap.high, "share": share, "low": low, "high": high, "n": n,
                              "reason": reason})  # fmt: skip
    if not cells:
        return None
    rows = view.here[view.here["metric"].isin([row["metric"] for row in frame])]
    return Table.of(
        "gaps", "Shares of a gap that a factor alone closes", head(view, rows), cells, frame, [NOTE]
    )
