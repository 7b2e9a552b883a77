"""Each headline metric in a line: who leads, from whom that separates it, whether it beats the trivial baselines; and what
changed settings do."""

import math
from dataclasses import dataclass

from reports.ablation import bases, effects
from reports.claims import SEARCHES
from reports.contrasts import ASKED, LEADER, named
from reports.frames import Label
from reports.power import LEAST
from reports.statistics import Column, Estimate, mean_interval
from reports.store import View
from reports.tables.base import decimals, number
from reports.tables.summary import Key, column_title, compared, keys, level, reference_rows, references
from reports.words import FEW, joined, quoted

HEADLINES = (
    "modes.covered",
    "fid.fid",
    "reconstruction.dhash",
    "search.top1",
    "whole-gallery.nn_last",
    "latent2d.pearson",
    "manifold.distance",
    "translation.truth_l1",
)
ON_QUERIES = " on these queries"  # whose choice the intervals and tests of a column leave out
FACTORS = ("collapse.vendi_ratio", *HEADLINES)


@dataclass(frozen=True)
class Family:
    """A column in which something stayed open: the fewest seeds of a pair, and how many pairs were tested."""

    seeds: int
    pairs: int


def standing(view: View) -> tuple[tuple[str, ...], list[Family]]:
    """Items on headline metrics without planned contrasts and on the factors; the columns whose tests left something open."""
    items: list[str] = []
    left_open: list[Family] = []
    planned_for = ASKED if LEADER in named(view) else ()
    for metric in (metric for metric in HEADLINES if metric not in planned_for):
        for key in [k for k in keys(view) if k.metric == metric][:1]:
            values, column = compared(view, key)
            if not column.leader:
                continue
            items.append(headline(view, key, values, column))
            seeds = [pair.n for pair in column.pairs.values() if math.isfinite(pair.detectable)]
            if seeds and not column.best:
                left_open.append(Family(min(seeds), sum(map(math.isfinite, column.adjusted.values()))))
    items += [told] if (told := factors(view)) else []
    return tuple(items or ["No other headline metric has a value."]), left_open


def shown(estimate: Estimate) -> str:
    """A mean with its interval and n."""
    places = decimals([estimate.mean])
    between = f" [{number(estimate.low, places)}, {number(estimate.high, places)}]" if estimate.known else ""
    return f"{number(estimate.mean, places)}{between}, n = {estimate.n}"


def titled(view: View, key: Key) -> str:
    """A column's title without its arrow."""
    return column_title(view, key, keys(view)).replace(" ↑", "").replace(" ↓", "")


def headline(view: View, key: Key, values: dict[str, dict[int, float]], column: Column) -> str:
    """One metric in words, no stronger than its tests."""
    title, leader = view.store.title, column.leader
    queries = ON_QUERIES if key.metric.startswith(SEARCHES) else ""
    found = view.store.estimate(key.metric, list(values[leader].values()))
    first = [name for name in values if not any(name in group[1:] for group in column.same)]
    others = [name for name in first if name != leader]
    beaten = [name for name in others if name not in column.ties]
    who = f"{title(leader)} ({shown(found)})"
    if not others:
        told = f"only {who} was measured"
    elif column.best:
        told = f"{who} is better than {title(others[0]) if len(others) == 1 else f'each of the {len(others)} others'}"
        told += f"{queries} (paired t-test" + (
            "s over seeds, Holm-corrected)" if len(others) > 1 else " over seeds)"
        )
    elif alike := level(column, values):
        told = f"{title(leader)} and {alike} other{'s' * (alike > 1)} have the best value ({shown(found)}) at every seed"
    elif found.n < LEAST:
        told = f"{who} has the best value; too few runs to test"
    elif not beaten:
        told = f"{who} leads, not separated from " + (
            title(others[0]) if len(others) == 1 else f"any of the {len(others)} others"
        )
    else:
        names = f" ({joined([title(n) for n in beaten])})" if len(beaten) <= FEW else ""
        told = f"{who} leads, separated from {len(beaten)} of the {len(others)} others{queries}{names}"
    told += rival(view, key, found)
    return f"{titled(view, key)}: {told}{elsewhere(view, key, values)}."


def rival(view: View, key: Key, best: Estimate) -> str:
    """The best trivial baseline, where the leading method is not clearly above it."""
    sign = 1 if view.store.metric(key.metric)["better"] == "higher" else -1
    names = [name for kind, name in references(view) if kind == "baseline"]
    found = {name: mean_interval(reference_rows(view, "baseline", name, key)["value"]).mean for name in names}
    scores = {name: v for name, v in found.items() if math.isfinite(v)}
    if not scores:
        return ""
    name = max(scores, key=lambda n: sign * scores[n])
    ends = (best.low, best.high) if best.known else (best.mean, best.mean)
    above = [sign * (end - scores[name]) for end in ends]
    if min(above) > 0:
        return ""
    value = f"the baseline '{name}' ({number(scores[name], decimals([scores[name]]))})"
    if not best.known:
        return f"; {value} has {'the better' if max(above) < 0 else 'the same'} value"
    queries = ON_QUERIES if key.metric.startswith(SEARCHES) else ""
    return f"; {value} is better{queries}" if max(above) < 0 else f"; not distinguished from {value}"


def elsewhere(view: View, key: Key, values: dict[str, dict[int, float]]) -> str:
    """Methods with a value of the same metric from another number of samples, which no test here compares."""
    told = []
    for other in keys(view):
        if (other.metric, other.extractor, other.split) != (key.metric, key.extractor, key.split):
            continue
        own = {name: v for name, v in compared(view, other)[0].items() if name not in values}
        told += [
            f"{view.store.title(name)} ({shown(view.store.estimate(key.metric, list(v.values())))}, of {other.n:,.0f} samples)"
            for name, v in own.items()
        ]
    if not told:
        return ""
    who = joined(told) if len(told) <= FEW else f"{len(told)} methods"
    return f"; not compared with {who}, measured on other numbers of samples"


def factors(view: View) -> str:
    """What changed settings do to the headline metrics and the Vendi ratio, where the tests say so."""
    found = [
        (Label(base, e.factor), e)
        for base, names in bases(view).items()
        for e in effects(view, base, names)
        if e.metric in FACTORS and e.better is not None and math.isfinite(e.test.p)
    ]
    if not found:
        return ""
    told, silent = [], []
    for title in dict.fromkeys(e.title for _, e in found):
        plain = title.replace(" ↑", "").replace(" ↓", "")
        own = [(name, e) for name, e in found if e.title == title and e.sure]
        ways = [
            (way, [quoted(view.store.title(name)) for name, e in own if e.tone == tone])
            for way, tone in (("better", "good"), ("worse", "bad"))
        ]
        said = [f"{way} with {joined(names)}" for way, names in ways if names]
        told += [f"{plain}: {', '.join(said)}"] if said else []
        silent += [] if said else [plain]
    many = len({name for name, _ in found})
    intro = (
        "The changed setting, against its method:"
        if many == 1
        else (
            f"The {many} changed settings, each against its method (Holm over all of them within a metric):"
        )
    )
    told += [f"no effect is established on {joined([quoted(title) for title in silent])}"] if silent else []
    return f"{intro} {'; '.join(told)}."
