"""A search by learning-rate ladders: which candidate is tried next, and which is chosen. Nothing is trained here.

A candidate is a setting of a method (the common one, or its paper's) at a rung: the setting's learning rates times FACTOR^rung.
Each ladder begins with RUNGS. All candidates run on the first seed; while the best stands at an end of its ladder, the next rung
is added. The best FINALISTS run on the other seeds too, and the choice is among these. Every method may spend the same number of
runs.

A method that only generates is judged by log FID, one with an encoder by the mean of its ranks in log FID and L1 among its own
candidates. A run that failed or diverged is the worst there is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

FACTOR = 2.5
RUNGS = (-1, 0, 1)
FINALISTS = 3


@dataclass(frozen=True, order=True)
class Candidate:
    """A method's setting ("common" or "paper") at a rung of its ladder."""

    method: str
    setting: str
    rung: int

    @property
    def label(self) -> str:
        """What its arm is called."""
        return f"{self.setting}, rate x {FACTOR**self.rung:.4g}"


Scores = Mapping[str, float]  # value by name; nan: none. Lower is better


@dataclass
class Ladder:
    """One method's search. judged_by: names of values, FID first; at_most: runs it may spend."""

    method: str
    settings: tuple[str, ...]
    seeds: tuple[int, ...]
    judged_by: tuple[str, ...]
    at_most: int
    scores: dict[tuple[Candidate, int], Scores] = field(default_factory=dict)

    @property
    def candidates(self) -> list[Candidate]:
        return sorted({candidate for candidate, _ in self.scores})

    @property
    def left(self) -> int:
        return self.at_most - len(self.scores)

    def next(self) -> list[tuple[Candidate, int]]:
        """Returns the (candidate, seed) that are to run now; none when the search is over."""
        first, *others = self.seeds
        if not self.scores:
            begin = [Candidate(self.method, setting, rung) for setting in self.settings for rung in RUNGS]
            return [(candidate, first) for candidate in begin]
        if (further := self._further()) and self.left > 0:
            return [(further, first)]
        missing = [(c, seed) for c in self.finalists() for seed in others if (c, seed) not in self.scores]
        return missing[: max(0, self.left)]

    def _further(self) -> Candidate | None:
        """Returns the rung beyond the best candidate's, where that stands at an end of its ladder."""
        best = self.best()
        if best is None or self.inside(best):
            return None
        rungs = self._rungs(best.setting)
        beyond = best.rung - 1 if best.rung == min(rungs) else best.rung + 1
        return Candidate(self.method, best.setting, beyond)

    def _rungs(self, setting: str) -> list[int]:
        return [c.rung for c in self.candidates if c.setting == setting]

    def inside(self, candidate: Candidate) -> bool:
        """Whether a rung was tried on either side of this one."""
        rungs = self._rungs(candidate.setting)
        return min(rungs) < candidate.rung < max(rungs)

    def finalists(self) -> list[Candidate]:
        """Returns the best candidates by the first seed."""
        order = self._order(self.candidates, self.seeds[:1])
        return [candidate for candidate, _ in order[:FINALISTS]]

    def best(self) -> Candidate | None:
        """Returns the best of those that have run on the most seeds; None where none has a value."""
        most = max((self._runs(c) for c in self.candidates), default=0)
        field_ = [c for c in self.candidates if self._runs(c) == most]
        order = self._order(field_, self.seeds[:most])
        return order[0][0] if order and math.isfinite(order[0][1]) else None

    def _runs(self, candidate: Candidate) -> int:
        return sum(c == candidate for c, _ in self.scores)

    def _order(self, among: Sequence[Candidate], seeds: Sequence[int]) -> list[tuple[Candidate, float]]:
        """Returns candidates and what they are judged by, the best first; the earlier of two equal ones."""
        ranks = []
        for name in self.judged_by:
            means = [np.mean([self._value(c, seed, name) for seed in seeds]) for c in among]
            ranks.append(rankdata(means))
        judged = np.mean(ranks, 0) if ranks else np.zeros(len(among))
        dead = [all(math.isinf(self._value(c, s, n)) for s in seeds for n in self.judged_by) for c in among]
        values = [math.inf if none else float(value) for none, value in zip(dead, judged, strict=True)]
        return sorted(zip(among, values, strict=True), key=lambda pair: (pair[1], pair[0]))

    def _value(self, candidate: Candidate, seed: int, name: str) -> float:
        """Returns a value as it is judged: FID by its logarithm, none as infinity."""
        value = self.scores.get((candidate, seed), {}).get(name, math.nan)
        if not math.isfinite(value):
            return math.inf
        return math.log(max(value, 1e-12)) if name.startswith("fid") else value
