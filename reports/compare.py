"""Two stores compared: what changed beyond noise from A to B, for people and for CI."""

import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text
from scipy import stats

from reports.comparable import kept_apart, other_extractor
from reports.frames import LOST
from reports.power import ALPHA, LEAST
from reports.statistics import fisher, holm, mean_interval, paired, tally
from reports.store import Store, View
from reports.tables.base import decimals, number
from reports.tables.summary import FACTORS, HIDDEN, Key, by_seed, rows_of

SAME, BETTER, WORSE, OTHER, NOISE, UNTESTED = (
    "identical",
    "better",
    "worse",
    "changed",
    "within noise",
    "untested",
)
COLUMN = tuple(field.name for field in fields(Key))
TONES = {WORSE: "red", BETTER: "green", OTHER: "yellow"}


@dataclass(frozen=True)
class Change:
    """One method and metric in both stores; p is Holm-corrected over the methods of its metric."""

    view: str
    label: str
    metric: str
    title: str
    before: float
    after: float
    n: tuple[int, int]
    p: float
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """Every change, what only one store has, and runs lost in B that A finished."""

    changes: tuple[Change, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    apart: tuple[str, ...] = ()  # what both have under another version or extractor, and so is not compared
    lost: tuple[str, ...] = ()  # runs that A finished and B did not

    @property
    def regressed(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.verdict == WORSE)


def common(a: dict[int, float], b: dict[int, float]) -> list[int]:
    return sorted(a.keys() & b.keys())


class Tested(float):
    """A p-value with the difference (after - before) that was tested: direction and p are always of one sample."""

    difference: float

    @staticmethod
    def of(p: float, difference: float) -> "Tested":
        made = Tested(p)
        made.difference = difference
        return made


def levels(a: dict[int, float], b: dict[int, float], counted: bool) -> tuple[float, float]:
    """The means before and after over the very values that `p_of` tests."""
    a, b = sample(a, b, counted)
    return mean_interval(list(a.values())).mean, mean_interval(list(b.values())).mean


def sample(
    a: dict[int, float], b: dict[int, float], counted: bool
) -> tuple[dict[int, float], dict[int, float]]:
    """What is tested of both: the common seeds where they suffice for a paired test of means, else everything."""
    if not counted and len(common(a, b)) >= LEAST:
        a, b = ({s: v[s] for s in common(a, b)} for v in (a, b))
    return a, b


def p_of(a: dict[int, float], b: dict[int, float], counted: bool) -> Tested:
    """Fisher for verdicts; paired t over three common seeds, else Welch over three values each; NaN if neither."""
    before, after = levels(a, b, counted)
    p = math.nan
    if counted:
        x, y = tally(a), tally(b)
        p = fisher(x.k, x.n, y.k, y.n)
    elif len(common(a, b)) >= LEAST:
        p = paired(b, a).p
    elif min(len(a), len(b)) >= LEAST:
        x_, y_ = np.array(list(a.values())), np.array(list(b.values()))
        if np.ptp(x_) or np.ptp(y_):
            p = float(stats.ttest_ind(x_, y_, equal_var=False).pvalue)
        elif x_[0] == y_[0]:
            p = 1.0
    return Tested.of(p, after - before)


def verdict(before: float, after: float, p: float, better: str | None, same: bool) -> str:
    """What changed, by the sign of the difference that was tested (`p` may carry it), else of after - before."""
    if same:
        return SAME
    if not math.isfinite(p):
        return UNTESTED
    if p >= ALPHA:
        return NOISE
    if better is None:
        return OTHER
    rises = (p.difference if isinstance(p, Tested) else after - before) > 0
    return BETTER if rises == (better == "higher") else WORSE


def compare_views(a: View, b: View) -> list[Change]:
    """Every metric, extractor and sample size that both views have, at their last common step."""
    steps = sorted(set(a.steps) & set(b.steps))
    if not steps:
        return []
    step, found = steps[-1], []
    rows = [v.ok[v.ok["step"] == step].fillna({"n": -1, "version": -1}) for v in (a, b)]
    keys = [
        [Key(*row) for row in own[list(COLUMN)].drop_duplicates().itertuples(index=False, name=None)]
        for own in rows
    ]
    both = [key for key in keys[0] if key in keys[1] and not other_extractor(a, b, key.extractor)]
    for key in both:
        metric = key.metric
        x, y = (by_seed(rows_of(own, key)) for own in rows)
        labels = [name for name in a.labels if name in x and name in y]
        counted, known = metric in HIDDEN, b.store.metric(metric)
        tests = [p_of(x[n], y[n], counted) for n in labels]
        corrected = [Tested.of(p, t.difference) for p, t in zip(holm(tests), tests, strict=True)]
        for name, p in zip(labels, corrected, strict=True):
            seeds = x[name].keys() & y[name].keys()
            same = x[name].keys() == y[name].keys() and all(x[name][s] == y[name][s] for s in seeds)
            before, after = levels(x[name], y[name], counted)
            sizes = {other.n for other in both if (other.metric, other.extractor) == (metric, key.extractor)}
            extra = [key.extractor] * bool(key.extractor) + [f"n = {key.n:,.0f}"] * (len(sizes) > 1)
            title = known["title"] + (f" [{', '.join(extra)}]" if extra else "")
            told = verdict(before, after, p, known["better"], same)
            own = sample(x[name], y[name], counted)
            where, n = f"{b.id}, step {step:,}", (len(own[0]), len(own[1]))
            found.append(Change(where, name, metric, title, before, after, n, p, told))
    return found


def lost_runs(a: View, b: View) -> list[str]:
    """One line a method, with the seeds that A finished and B lost."""
    found: dict[str, list[int]] = {}
    done, gone = (
        {(label, int(seed)) for label, seed in zip(own["label"], own["seed"], strict=True)}
        for own in (
            a.records[a.records["status"] == "ok"],
            b.records[b.records["status"].isin(LOST)],
        )
    )
    for label, seed in sorted(done & gone):
        found.setdefault(label, []).append(seed)
    return [f"{b.id}: {label}, seeds {', '.join(map(str, seeds))}" for label, seeds in found.items()]


def measured(views: dict[str, View], others: dict[str, View]) -> set[str]:
    """What has values: every method, and every metric of a method that the other store has too."""
    found = set()
    for name, view in views.items():
        beside = set(others[name].ok["label"]) if name in others else set()
        for label, metric in (
            view.ok[["label", "metric"]].drop_duplicates().itertuples(index=False, name=None)
        ):
            found.add(f"{name}: {label}")
            if label in beside and not metric.startswith(FACTORS):
                found.add(f"{name}: {view.store.metric(metric)['title']} ({metric}) of {label}")
    return found


def compare(a: Store, b: Store) -> Comparison:
    """A before, B after."""
    views_a, views_b = ({v.id: v for v in s.views} for s in (a, b))
    changes = [c for name in views_a if name in views_b for c in compare_views(views_a[name], views_b[name])]
    present = [measured(own, other) for own, other in ((views_a, views_b), (views_b, views_a))]
    apart = [line for name in views_a if name in views_b for line in kept_apart(views_a[name], views_b[name])]
    lost = [line for name in views_a if name in views_b for line in lost_runs(views_a[name], views_b[name])]
    only_a, only_b = (tuple(sorted(own - other)) for own, other in (present, present[::-1]))
    return Comparison(tuple(changes), only_a, only_b, tuple(apart), tuple(lost))


def shown(found: Comparison, a: Path, b: Path) -> RenderableType:
    """A table of what changed; what did not is counted."""
    made = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, title=Text(f"{a} -> {b}"), title_justify="left")
    for i, name in enumerate(("Method", "Metric", "Before", "After", "n", "p (Holm)", "")):
        made.add_column(name, justify="left" if i in (0, 1, 6) else "right", overflow="fold")
    quiet = (SAME, NOISE, UNTESTED)
    for c in sorted(found.changes, key=lambda c: (c.verdict in quiet, c.verdict != WORSE)):
        if c.verdict in quiet:
            continue
        places = decimals([c.before, c.after])
        made.add_row(Text(c.label), Text(c.title), number(c.before, places), number(c.after, places),
                     f"{c.n[0]}, {c.n[1]}", "< 0.001" if c.p < 0.001 else f"{c.p:.3f}",
                     Text(c.verdict, style=TONES.get(c.verdict, "")))  # fmt: skip
    counts = {name: sum(c.verdict == name for c in found.changes) for name in (*quiet, BETTER, WORSE, OTHER)}
    lines: list[RenderableType] = [made] if made.row_count else []
    lines.append(
        Text(", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing in common")
    )
    if counts[UNTESTED]:
        lines.append(
            Text("untested: fewer than three values on either side, or values that do not vary", style="dim")
        )
    for where, names in (("before", found.only_a), ("after", found.only_b)):
        if names:
            lines.append(Text(f"only {where}: {', '.join(names)}"))
    lines += [Text(f"lost after: {line}", style="red") for line in found.lost]
    lines += [Text(f"not compared: {line}") for line in found.apart]
    lines.append(Text("Paired t-tests over common seeds (Welch without them; Fisher for verdicts), Holm over the methods "
                      "of a metric; beyond noise is p below 5%.", style="dim"))  # fmt: skip
    return Group(*lines)
