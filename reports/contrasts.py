"""Planned contrasts: the few tests that a preset names before it is run, and the group that is not separated from each leader.

`contrasts` of a preset names opponents. A method: every method with an encoder is tested against it by log FID. `leader`: all
others are tested against the leader of each question. Each of these is a family of its own, over which alone Holm's correction
is taken. Differences are paired over seeds; FID is compared by its logarithm, for its spread grows with its size.

The leader is chosen by the same runs. Holm's two-sided test leaves the truly best one out of the group with a chance below 5%
all the same: only those whom it ties with can lead in its place, and each of them only by a difference of the wrong sign.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reports.frames import Seeds
from reports.power import ALPHA, LEAST
from reports.statistics import Estimate, Paired, compare_column, contestants, family, holm, mean_interval
from reports.store import View
from reports.tables.scorecard import ranks
from reports.tables.summary import Key, compared, keys

LEADER = "leader"
FID, L1, SEARCH = "fid.fid", "reconstruction.l1", "search.top1"
ASKED = {FID: "To generate", L1: "To reconstruct", SEARCH: "To search"}
EVERY = "To do all three"


@dataclass(frozen=True)
class Question:
    """What is compared: label -> seed -> value, FID as its logarithm. key is None for the mean rank over the others."""

    title: str
    key: Key | None
    better: str
    values: Seeds

    @property
    def logarithmic(self) -> bool:
        return self.key is not None and self.key.metric == FID

    def estimate(self, view: View, name: str) -> Estimate:
        """Mean and interval over seeds, of FID the geometric mean."""
        own = list(self.values.get(name, {}).values())
        if self.key is None or self.logarithmic:
            return self.shown(mean_interval(own))
        return view.store.estimate(self.key.metric, own)

    def shown(self, found: Estimate) -> Estimate:
        """An estimate as it is printed: logarithms become ratios."""
        if not self.logarithmic or not found.n:
            return found
        points = tuple(math.exp(v) for v in found.points)
        return Estimate(math.exp(found.mean), math.exp(found.low), math.exp(found.high), found.n, points)


@dataclass(frozen=True)
class Contrast:
    """`name` minus `other`; `adjusted` is Holm's p over its family."""

    name: str
    other: str
    test: Paired
    adjusted: float
    better: str  # the direction that is better: "higher" or "lower"

    @property
    def verdict(self) -> str:
        """Better, worse, or open, as the corrected test says."""
        if not math.isfinite(self.adjusted):
            return "untested"
        if self.adjusted >= ALPHA:
            return "not separated"
        return "better" if (self.test.mean > 0) == (self.better == "higher") else "worse"


@dataclass(frozen=True)
class Planned:
    """One family of contrasts on one question. same: names that are one contestant's, for they share a generator."""

    question: Question
    opponent: str
    opponent_is_leader: bool
    contrasts: tuple[Contrast, ...]
    same: tuple[tuple[str, ...], ...]

    @property
    def group(self) -> tuple[str, ...]:
        """The opponent and whom the tests do not separate from it."""
        return self.opponent, *(c.name for c in self.contrasts if c.verdict != "worse")

    @property
    def tests(self) -> int:
        return sum(math.isfinite(c.adjusted) for c in self.contrasts)


def named(view: View) -> tuple[str, ...]:
    """The opponents that the preset names."""
    return tuple((view.about.get("config") or {}).get("contrasts") or ())


def questions(view: View) -> list[Question]:
    """The contest's questions that this view has values for; FID once for every extractor, the data's own first."""
    own = (view.about.get("extractor") or {}).get("name")
    found: list[Question] = []
    for metric, title in ASKED.items():
        columns = [key for key in keys(view) if key.metric == metric]
        for key in sorted(columns, key=lambda k: k.extractor != own):
            several = len({k.extractor for k in columns}) > 1
            values = {name: dict(v) for name, v in compared(view, key)[0].items()}
            if metric == FID:
                values = {name: {s: math.log(x) for s, x in v.items() if x > 0} for name, v in values.items()}
            shown = f"{title} ({key.extractor})" if several else title
            found.append(Question(shown, key, str(view.store.metric(metric)["better"]), values))
    firsts = [next((q for q in found if q.key and q.key.metric == metric), None) for metric in ASKED]
    asked = [q for q in firsts if q is not None]
    if len(asked) == len(ASKED):
        if ranked := ranks({q.title: (q.values, q.better, compared(view, q.key)[1]) for q in asked if q.key}):
            found.append(Question(EVERY, None, "lower", ranked))
    return found


def against(question: Question, opponent: str, names: list[str]) -> tuple[Contrast, ...]:
    """Tests each of `names` against the opponent: one family."""
    tests = family([(question.values[name], question.values[opponent]) for name in names])
    adjusted = holm([test.p for test in tests])
    return tuple(
        Contrast(name, opponent, test, p, question.better)
        for name, test, p in zip(names, tests, adjusted, strict=True)
    )


def leading(values: Mapping[str, dict[int, float]], better: str, view: View) -> str:
    """Who wins the most of its pairs, among those with runs enough for a test if there are any; "" where none has a value."""
    tested = {name: own for name, own in values.items() if len(own) >= LEAST}
    return compare_column(tested or values, better, view.store.generators).leader


def planned(view: View) -> list[Planned]:
    """Every family that the preset names and that has at least one contrast."""
    if "planned" not in view.memo:
        view.memo["planned"] = [made for opponent in named(view) for made in _families(view, opponent)]
    found: list[Planned] = view.memo["planned"]
    return found


def _families(view: View, opponent: str) -> list[Planned]:
    found = []
    every = questions(view)
    encoding = {name for q in every if q.key and q.key.metric in (L1, SEARCH) for name in q.values}
    for question in every:
        if opponent != LEADER and not question.logarithmic:
            continue
        groups = contestants(question.values, () if question.key is None else view.store.generators)
        first = [group[0] for group in groups]
        whom = leading(question.values, question.better, view) if opponent == LEADER else opponent
        if whom not in first:
            continue
        names = [name for name in first if name != whom and (opponent == LEADER or name in encoding)]
        if names:
            same = tuple(group for group in groups if len(group) > 1)
            found.append(Planned(question, whom, opponent == LEADER, against(question, whom, names), same))
    return found
