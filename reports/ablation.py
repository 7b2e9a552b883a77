"""What a factor does: paired differences to the base over seeds, tested, and said no stronger than the interval allows."""

import math
import re
from collections.abc import Container
from dataclasses import dataclass

from reports.frames import Label
from reports.power import ALPHA
from reports.statistics import Paired, family, fisher, holm, mean_interval, tally
from reports.store import View
from reports.tables.base import decimals, number
from reports.tables.summary import HIDDEN, Key, compared, keys, titles

COUNTED = HIDDEN[0]
RUNG = "only "  # how the name of a ladder's rung begins that is no factor


@dataclass(frozen=True)
class Effect:
    """One factor's effect on one metric: variant minus base."""

    factor: str
    metric: str
    title: str
    better: str | None
    base: float
    test: Paired
    adjusted: float

    @property
    def sure(self) -> bool:
        return math.isfinite(self.adjusted) and self.adjusted < ALPHA

    @property
    def tone(self) -> str:
        if not self.sure or self.better is None:
            return "quiet"
        return "good" if (self.test.mean > 0) == (self.better == "higher") else "bad"

    @property
    def sentence(self) -> str:
        """Only what the interval allows."""
        t = self.test
        places = decimals([self.base, t.mean])
        name = self.title.replace(" ↑", "").replace(" ↓", "")
        if not math.isfinite(t.p):
            return f"{self.factor}: {name} {number(t.mean, places)} from the base, {t.reason or 'untested'}."
        if not math.isfinite(t.detectable):
            apart = "equals the base's" if t.mean == 0 else f"is {number(t.mean, places)} from the base's"
            return f"{self.factor}: {name} {apart} at every seed{'' if t.mean == 0 or self.sure else ', not established'}."
        between = f"[{number(t.low, places)}, {number(t.high, places)}]"
        if self.sure:
            verb = "raises" if t.mean > 0 else "lowers"
            worth = {"good": ", for the better", "bad": ", for the worse"}.get(self.tone, "")
            return f"{self.factor} {verb} {name} by {number(abs(t.mean), places)}, interval {between}{worth}."
        short = (
            " once the other factors are counted" if t.p < ALPHA else ""
        )  # the interval is of this factor alone
        return (
            f"{self.factor}: no effect on {name} is established{short}; the data allow {between}, and an effect of "
            f"{number(t.detectable, places)} would have been found with 80% power."
        )


@dataclass(frozen=True)
class Fall:
    """One factor's effect on how many runs collapse."""

    factor: str
    base: tuple[int, int]
    own: tuple[int, int]
    adjusted: float


def bases(view: View) -> dict[Label, list[Label]]:
    """base label -> its variants of the same budget, for every method that has both; rungs have tables of their own."""
    found: dict[Label, list[Label]] = {}
    for name in view.labels:
        base = Label(name.method)
        is_factor = name.variant and not name.variant.startswith(RUNG)
        if (
            is_factor
            and base in view.labels
            and (view.budget or view.last.get(name, 0) <= view.last.get(base, 0))
        ):
            found.setdefault(base, []).append(name)
    return found


def factor(name: Label) -> str:
    return name.variant or name


def changed(view: View, present: Container[str]) -> dict[Label, Label]:
    """variant -> its base for every factor of every base, of those `present` that have both: one family of tests."""
    return {
        name: base for base, own in bases(view).items() if base in present for name in own if name in present
    }


def corrected(view: View, key: Key) -> dict[Label, tuple[Paired, float]]:
    """variant -> its test against its base on one metric and the corrected p; computed once a view.

    Holm's family is every factor of every base: ten methods with one changed setting each are ten tests, not ten times one.
    """
    memo: dict[Key, dict[Label, tuple[Paired, float]]] = view.memo.setdefault("factors", {})
    if key not in memo:
        values, _ = compared(view, key)
        own = changed(view, values)
        tests = family([(values[name], values[base]) for name, base in own.items()])
        memo[key] = dict(zip(own, zip(tests, holm([t.p for t in tests]), strict=True), strict=True))
    return memo[key]


def effects(view: View, base: Label, variants: list[Label]) -> list[Effect]:
    """Every variant of a base on every metric, corrected over the factors of all bases within one metric."""
    found = []
    for title, key in titles(view, keys(view)).items():
        values, _ = compared(view, key)
        if base not in values:
            continue
        level = mean_interval(list(values[base].values())).mean
        better, family = view.store.metric(key.metric)["better"], corrected(view, key)
        for name in (name for name in variants if name in family):
            test, p = family[name]
            found.append(Effect(factor(name), key.metric, title, better, level, test, p))
    return found


def falls(view: View, base: Label, variants: list[Label]) -> list[Fall]:
    """Collapsed runs of every variant against the base, Fisher's exact test, Holm over the factors of all bases."""
    counts = {name: tally(values) for name, values in view.at(COUNTED).items()}
    family = changed(view, counts)
    raw = [fisher(counts[n].k, counts[n].n, counts[b].k, counts[b].n) for n, b in family.items()]
    adjusted = dict(zip(family, holm(raw), strict=True))
    return [
        Fall(factor(n), (counts[base].k, counts[base].n), (counts[n].k, counts[n].n), adjusted[n])
        for n in variants
        if n in adjusted
    ]


@dataclass(frozen=True)
class Point:
    """A variant that sets one or two keys to numbers."""

    label: Label
    where: dict[str, float]


def points(view: View, base: Label) -> list[Point]:
    """Variants of a base that are points of a sweep or grid: `rec_x=10`, `rec_x=1, rec_z=5`."""
    found = []
    for name in bases(view).get(base, []):
        parts = [
            re.fullmatch(r"([\w.]+)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)", p.strip()) for p in factor(name).split(",")
        ]
        where = {m[1]: float(m[2]) for m in parts if m}
        if where and len(where) == len(parts) and len(where) <= 2:
            found.append(Point(name, where))
    return found


def sweeps(view: View, base: Label) -> dict[str, list[Point]]:
    """key -> its points in order, for keys with at least two values."""
    found: dict[str, list[Point]] = {}
    for point in points(view, base):
        if len(point.where) == 1:
            found.setdefault(next(iter(point.where)), []).append(point)
    return {k: sorted(v, key=lambda p: p.where[k]) for k, v in found.items() if len(v) > 1}


def grids(view: View, base: Label) -> dict[tuple[str, str], list[Point]]:
    """(key, key) -> the points of a grid of two factors."""
    found: dict[tuple[str, str], list[Point]] = {}
    for point in points(view, base):
        if len(point.where) == 2:
            a, b = point.where
            found.setdefault((a, b), []).append(point)
    return {k: v for k, v in found.items() if len(v) > 1}


def ladders(view: View) -> list[tuple[str, list[Label], str]]:
    """(title, labels, which published methods the rungs equal) of meta's ladders; those rungs that this view has."""
    found = []
    for ladder in view.store.meta.get("ladders") or []:
        rungs = [Label(rung["method"], rung["variant"]) for rung in ladder["rungs"]]
        rungs = [name for name in rungs if name in view.labels]
        if len(rungs) > 1:
            found.append((str(ladder["title"]), rungs, str(ladder["equals"])))
    return found
