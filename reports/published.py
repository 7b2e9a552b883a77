"""The papers' values and claims (published.toml), and a computed verdict on each beside a store's numbers."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scipy import stats

from reports.power import ALPHA
from reports.statistics import (
    Count,
    Estimate,
    fisher,
    mean_interval,
    tally,
)
from reports.store import View

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


def ours(view: View, name: str, metric: str) -> Estimate | Count | None:
    """This view's estimate of a metric for a method or a reference; counts for the collapse verdict."""
    found = view.at(metric).get(name)
    if found is None:
        constant = reference_value(view, name, metric)
        return None if constant is None else mean_interval([constant])
    if metric == "collapse.collapsed":
        return tally(found)
    return view.store.estimate(metric, list(found.values()))
