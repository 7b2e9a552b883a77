"""Whether a published value comes out at its own protocol: the protocol first, then two one-sided tests (TOST) of the difference.

A value agrees where the 90% interval of the difference lies inside the margin, which is TOST at 5% (Schuirmann 1987). It differs
where it does not agree and the 95% interval excludes 0. Below three seeds there is no verdict. The margin is a tenth of what
training changes, the distance from an untrained network's value to the published one, and never more than published.toml states:
what an untrained network reaches too is no reproduction, and a value before training is not asked at all. Stores that follow
the protocol are pooled, each seed at its mean over them.

A protocol is a preset that has a paper's settings (`preset` in published.toml): a store follows it where every setting that
decides a number is the preset's, up to the step that the value belongs to. What a value's spread is, where its paper does not
say: as ours. Nothing here is corrected for many values: of twenty that are the same, one is expected to differ at 95%.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from benchmarks import results
from reports import published
from reports.frames import Label, dotted
from reports.intervals import bounded_interval
from reports.power import LEAST
from reports.published import Published
from reports.statistics import LEVEL, NAN, Count, Estimate, finite, mean_interval, tally
from reports.store import View

# What decides no number: names, who takes part, what is measured and when; compiling changes roundings only.
FREE = (
    "name", "title", "summary", "methods", "arms", "ablate", "sweeps", "ladders", "equal_compute",
    "seeds", "evaluate", "metrics", "compile", "steps",
    "optim.decay_from", "optim.decay_to", "optim.decay_at", "optim.decay_by",
)  # fmt: skip
CAPPED = ("modes.covered", "stacked-modes.covered")  # no more than real points cover
SHARE = 0.1  # of what training changes; chosen beforehand as "nine tenths of the way are the same"
EQUIVALENCE = 0.90  # level of the interval that lies inside the margin in two one-sided tests at 5%
SHOWN = 3  # settings that are named in a cell or sentence


@dataclass(frozen=True)
class Difference:
    """Ours minus the published value with its 95% interval; NaN where nothing tells the spread."""

    mean: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True)
class Judged:
    """kind: agrees | differs | undecided | untrained | not at its protocol | from memory | not asked."""

    value: Published
    kind: str
    reason: str
    ours: Estimate | Count | None
    step: int | None
    difference: Difference | None
    margin: float = NAN

    @property
    def text(self) -> str:
        return f"{self.kind}: {self.reason}" if self.reason else self.kind

    @property
    def brief(self) -> str:
        """The reason, of many settings the first and how many more."""
        reasons = self.reason.split("; ")
        rest = len(reasons) - SHOWN
        return "; ".join(reasons[:SHOWN]) + (f"; {rest} more setting{'s' * (rest > 1)}" if rest > 0 else "")


def judge(value: Published, view: View, *more: View) -> Judged:
    """The verdict on a published value, with what this view has beside it; `more`: other views at the value's protocol."""
    views = (view, *more)
    mine, step = ours(value, views)
    if mine is None or step is None or mine.n == 0:
        return Judged(value, "not asked", "no value here", None, None, None)
    cap = bounds(value, view)
    gap = difference(mine, value, cap)
    if reasons := differences(value, view, step):
        return Judged(value, "not at its protocol", "; ".join(reasons), mine, step, gap)
    if value.source != "verified":
        return Judged(
            value, "from memory", "the value was not read in the paper or its code", mine, step, gap
        )
    if step == 0:
        return Judged(value, "untrained", "of a network before training", mine, step, gap)
    margin = margin_of(value, views)
    kind, reason = _verdict(value, mine, gap, difference(mine, value, cap, EQUIVALENCE), margin)
    return Judged(value, kind, reason, mine, step, gap, margin)


