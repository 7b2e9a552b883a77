"""What a factor does: paired differences to the base over seeds, tested, and said no stronger than the interval allows."""

import math
import re
from dataclasses import dataclass

from reports.frames import Label
from reports.power import ALPHA
from reports.statistics import Paired, fisher, holm, mean_interval, paired, tally
from reports.store import View
from reports.tables.base import decimals, number
from reports.tables.summary import HIDDEN, compared, keys, titles

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
        if is_factor and base in view.labels and view.last.get(name, 0) <= view.last.get(base, 0):
            found.setdefault(base, []).append(name)
    return found


def factor(name: Label) -> str:
    return name.variant or name


def effects(view: View, base: Label, variants: list[Label]) -> list[Effect]:
    """Every variant on every metric; Holm's family is one metric's variants of this base."""
    found = []
    for title, key in titles(view, keys(view)).items():
        values, _ = compared(view, key)
        if base not in values:
            continue
        own = [name for name in variants if name in values]
        tests = [paired(values[name], values[base], tests=len(own)) for name in own]
        level = mean_interval(list(values[base].values())).mean
        better = view.store.metric(key.metric)["better"]
        for name, test, p in zip(own, tests, holm([t.p for t in tests]), strict=True):
            found.append(Effect(factor(name), key.metric, title, better, level, test, p))
    return found


def falls(view: View, base: Label, variants: list[Label]) -> list[Fall]:
    """Collapsed runs of every variant against the base, Fisher's exact test, Holm over the variants."""
    found = view.at(COUNTED)
    if base not in found:
        return []
    own = [name for name in variants if name in found]
    b, counts = tally(found[base]), [tally(found[name]) for name in own]
    adjusted = holm([fisher(c.k, c.n, b.k, b.n) for c in counts])
    return [Fall(factor(n), (b.k, b.n), (c.k, c.n), p) for n, c, p in zip(own, counts, adjusted, strict=True)]


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
