"""The papers' values and claims (published.toml), and a computed verdict on each beside a store's numbers."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from reports.statistics import (
    ALPHA,
    Count,
    Estimate,
    fisher,
    holm,
    least_count,
    mean_interval,
    over_queries,
    paired,
    tally,
)
from reports.store import Store, View

FILE = Path(__file__).with_name("published.toml")
# What decides a value: all of these must be stated, and be ours, before a published value is compared.
FIELDS = {
    "dataset": "data",
    "size": "px",
    "networks": "networks",
    "optimiser": "optimiser",
    "batch": "batch",
    "steps": "steps",
    "samples": "samples",
    "estimator": "estimator",
}


@dataclass(frozen=True)
class Published:
    """One printed value: a mean `value` (± standard error) or a count `k` of `n`."""

    protocol: str
    method: str
    title: str
    source: str
    metric: str = ""
    value: float | None = None
    error: float | None = None
    k: int | None = None
    n: int | None = None
    samples: int | None = None
    runs: int | None = None
    terms: dict[str, Any] = field(default_factory=dict)  # the protocol's fields

    @property
    def text(self) -> str:
        if self.k is not None:
            return f"{self.k}/{self.n}"
        return f"{self.value:g} ± {self.error:g}" if self.error is not None else f"{self.value:g}"

    @property
    def where(self) -> str:
        return f"{self.terms.get('paper', '')}, {self.terms.get('table', '')}"


@dataclass(frozen=True)
class Claim:
    """`better` is said to be better than `worse` on `metric` (at `step`, if given)."""

    paper: str
    where: str
    text: str
    metric: str
    better: str
    worse: str
    step: int | None = None


@dataclass(frozen=True)
class Verdict:
    """kind: agrees | differs | not comparable | not stated | holds | opposite | undecided | not asked | tested.

    p, adjusted: of the test, before and after Holm; sign: of the claimed direction; runs: of a count, (worse, better).
    """

    kind: str
    reason: str = ""
    p: float = math.nan
    sign: float = math.nan
    runs: tuple[int, int] | None = None
    adjusted: float = math.nan

    @property
    def text(self) -> str:
        return f"{self.kind}: {self.reason}" if self.reason else self.kind


@cache
def data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def values() -> tuple[Published, ...]:
    """Every published value, its protocol's fields attached."""
    protocols = data()["protocols"]
    return tuple(Published(**entry, terms=protocols[entry["protocol"]]) for entry in data()["values"])


@cache
def claims() -> tuple[Claim, ...]:
    return tuple(Claim(**entry) for entry in data()["claims"])


def observed(view: View, metric: str, step: int | None = None) -> dict[str, Any]:
    """A store's side of a protocol: every field of FIELDS; points have no size, which is then nobody's field."""
    rows = view.ok[view.ok["metric"] == metric]
    samples = sorted({int(n) for n in rows["n"].dropna()})
    config = view.about.get("config") or {}
    optim = config.get("optim") or {}
    size = (view.about.get("options") or {}).get("size")
    return {
        "dataset": view.dataset,
        **({"size": size} if size is not None else {}),
        "networks": view.family,
        "optimiser": " ".join(f"{optim[k]}" for k in ("kind", "lr", "beta1") if k in optim) or None,
        "batch": config.get("batch"),
        "steps": view.step if step is None else step,
        "samples": samples[0] if len(samples) == 1 else None,
        "estimator": metric.partition(".")[0],
    }


def same_data(published: Published, view: View) -> bool:
    """Whether a value may stand in a table of this view at all: values of other data never do."""
    return published.terms.get("dataset") == view.dataset


def elsewhere(view: View, metrics: Iterable[str]) -> list[str]:
    """One note on the published values of these metrics that are of other data, and so are not shown."""
    wanted = set(metrics)
    found = dict.fromkeys(
        f"{v.where} ({v.terms['dataset']})" for v in values() if v.metric in wanted and not same_data(v, view)
    )
    return [f"Published on other data, and so not shown: {'; '.join(found)}."] if found else []