def _verdict(
    value: Published, mine: Estimate | Count, gap: Difference, inner: Difference, margin: float
) -> tuple[str, str]:
    if mine.n < LEAST:
        return "undecided", f"n = {mine.n}, no verdict below {LEAST} runs"
    if not gap.known:
        return "undecided", f"n = {mine.n} gives no interval"
    shown = f"90% interval [{inner.low:+.3g}, {inner.high:+.3g}]"
    if -margin <= inner.low and inner.high <= margin:
        return "agrees", f"{shown} inside ± {margin:.2g}"
    if not gap.low <= 0 <= gap.high:
        return "differs", f"by {gap.mean:+.3g} [{gap.low:+.3g}, {gap.high:+.3g}]"
    if value.margin is None:
        return "undecided", "no margin was stated beforehand"
    if math.isnan(margin):
        return (
            "undecided",
            "no untrained network was measured, and the margin is a share of what training changes",
        )
    return "undecided", f"{shown} is not inside ± {margin:.2g} (n = {mine.n})"


def margin_of(value: Published, views: Sequence[View]) -> float:
    """A tenth of what training changes, at most the stated margin; NaN where either is unknown. Of a count: the stated one."""
    if value.margin is None:
        return NAN
    if value.k is not None:
        return value.margin
    at_zero = [v for view in views for v in view.at(value.metric, 0).get(value.label, {}).values()]
    untrained = at_zero or [published.reference_value(view, "untrained", value.metric) for view in views]
    known = finite(untrained)
    return (
        min(value.margin, SHARE * abs(float(known.mean()) - float(value.value or 0.0))) if len(known) else NAN
    )


def bounds(value: Published, view: View) -> tuple[float | None, float | None]:
    """The least and the greatest value that the metric can take."""
    known = view.store.metric(value.metric)
    if value.metric in CAPPED:
        real = published.reference_value(view, "real", value.metric)
        return known["low"], known["high"] if math.isnan(real) else real
    return known["low"], known["high"]


def ours(value: Published, views: Sequence[View]) -> tuple[Estimate | Count | None, int | None]:
    """The views' estimate beside a published value and its step: the value's own, or the last where it is of a run's end."""
    view = views[0]
    step = view.last.get(value.label, view.step) if value.step is None else value.step
    seeds: dict[int, list[float]] = {}
    for each in views:
        for seed, own in each.at(value.metric, step).get(value.label, {}).items():
            seeds.setdefault(seed, []).append(own)
    if not seeds:
        constant = published.reference_value(view, value.method, value.metric)
        known = value.step is None and math.isfinite(constant)
        return (mean_interval([constant]), step or 0) if known else (None, None)
    at = {seed: float(np.mean(own)) for seed, own in seeds.items()}
    if value.k is not None:
        return tally(at), step
    return bounded_interval(list(at.values()), bounds(value, view)), step


def difference(
    mine: Estimate | Count,
    value: Published,
    cap: tuple[float | None, float | None] = (None, None),
    level: float = LEVEL,
) -> Difference:
    """Ours minus theirs, inside what a metric between `cap` allows.

    Of counts by Newcombe's interval; of means by Welch's, with the degrees of freedom that are known. A paper that states runs
    but no error: its runs vary as ours. One run of ours beside an error: it varies as theirs.
    """
    if isinstance(mine, Count):
        k, n = int(value.k or 0), int(value.n or 0)
        low, high = confint_proportions_2indep(mine.k, mine.n, k, n, method="newcomb", alpha=1 - level)
        return Difference(mine.k / mine.n - k / n, float(low), float(high))
    theirs = float(value.value or 0.0)
    gap, (spread, freedom) = mine.mean - theirs, _spread(mine, value)
    if not spread > 0:  # equal values of a few runs do not prove that all are
        return Difference(gap, NAN, NAN)
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * math.sqrt(spread)
    low, high = gap - half, gap + half
    least, most = (None if end is None else end - theirs for end in cap)
    low = low if least is None else min(gap, max(low, least))
    return Difference(gap, low, high if most is None else max(gap, min(high, most)))


