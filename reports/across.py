"""Which scores may be put together: one question on several data sets, or several questions on one, on a common scale.

0 is what the best trivial baseline scores and 1 what real images score (or the end of the metric's range where they score
nothing): a scale that no contestant moves. A task without such a scale, or whose baseline is as good as real images, is left
out and named. Contestants answer every task; those that share a generator, and so every score, are one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reports.aggregate import TASKS
from reports.power import LEAST
from reports.statistics import contestants, finite
from reports.store import View
from reports.tables.scorecard import questions
from reports.tables.summary import Key, compared, reference_rows, references


@dataclass(frozen=True)
class Task:
    """One question to one view; values: label -> seed -> normalised score, higher is better."""

    view: View
    question: str
    key: Key
    zero: float
    one: float
    values: dict[str, dict[int, float]]

    @property
    def place(self) -> str:
        return f"{self.view.dataset} ({self.view.family})"


@dataclass(frozen=True)
class Suite:
    """Tasks whose scores are put together."""

    id: str
    title: str
    tasks: tuple[Task, ...]
    left_out: tuple[str, ...] = ()

    @cached_property
    def _groups(self) -> list[tuple[str, ...]]:
        names = [n for n in self.tasks[0].values if all(n in task.values for task in self.tasks)]
        keyed: dict[tuple[int, int], int] = {}
        joined: dict[str, dict[int, float]] = {name: {} for name in names}
        for i, task in enumerate(self.tasks):
            for name in names:
                for seed, value in task.values[name].items():
                    joined[name][keyed.setdefault((i, seed), len(keyed))] = value
        return contestants(joined, self.tasks[0].view.store.generators)

    @property
    def names(self) -> tuple[str, ...]:
        """The contestants: methods that answer every task, one of each group that shares a generator."""
        return tuple(group[0] for group in self._groups)

    @property
    def same(self) -> tuple[tuple[str, ...], ...]:
        """Groups that entered as one."""
        return tuple(group for group in self._groups if len(group) > 1)

    @cached_property
    def strata(self) -> tuple[str, ...]:
        """Per task the view whose runs it asks: they are resampled together."""
        return tuple(task.view.id for task in self.tasks)

    @cached_property
    def seeds(self) -> dict[str, list[int]]:
        """Stratum -> seeds at which every contestant has every task, as many in each stratum."""
        found: dict[str, set[int]] = {}
        for stratum, task in zip(self.strata, self.tasks, strict=True):
            own = set.intersection(*(set(task.values[name]) for name in self.names)) if self.names else set()
            found[stratum] = found.get(stratum, own) & own
        n = min(map(len, found.values()), default=0)
        return {stratum: sorted(own)[:n] for stratum, own in found.items()}

    @property
    def n(self) -> int:
        return min(map(len, self.seeds.values()), default=0)

    def scores(self, name: str) -> np.ndarray:
        """Returns a contestant's scores [runs, tasks]."""
        columns = [
            [task.values[name][seed] for seed in self.seeds[stratum]]
            for stratum, task in zip(self.strata, self.tasks, strict=True)
        ]
        return np.array(columns).T


def scale(view: View, key: Key) -> tuple[float, float]:
    """Returns what scores 0 and what scores 1, in the metric's unit; NaN where there is none."""
    known = view.store.metric(key.metric)
    sign = 1.0 if known["better"] == "higher" else -1.0

    def best(kind: str) -> float:
        own = [
            finite(reference_rows(view, k, name, key)["value"]) for k, name in references(view) if k == kind
        ]
        means = [sign * float(values.mean()) for values in own if len(values)]
        return sign * max(means, default=math.nan)

    one, end = best("ceiling"), known["high" if sign > 0 else "low"]
    if not math.isfinite(one) and end is not None:
        one = float(end)
    return best("baseline"), one


def tasks(views: Iterable[View]) -> tuple[list[Task], list[str]]:
    """Returns every question of the views that has a scale, and a line on each that has none."""
    found, left_out = [], []
    for view in views:
        for question, key in questions(view).items():
            better = view.store.metric(key.metric)["better"]
            values, _ = compared(view, key)
            if better is None or len(values) < 2:
                continue
            zero, one = scale(view, key)
            if not (
                math.isfinite(zero)
                and math.isfinite(one)
                and (one - zero) * (1 if better == "higher" else -1) > 0
            ):
                left_out.append(f"{question} on {view.dataset}: no baseline below its ceiling to scale by")
                continue
            scaled = {n: {s: (v - zero) / (one - zero) for s, v in own.items()} for n, own in values.items()}
            found.append(Task(view, question, key, zero, one, scaled))
    return found, left_out


def _whole(suite: Suite) -> bool:
    return len(suite.tasks) >= TASKS and len(suite.names) >= 2 and suite.n >= LEAST


def of_view(view: View) -> Suite | None:
    """Returns the view's questions as one suite, where it has three of them, two contestants and three seeds."""
    found, left_out = tasks([view])
    suite = Suite("across-questions", "Several questions as one", tuple(found), tuple(left_out))
    return suite if _whole(suite) else None


def of_views(views: Sequence[View]) -> list[Suite]:
    """Returns a suite for each question that three or more data sets are asked, with as many contestants and seeds.

    Of several folders with one data set, family, precision and options the first counts.
    """
    once: dict[tuple[str, str, str, str], View] = {}
    for view in views:
        options = str(sorted((view.about.get("options") or {}).items()))
        once.setdefault((view.dataset, view.family, view.precision, options), view)
    found, left_out = tasks(once.values())
    suites = []
    for question in dict.fromkeys(task.question for task in found):
        own = tuple(task for task in found if task.question == question)
        if len({task.view.dataset for task in own}) < TASKS:
            continue
        name = question.rstrip("?").lower().replace(" ", "-")
        missing = tuple(line for line in left_out if line.startswith(question))
        suite = Suite(f"across-datasets-{name}", f"{question} Several data sets as one", own, missing)
        suites += [suite] if _whole(suite) else []
    return suites
