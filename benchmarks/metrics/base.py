"""What a metric is: a name, what it needs, what it returns, and which references calibrate it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.extractors import Missing
from benchmarks.snapshots.snapshot import Data, Snapshot, Unavailable

ProgressFor = Callable[[str], Progress]  # what is counted -> a callback that reports how many are done

NEEDS = {
    "generate": "the method has no generator",
    "encode": "the method has no encoder",
    "translate": "the method does not translate between two image domains",
    "domains": "the plan has no second image domain",
    "labels": "the data set has no labels",
    "images": "the data are not images",
    "points": "the data are not points",
    "factors": "the data set's true factors are unknown",
}

# The sections of the report; "other" is the last one, for what none of the others asks.
Question = Literal[
    "collapse", "generates", "covers", "reconstructs", "inverts", "searches", "interpolates", "translates", "manifold", "other"
]  # fmt: skip


@dataclass(frozen=True)
class Value:
    """How one number is shown; `better` is None where neither direction is. low, high: its possible range (None: open)."""

    title: str
    better: Literal["higher", "lower"] | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Metric:
    """A pure function of a snapshot. `references` names some of benchmarks/evaluation/references.py."""

    name: str
    title: str
    needs: frozenset[str]
    values: dict[str, Value]
    compute: Callable[[Snapshot], dict[str, float]]
    references: tuple[str, ...] = ()
    question: Question = "other"  # the section of the report that shows it
    extractor: bool = False  # True: on images, the values depend on the named feature extractor
    version: int = 1
    parts: Mapping[str, int] = field(
        default_factory=dict
    )  # versions of what else decides its values, by name
    n: Callable[[Snapshot], int] = field(default=lambda s: s.n)
    split: str = "test"
    applies: Callable[[Snapshot], str | None] = field(default=lambda s: None)  # a further reason to skip
    prepare: Callable[[Data, ProgressFor], object] = field(
        default=lambda data, progress_for: None
    )  # made once of real data, before any run

    def __post_init__(self) -> None:
        if self.question not in get_args(Question):
            known = ", ".join(get_args(Question))
            raise ValueError(f"metric {self.name!r} answers no question {self.question!r}: known are {known}")
        if odd := self.needs - NEEDS.keys():
            raise ValueError(f"metric {self.name!r} needs {min(odd)!r}: known are {', '.join(NEEDS)}")

    def unmet(self, s: Snapshot) -> str | None:
        """The reason why this metric cannot be computed from `s`, or None."""
        for need in NEEDS:
            if need in self.needs and not s.has(need):
                return NEEDS[need]
        if self.extractor and s.has("images") and isinstance(s.data.extractor, Missing):
            return s.data.extractor.reason
        return self.applies(s)


def needs_classifier(s: Snapshot) -> str | None:
    """For `applies`: a reason to skip unless the extractor is the data set's own classifier."""
    return None if s.data.extractor.name == "domain" else "the extractor is not the data set's own classifier"


@dataclass(frozen=True)
class Result:
    """One metric at one snapshot; a skipped or failed one has no values but a reason."""

    status: Literal["ok", "skipped", "failed"]
    reason: str
    values: dict[str, float]
    extractor: str
    n: int
    split: str


def evaluate(metric: Metric, s: Snapshot) -> Result:
    """Computes `metric`, or says why not. A value that does not exist here is NaN; an infinite one is a failure.

    Whatever goes wrong in a metric costs that metric alone.
    """
    extractor = s.data.extractor.name if metric.extractor and s.has("images") else ""
    reason = metric.unmet(s)
    if reason is not None:
        return Result("skipped", reason, {}, extractor, 0, metric.split)
    try:
        values = {name: float(value) for name, value in metric.compute(s).items()}
        if undeclared := sorted(values.keys() - metric.values.keys()):
            raise ValueError(f"undeclared values {', '.join(undeclared)}")
        if infinite := sorted(name for name, value in values.items() if math.isinf(value)):
            raise ValueError(f"{', '.join(infinite)} is infinite")
    except Unavailable as error:
        return Result("skipped", str(error), {}, extractor, 0, metric.split)
    except Exception as error:
        reason = f"{metric.name}: {type(error).__name__}: {error}".splitlines()[0]
        return Result("failed", reason, {}, extractor, 0, metric.split)
    values = {name: values.get(name, math.nan) for name in metric.values}
    return Result("ok", "", values, extractor, metric.n(s), metric.split)