def _spread(mine: Estimate, value: Published) -> tuple[float, float]:
    """The variance of a difference of means and its degrees of freedom; NaN where nothing tells them."""
    runs, n = value.runs or 0, mine.n
    own = float(np.var(mine.points, ddof=1)) if n > 1 else NAN
    if value.error is not None and n > 1:
        a, b = own / n, value.error**2
        rest = b**2 / (runs - 1) if runs > 1 else 0.0
        return a + b, (a + b) ** 2 / (a**2 / (n - 1) + rest) if a + b else math.inf
    if value.error is not None and runs > 1:
        return value.error**2 * runs * (1 / n + 1 / runs), float(runs - 1)
    if n > 1 and runs:
        return own * (1 / n + 1 / runs), float(n - 1)
    return NAN, NAN


def differences(value: Published, view: View, step: int) -> list[str]:
    """Every setting in which a view is not at a value's protocol, each as `arch.width 512, not 1024`."""
    if "preset" not in value.terms:
        return [f"no preset has its settings ({value.terms['missing']})"]
    beyond = [value.terms["missing"]] if "missing" in value.terms else []
    config = view.about.get("config")
    if not config:
        return ["its settings were not recorded here"]
    parts = [part for part in _preset(value.terms["preset"]) if part["dataset"] == view.dataset]
    if not parts:
        return [f"data {view.dataset}"]
    theirs, mine = parts[0], results.settings(config)[0]
    wanted = value.step if value.step is not None else int(theirs["steps"])
    reasons = beyond if step == wanted else [*beyond, f"{step:,} steps, not {wanted:,}"]
    if _rate(theirs, min(step, wanted)) != _rate(mine, min(step, wanted)):
        reasons.append("another schedule of the learning rate")
    a, b = _settings(mine, value.label), _settings(theirs, value.label)
    if mine["family"] != theirs["family"]:  # whose keys are not each other's
        reasons.append(f"family {mine['family']}, not {theirs['family']}")
        a, b = (
            {key: v for key, v in each.items() if not key.startswith(("arch.", "family"))} for each in (a, b)
        )
    reasons += [
        f"{key} {_said(a, key)}, not {_said(b, key)}"
        for key in sorted(a.keys() | b.keys())
        if a.get(key) != b.get(key)
    ]
    own = (view.ok["metric"] == value.metric) & (view.ok["label"] == value.label)
    rows = view.ok[own & (view.ok["step"] == step)]
    sizes = {int(n) for n in rows["n"].dropna()}
    if value.samples and sizes and sizes != {value.samples}:
        reasons.append(f"{min(sizes):,} samples, not {value.samples:,}")
    return reasons


@cache
def _preset(name: str) -> list[dict[str, Any]]:
    return results.settings(name)


def _settings(config: dict[str, Any], label: Label) -> dict[str, Any]:
    """What decides the numbers of one arm, by dotted key."""
    own = {key: value for key, value in dotted(config).items() if not key.startswith("method.")}
    arms = [
        arm
        for arm in config["arms"]
        if (arm["method"], results.arm_label(arm["name"], arm["set"])) == (label.method, label.variant)
    ]
    changed: dict[str, Any] = arms[0]["set"] if arms else {}
    override = dotted(config["method"].get(label.method) or {})
    override = {key: value for key, value in override.items() if value is not None and key != "evaluate"}
    return {key: value for key, value in (own | override | changed).items() if key not in FREE}


def _said(settings: dict[str, Any], key: str) -> str:
    return str(settings[key]) if key in settings else "the default"


def _rate(config: dict[str, Any], step: int) -> tuple[Any, ...]:
    """The schedule of the learning rate up to a step: nothing while it has not begun to fall."""
    optim, steps = config["optim"], config["steps"]
    falls = optim["decay_to"] != 1 and step > optim["decay_from"] * steps
    fallen = [at for at in optim["decay_at"] if at < step]
    smooth = (steps, optim["decay_from"], optim["decay_to"]) if falls else ()
    return (*smooth, *((optim["decay_by"], *fallen) if fallen else ()))
