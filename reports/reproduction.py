"""Whether a published value comes out at its own protocol: the protocol first, then the interval of the difference.

A protocol is a preset that has a paper's settings (`preset` in published.toml): a store follows it where every setting that
decides a number is the preset's, up to the step that the value belongs to. What a value's spread is, where its paper does not
say: as ours. Nothing here is corrected for many values: of twenty that are the same, one is expected to differ at 95%.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from benchmarks import results
from reports import published
from reports.frames import Label, dotted
from reports.published import Published
from reports.statistics import LEVEL, NAN, Count, Estimate, mean_interval, tally
from reports.store import View

# What decides no number: names, who takes part, what is measured and when; compiling changes roundings only.
FREE = (
    "name", "title", "summary", "methods", "arms", "ablate", "sweeps", "ladders", "equal_compute",
    "seeds", "evaluate", "metrics", "compile", "steps",
    "optim.decay_from", "optim.decay_to", "optim.decay_at", "optim.decay_by",
)  # fmt: skip
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
    """kind: agrees | differs | undecided | not at its protocol | from memory | not asked."""

    value: Published
    kind: str
    reason: str
    ours: Estimate | Count | None
    step: int | None
    difference: Difference | None

    @property
    def text(self) -> str:
        return f"{self.kind}: {self.reason}" if self.reason else self.kind

    @property
    def brief(self) -> str:
        """The reason, of many settings the first and how many more."""
        reasons = self.reason.split("; ")
        rest = len(reasons) - SHOWN
        return "; ".join(reasons[:SHOWN]) + (f"; {rest} more setting{'s' * (rest > 1)}" if rest > 0 else "")


def judge(value: Published, view: View) -> Judged:
    """The verdict on a published value, with what this view has beside it."""
    mine, step = ours(value, view)
    gap = None if mine is None else difference(mine, value)
    if mine is None or step is None or mine.n == 0:
        return Judged(value, "not asked", "no value here", None, None, None)
    if reasons := differences(value, view, step):
        return Judged(value, "not at its protocol", "; ".join(reasons), mine, step, gap)
    if value.source != "verified":
        return Judged(
            value, "from memory", "the value was not read in the paper or its code", mine, step, gap
        )
    kind, reason = _verdict(value, mine, gap)
    return Judged(value, kind, reason, mine, step, gap)


def _verdict(value: Published, mine: Estimate | Count, gap: Difference | None) -> tuple[str, str]:
    if gap is None or not gap.known:
        return "undecided", f"n = {mine.n} gives no interval"
    half = (gap.high - gap.low) / 2
    if not gap.low <= 0 <= gap.high:
        return "differs", f"by {gap.mean:+.3g} [{gap.low:+.3g}, {gap.high:+.3g}]"
    if value.margin is None:
        return "undecided", "no margin was stated beforehand"
    if half > value.margin:
        return "undecided", f"± {half:.2g} is wider than the margin of {value.margin:g} (n = {mine.n})"
    return "agrees", f"± {half:.2g}, margin {value.margin:g}"


def ours(value: Published, view: View) -> tuple[Estimate | Count | None, int | None]:
    """This view's estimate beside a published value and its step: the value's own, or the last there is."""
    step = value.step
    at = None if step is None else view.at(value.metric, step).get(value.label)
    if at is None:
        step = view.last.get(value.label, view.step)
        at = view.at(value.metric, step).get(value.label)
    if at is None:
        constant = published.reference_value(view, value.method, value.metric)
        return (mean_interval([constant]), step or 0) if math.isfinite(constant) else (None, None)
    if value.k is not None:
        return tally(at), step
    return view.store.estimate(value.metric, list(at.values())), step


def difference(mine: Estimate | Count, value: Published) -> Difference:
    """Ours minus theirs. Of counts by Newcombe's interval; of means by Welch's, with the degrees of freedom that are known.

    A paper that states runs but no error: its runs vary as ours. One run of ours beside an error: it varies as theirs.
    """
    if isinstance(mine, Count):
        k, n = int(value.k or 0), int(value.n or 0)
        low, high = confint_proportions_2indep(mine.k, mine.n, k, n, method="newcomb", alpha=1 - LEVEL)
        return Difference(mine.k / mine.n - k / n, float(low), float(high))
    gap, runs, n = mine.mean - float(value.value or 0.0), value.runs or 0, mine.n
    own = float(np.var(mine.points, ddof=1)) if n > 1 else NAN
    if value.error is not None and n > 1:
        a, b = own / n, value.error**2
        rest = b**2 / (runs - 1) if runs > 1 else 0.0
        freedom = (a + b) ** 2 / (a**2 / (n - 1) + rest) if a + b else math.inf
        spread = a + b
    elif value.error is not None and runs > 1:
        spread, freedom = value.error**2 * runs * (1 / n + 1 / runs), float(runs - 1)
    elif n > 1 and runs:
        spread, freedom = own * (1 / n + 1 / runs), float(n - 1)
    else:
        return Difference(gap, NAN, NAN)
    if not spread:  # equal values of a few runs do not prove that all are
        return Difference(gap, NAN, NAN)
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(spread)
    return Difference(gap, gap - half, gap + half)


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
