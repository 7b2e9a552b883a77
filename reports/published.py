"""The papers' values and claims (published.toml)."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from reports.frames import Label
from reports.store import View

FILE = Path(__file__).with_name("published.toml")


@dataclass(frozen=True)
class Published:
    """One printed value: a mean `value` (± standard error) or a count `k` of `n`; of a variant, at a step, where given."""

    protocol: str
    method: str
    title: str
    source: str
    metric: str = ""
    variant: str = ""
    step: int | None = None
    value: float | None = None
    error: float | None = None
    k: int | None = None
    n: int | None = None
    samples: int | None = None
    runs: int | None = None
    terms: dict[str, Any] = field(default_factory=dict)  # the protocol's fields

    @property
    def label(self) -> Label:
        return Label(self.method, self.variant)

    @property
    def margin(self) -> float | None:
        """How far apart two means may be and still count as one: stated in published.toml, as it says there."""
        found: float | None = self.terms.get("margins", {}).get(self.metric)
        return found

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
    """Of a claim. kind: holds | opposite | not seen here | undecided | not asked | tested.

    p, adjusted: of the test, before and after Holm; sign: of the claimed direction; runs: of a count, (worse, better);
    unseen: what the claim says of the worse half is not so here.
    """

    kind: str
    reason: str = ""
    p: float = math.nan
    sign: float = math.nan
    runs: tuple[int, int] | None = None
    adjusted: float = math.nan
    unseen: bool = False

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


def reference_value(view: View, name: str, metric: str) -> float:
    """Returns the value of a ceiling or baseline row by its name, the mean over extractors; NaN where it has none."""
    rows = view.rows[(view.rows["kind"] != "method") & (view.rows["metric"] == metric)]
    rows = rows[((rows["run"] == name) | (rows["method"] == name)) & rows["value"].notna()]
    return float(rows["value"].mean()) if len(rows) else math.nan