def mismatch(published: Published, ours: dict[str, Any]) -> list[str]:
    """Every field of the protocol that differs or is not known here."""
    reasons = []
    wanted = {**published.terms, **({"samples": published.samples} if published.samples is not None else {})}
    for name, word in FIELDS.items():
        theirs, mine = wanted.get(name), ours.get(name)
        if theirs is None or theirs == mine:
            continue
        if mine is None:
            reasons.append(f"{word} not recorded here ({theirs} there)")
        elif isinstance(theirs, str):
            reasons.append(f"{word} {mine}, not {theirs}")
        else:
            reasons.append(
                f"{mine:,} {word}, not {theirs:,}" if word != "batch" else f"batch {mine}, not {theirs}"
            )
    return reasons


def unstated(published: Published, ours: dict[str, Any]) -> list[str]:
    """Fields that matter here and that the paper, or our reading of it, leaves open."""
    wanted = {**published.terms, **({"samples": published.samples} if published.samples is not None else {})}
    missing = [word for name, word in FIELDS.items() if wanted.get(name) is None and name in ours]
    return missing + (["runs"] if not (published.runs or published.n) else [])


def verdict(published: Published, ours: Estimate | Count | None, where: dict[str, Any]) -> Verdict:
    """agrees / differs by / not comparable because / not stated: the protocol first, then the interval."""
    reasons = mismatch(published, where)
    if reasons:
        return Verdict("not comparable", "; ".join(reasons))
    if published.source != "verified":
        return Verdict("not stated", "the value is from memory")
    if missing := unstated(published, where):
        return Verdict("not stated", ", ".join(missing))
    if ours is None or ours.n == 0:
        return Verdict("not asked", "no value here")
    if isinstance(ours, Count):
        p = fisher(ours.k, ours.n, int(published.k or 0), int(published.n or 0))
        return Verdict(
            "differs" if p < ALPHA else "agrees", f"{ours.k}/{ours.n} here, Fisher's exact p = {p:.2g}"
        )
    gap = ours.mean - float(published.value if published.value is not None else math.nan)
    if not ours.known:
        return Verdict("undecided", f"differs by {gap:+.3g}, n = {ours.n} gives no interval")
    half = (ours.high - ours.low) / 2
    theirs = published.error * stats.norm.ppf(0.975) if published.error else 0.0
    inside = abs(gap) <= math.hypot(half, theirs)
    return Verdict(
        "agrees" if inside else "differs", f"by {gap:+.3g}, interval ± {math.hypot(half, theirs):.2g}"
    )


def reference_value(view: View, name: str, metric: str) -> float | None:
    """A value of a ceiling or baseline row, by its name."""
    rows = view.rows[(view.rows["kind"] != "method") & (view.rows["metric"] == metric)]
    rows = rows[((rows["run"] == name) | (rows["method"] == name)) & rows["value"].notna()]
    return float(rows["value"].mean()) if len(rows) else None


SEARCHES = ("search.", "luo.")  # means over queries, whose choice is a source of variance of its own


def test_of(claim: Claim, view: View) -> Verdict:
    """The claimed order put to this view: kind "tested" with p, sign and what to print, or "not asked"."""
    step = claim.step or view.step
    found = view.at(claim.metric, step)
    a, b = found.get(claim.better), found.get(claim.worse)
    if a is None and claim.step is not None and view.steps:
        return Verdict("not asked", f"nothing evaluated at step {claim.step:,}")
    if b is None and a is not None:
        constant = reference_value(view, claim.worse, claim.metric)
        b = dict.fromkeys(a, constant) if constant is not None else None
    if a is None or b is None:
        absent = [name for name, v in ((claim.better, a), (claim.worse, b)) if v is None]
        return Verdict("not asked", f"no {claim.metric} of {' and '.join(absent)} here")
    if claim.metric == "collapse.collapsed":
        (k_a, n_a), (k_b, n_b) = ((c.k, c.n) for c in (tally(a), tally(b)))
        p, sign = fisher(k_a, n_a, k_b, n_b), k_b / n_b - k_a / n_a
        return Verdict("tested", f"{k_a}/{n_a} against {k_b}/{n_b}, Fisher's exact", p, sign, (n_b, n_a))
    test = (
        over_queries(a, b, *query_error(claim, view)) if claim.metric.startswith(SEARCHES) else paired(a, b)
    )
    sign = test.mean * (1 if view.store.metric(claim.metric)["better"] != "lower" else -1)
    interval = f" [{test.low:+.3g}, {test.high:+.3g}]" if math.isfinite(test.low) else ""
    shown = f"difference {test.mean:+.3g}{interval}, n = {test.n}"
    return Verdict(
        "tested", shown if math.isfinite(test.p) else f"{shown}, {test.reason or 'no test'}", test.p, sign
    )


