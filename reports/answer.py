"""The answer in three sentences made from the statistics: who collapsed, who stands out, what is open."""

import math

from reports import published
from reports.ablation import bases, effects
from reports.frames import Label
from reports.power import ALPHA, LEAST
from reports.reproduction import judge
from reports.statistics import Column, Count, Estimate, fisher, holm, mean_interval, tally
from reports.store import View
from reports.tables.base import decimals, number
from reports.tables.collapse import VERDICT, opponent, owners
from reports.tables.summary import Key, compared, keys, level, reference_rows, references

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
JUDGED = {"agrees": "agree", "differs": "differ", "undecided": "are undecided"}
FACTORS = ("collapse.vendi_ratio", *HEADLINES)
FEW = 4  # up to this many methods are named one by one


def joined(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def named_or_counted(names: list[str], of: int) -> str:
    """Names while they are few, else their number."""
    if len(names) <= 2 * FEW:
        return joined(names)
    return f"all {of} methods" if len(names) == of else f"{len(names)} of {of} methods"


def setting(view: View) -> str:
    data = view.about
    size = (data.get("options") or {}).get("size")
    at = f" after {view.step:,} steps" if view.step is not None else ""
    return f"On {data.get('title') or view.dataset}" + (f" at {size} px" if size else "") + at


def share(count: Count) -> str:
    return f"in {count.k} of {count.n} runs (95% interval {count.low:.0%} to {count.high:.0%})"


def collapsed(view: View) -> str:
    """Who collapsed, and whether the difference to GAN is more than chance."""
    found = view.at(VERDICT)
    if not found:
        return f"{setting(view)}, collapse was not measured."
    counts = {name: tally(v) for name, v in found.items()}
    title = view.store.title
    plain = {n: c for n, c in counts.items() if len(variants(view)) <= 2 or n not in variants(view)} or counts
    if len(plain) <= FEW:
        told = joined([f"{title(n)} collapsed {share(c)}" for n, c in plain.items()])
    else:
        groups = [
            ("every run", [n for n, c in plain.items() if c.k == c.n]),
            ("some runs", [n for n, c in plain.items() if 0 < c.k < c.n]),
            ("no run", [n for n, c in plain.items() if c.k == 0]),
        ]
        short = {n: f"{title(n)} ({c.k}/{c.n})" for n, c in plain.items()}
        named = [
            (named_or_counted([short[n] for n in names], len(plain)), word) for word, names in groups if names
        ]
        told = "; ".join(f"{who} collapsed in {word}" for who, word in named)
    others = [c for n, c in counts.items() if n not in plain]
    if others:
        never, always = sum(c.k == 0 for c in others), sum(c.k == c.n for c in others)
        told += f"; of {len(others)} variants {always} collapsed in every run and {never} in none"
    tested = {n: opponent(view, n, found) for n in view.labels if n in counts}
    owner = owners(view, found)
    tested = {n: other for n, other in tested.items() if other and other != owner[n] == n}
    pairs = [(counts[n], counts[other]) for n, other in tested.items()]
    adjusted = holm([fisher(a.k, a.n, b.k, b.n) for a, b in pairs])
    said: dict[str, list[str]] = {}
    largest = 0.0
    for (name, other), (a, b), p in zip(tested.items(), pairs, adjusted, strict=True):
        if p < ALPHA and name in plain:
            largest = max(largest, p)
            how = f"{'less' if a.k / a.n < b.k / b.n else 'more'} often than {title(other)}"
            said.setdefault(how, []).append(title(name))
    unsure = [title(n) for n, p in zip(tested, adjusted, strict=True) if not p < ALPHA and n in plain]
    ends = [f"{joined(names)} collapse{'s' if len(names) == 1 else ''} {how}" for how, names in said.items()]
    if ends:
        corrected = ", Holm-corrected" if len(tested) > 1 else ""
        ends[-1] += (
            f" here (Fisher's exact test{corrected}, p {'=' if len(tested) == 1 else '≤'} {largest:.2g})"
        )
    if unsure:
        who = named_or_counted(unsure, len(tested)).replace("all ", "any of the ")
        ends.append(f"in that count no difference is established for {who} against GAN")
    return f"{setting(view)}, {told}" + (f": {'; '.join(ends)}." if ends else ".")


def shown(estimate: Estimate) -> str:
    places = decimals([estimate.mean])
    if not estimate.known:
        return f"{number(estimate.mean, places)}, n = {estimate.n}"
    return (
        f"{number(estimate.mean, places)} [{number(estimate.low, places)}, {number(estimate.high, places)}]"
    )


def rival(view: View, key: Key, best: Estimate, better: str) -> str:
    """The best trivial baseline, where the leading method does not clearly beat it."""
    sign = 1 if better == "higher" else -1
    names = [name for kind, name in references(view) if kind == "baseline"]
    found = {name: mean_interval(reference_rows(view, "baseline", name, key)["value"]).mean for name in names}
    scores = {name: v for name, v in found.items() if math.isfinite(v)}
    if not scores:
        return ""
    name = max(scores, key=lambda n: sign * scores[n])
    edge = (best.low if sign > 0 else best.high) if best.known else best.mean
    if sign * (edge - scores[name]) > 0:
        return ""
    return f" and does not beat the baseline '{name}' ({number(scores[name], decimals([scores[name]]))})"


def headline(view: View, key: Key, values: dict[str, dict[int, float]], tested: Column) -> str:
    """One metric in words."""
    known, title = view.store.metric(key.metric), view.store.title
    found = view.store.estimate(key.metric, list(values[tested.leader].values()))
    told = f"on {known['title']}, {title(tested.leader)} ({shown(found)})"
    if len(values) == 1:
        told = f"on {known['title']}, only {title(tested.leader)} ({shown(found)}) was measured"
    elif tested.best:
        told += " is better than every other method"
    elif found.n < LEAST:
        told += " has the best value, too few runs to test"
    elif alike := level(tested, values):
        told += f" and {alike} more have the best value"
    else:
        ties = [title(n) for n in tested.ties]
        told += f" leads, not separated from {joined(ties) if len(ties) <= FEW else f'{len(ties)} others'}"
    return told + rival(view, key, found, str(known["better"]))


def variants(view: View) -> set[Label]:
    """Factors and rungs: labels that name a change of a method that is there too."""
    return {name for name in view.labels if name.variant and Label(name.method) in view.labels}


def factors(view: View) -> str:
    """What the factors of each base do to the first headline metrics, where the test says so."""
    told = []
    for base, names in bases(view).items():
        found = [e for e in effects(view, base, names) if e.metric in FACTORS and e.better is not None]
        grouped: dict[str, list[str]] = {}
        for e in (e for e in found if e.sure):
            how = f"{'raise' if e.test.mean > 0 else 'lower'} {e.title.rstrip(' ↑↓')}"
            grouped.setdefault(how, []).append(e.factor)
        sure = []
        for how, own in grouped.items():
            verb, rest = how.split(" ", 1)
            named = joined(own) if len(own) <= FEW else f"{len(own)} of them"
            sure.append(f"{named} {verb}{'s' * (len(own) == 1)} {rest}")
        kept = "; ".join(sure) or "no effect on the headline metrics is established"
        many = "1 factor" if len(names) == 1 else f"{len(names)} factors"
        if found:
            told.append(f"of {many} of {view.store.title(base)} tested, {kept}")
    return "; ".join(told)


def standing(view: View) -> tuple[str, list[tuple[str, float]]]:
    """The headline metrics in one sentence, and the smallest difference each could have detected."""
    parts, detectable = [], []
    for metric in HEADLINES:
        for key in [k for k in keys(view) if k.metric == metric][:1]:
            values, tested = compared(view, key)
            if not tested.leader:
                continue
            parts.append(headline(view, key, values, tested))
            least = [
                t.detectable
                for pair, t in tested.pairs.items()
                if tested.leader in pair and math.isfinite(t.detectable)
            ]
            if least:
                detectable.append((str(view.store.metric(metric)["title"]), max(least)))
    if not parts:
        return "No other headline metric has a value.", []
    told = "; ".join(part for part in (*parts, factors(view)) if part)
    how = " (paired t-tests over seeds, Holm-corrected inside each metric)" if detectable else ""
    return f"{told[0].upper()}{told[1:]}{how}.", detectable


def limits(view: View, detectable: list[tuple[str, float]]) -> str:
    """What the numbers do not show."""
    parts = []
    values = [
        v
        for v in published.values()
        if v.metric
        and v.label in view.labels
        and published.same_data(v, view)
        and view.at(v.metric).get(v.label)
    ]
    found = [judge(v, view) for v in values]
    if found and all(each.kind == "not at its protocol" for each in found):
        parts.append(f"that the papers' own values hold (another protocol: {found[0].brief})")
    else:
        parts.append("anything about other data, sizes or budgets")
    if detectable:
        least = joined([f"{number(d, decimals([d]))} in {name}" for name, d in detectable[:FEW]])
        parts.append(
            f"that there are no differences too small for these seeds (found with 80% power: {least})"
        )
    if VERDICT in set(view.ok["metric"]):
        parts.append("that runs called healthy miss nothing, since the verdict is a threshold on diversity")
    lost = view.store.records
    lost = lost[lost["status"].isin(["failed", "diverged"]) & lost["label"].isin(view.labels)]
    many = (
        "1 run, lost to failure or divergence, counts" if len(lost) == 1 else f"{len(lost)} lost runs count"
    )
    return f"This does not show {', nor '.join(parts)}{f'; {many} in no mean' if len(lost) else ''}."


def answer(view: View) -> tuple[str, str, str]:
    """Three sentences on one view."""
    if not len(view.ok):
        records = view.store.records
        reasons = "; ".join(dict.fromkeys(r for r in records["reason"] if r)) or "no reason was recorded"
        return (
            f"No run on {view.dataset} finished with a number.",
            f"Reasons: {reasons}.",
            "This shows nothing yet.",
        )
    told, detectable = standing(view)
    return collapsed(view), f"{told}{reproduced(view)}", limits(view, detectable)


def reproduced(view: View) -> str:
    """How many published values came out at their own protocol, where any was asked there."""
    kinds = [judge(v, view).kind for v in published.values() if published.same_data(v, view)]
    counts = {said: kinds.count(kind) for kind, said in JUDGED.items()}
    total = sum(counts.values())
    if not total:
        return ""
    told = joined([f"{count} {said}" for said, count in counts.items()])
    return f" Of {total} published values asked at their own protocol {told}."
