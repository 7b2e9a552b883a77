"""The papers' values and claims (published.toml), and a computed verdict on each beside a store's numbers."""

import math
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scipy import stats

from reports.statistics import ALPHA, Count, Estimate, fisher, mean_interval, paired, tally
from reports.store import View

FILE = Path(__file__).with_name("published.toml")
SHOWN = {
    "dataset": "data",
    "size": "px",
    "steps": "steps",
    "batch": "batch",
    "samples": "samples",
    "networks": "networks",
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
    """kind: agrees | differs | not comparable | holds | opposite | undecided | not asked."""

    kind: str
    reason: str = ""

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
    """A store's side of a protocol: data set, size, steps, batch and sample size of a metric, networks."""
    rows = view.ok[view.ok["metric"] == metric]
    samples = sorted({int(n) for n in rows["n"].dropna()})
    size = (view.about.get("options") or {}).get("size")
    return {
        "dataset": view.dataset,
        "size": size,
        "steps": view.step if step is None else step,
        "batch": (view.about.get("config") or {}).get("batch"),
        "samples": samples[0] if len(samples) == 1 else None,
        "criterion": "computed",
        "networks": view.family,
    }


def mismatch(published: Published, ours: dict[str, Any]) -> list[str]:
    """Every field of the protocol that differs or is not known here; empty = comparable."""
    reasons = []
    wanted = dict(published.terms)
    if published.samples is not None:
        wanted["samples"] = published.samples
    if wanted.get("criterion") and wanted["criterion"] != ours.get("criterion"):
        reasons.append(f"judged {wanted['criterion']} there")
    for name, word in SHOWN.items():
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


def verdict(published: Published, ours: Estimate | Count | None, where: dict[str, Any]) -> Verdict:
    """agrees / differs by / not comparable because: the protocol first, then the interval."""
    reasons = mismatch(published, where)
    if reasons:
        return Verdict("not comparable", "; ".join(reasons))
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


def judge(claim: Claim, view: View) -> Verdict:
    """Does the claimed order hold in this view? One test a claim, two-sided, at 5%, not corrected."""
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
        shown = f"{k_a}/{n_a} against {k_b}/{n_b}, Fisher's exact p = {p:.2g}"
    else:
        test = paired(a, b)
        p, sign = test.p, test.mean * (1 if view.store.metric(claim.metric)["better"] != "lower" else -1)
        shown = f"difference {test.mean:+.3g}, n = {test.n}"
        shown += f", p = {p:.2g}" if math.isfinite(p) else f", {test.reason or 'no test'}"
    if not (math.isfinite(p) and p < ALPHA):
        return Verdict("undecided", shown)
    return Verdict("holds" if sign > 0 else "opposite", shown)


def ours(view: View, name: str, metric: str) -> Estimate | Count | None:
    """This view's estimate of a metric for a method or a reference; counts for the collapse verdict."""
    found = view.at(metric).get(name)
    if found is None:
        constant = reference_value(view, name, metric)
        return None if constant is None else mean_interval([constant])
    if metric == "collapse.collapsed":
        return tally(found)
    return mean_interval(list(found.values()))