def query_error(claim: Claim, view: View) -> tuple[float, int]:
    """Standard error over queries of the difference, and how many queries: a bound from each side's own error."""
    metric, step = f"{claim.metric}_se", claim.step or view.step
    errors = []
    for name in (claim.better, claim.worse):
        own = view.at(metric, step).get(name)
        constant = reference_value(view, name, metric)
        errors.append(
            float(np.sqrt(np.mean(np.square(list(own.values())))))
            if own
            else math.nan
            if constant is None
            else constant
        )
    sizes = view.ok.loc[view.ok["metric"] == metric, "n"].dropna()
    return math.hypot(*errors), int(sizes.min()) if len(sizes) else 2


def judged(store: Store) -> dict[tuple[Claim, str], Verdict]:
    """Every claim on every view of a store; Holm over all of these tests, two-sided, at 5%."""
    if "claims" not in store.memo:
        found = {(claim, view.id): test_of(claim, view) for claim in claims() for view in store.views}
        tested = [key for key, verdict in found.items() if verdict.kind == "tested"]
        adjusted = holm([found[key].p for key in tested])
        for key, p in zip(tested, adjusted, strict=True):
            found[key] = concluded(found[key], p, len(tested))
        store.memo["claims"] = found
    return store.memo["claims"]


def concluded(tested: Verdict, adjusted: float, family: int) -> Verdict:
    """A test's verdict at its corrected p, with what so few runs could have shown where it stays open."""
    reason = tested.reason
    if math.isfinite(tested.p):
        reason += f", p = {tested.p:.2g}" + (f", Holm over {family}: {adjusted:.2g}" if family > 1 else "")
    sure = math.isfinite(adjusted) and adjusted < ALPHA
    if tested.runs and not sure:
        reason += f"; {could_show(*tested.runs, family)}"
    kind = "undecided" if not sure else "holds" if tested.sign > 0 else "opposite"
    return replace(tested, kind=kind, reason=reason, adjusted=adjusted)


def could_show(n_a: int, n_b: int, family: int) -> str:
    """What these numbers of runs could have shown at Holm's first step."""
    least = least_count(n_a, n_b, ALPHA / family)
    how = f" under Holm over {family}" if family > 1 else ""
    if least is None:
        return f"{n_a} against {n_b} runs can show no difference{how}"
    return f"{n_a} against {n_b} runs can show a difference only from {least}/{n_a} against 0/{n_b} on{how}"


def judge(claim: Claim, view: View) -> Verdict:
    """Whether the claimed order holds in this view, after Holm's correction over its store's tests.

    A claim that is not one of `claims` is a family of its own.
    """
    found = judged(view.store).get((claim, view.id)) or test_of(claim, view)
    return concluded(found, found.p, 1) if found.kind == "tested" else found


def ours(view: View, name: str, metric: str) -> Estimate | Count | None:
    """This view's estimate of a metric for a method or a reference; counts for the collapse verdict."""
    found = view.at(metric).get(name)
    if found is None:
        constant = reference_value(view, name, metric)
        return None if constant is None else mean_interval([constant])
    if metric == "collapse.collapsed":
        return tally(found)
    return view.store.estimate(metric, list(found.values()))
