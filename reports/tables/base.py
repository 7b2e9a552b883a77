"""What a table is: cells to show, a frame of numbers to keep, a head that says what was measured on what."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks.results import VARIED
from reports.frames import Label
from reports.statistics import Count, Estimate
from reports.store import Store, View
from reports.tables.provenance import made_with

TRAINED = "; domain was trained on the labels of the data that it judges"
EQUAL = "the preset's settings for all methods"
ABSENT, MINUS = "\u2013", "\u2212"


@dataclass(frozen=True)
class Cell:
    """`text` is shown, `detail` small beside it (interval, n), `value` is what the cell sorts by."""

    text: str
    value: float | str | None = None
    detail: str = ""
    best: bool = False
    tone: str = ""  # "", "good", "bad", "quiet": a verdict's colour on the page


@dataclass(frozen=True)
class Table:
    """`cells` (DataFrame of Cell, the first column names the row) is shown; `frame` is what CSV keeps."""

    id: str
    title: str
    head: str
    cells: pd.DataFrame
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # per row: method, ceiling, baseline, published

    @staticmethod
    def of(
        id: str,
        title: str,
        head: str,
        cells: list[dict[str, Cell]],
        frame: list[dict[str, Any]],
        notes: Iterable[str] = (),
        kinds: Iterable[str] = (),
    ) -> "Table":
        """From rows, a dash where one lacks a column; a row's kind defaults to `method`."""
        columns = dict.fromkeys(title for row in cells for title in row)
        cells = [{title: row.get(title, Cell(ABSENT)) for title in columns} for row in cells]
        kinds = tuple(kinds) or ("method",) * len(cells)
        return Table(id, title, head, pd.DataFrame(cells), pd.DataFrame(frame), tuple(notes), kinds)

    def rows(self) -> Iterator[tuple[str, list[Cell]]]:
        """(kind, cells) of every row."""
        for kind, row in zip(self.kinds, self.cells.itertuples(index=False, name=None), strict=True):
            yield kind, list(row)

    @property
    def columns(self) -> list[str]:
        return [str(c) for c in self.cells.columns]


def decimals(values: Iterable[float]) -> int:
    """Decimals that suit a column, from its largest magnitude."""
    sizes = [abs(v) for v in values if math.isfinite(v)]
    largest = max(sizes, default=0.0)
    for bound, places in ((1000, 0), (100, 1), (10, 2), (0.01, 3)):
        if largest >= bound:
            return places
    return 5 if largest > 0 else 2


def legible(value: float, places: int) -> int:
    """More decimals, up to three, where a column of large values would leave a small one less than two significant digits."""
    if not value or not math.isfinite(value):
        return places
    return max(places, min(3, 1 - math.floor(math.log10(abs(value)))))


def number(value: float | None, places: int = 3) -> str:
    """A number with a thousands separator, a true minus and these decimals; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:,.{places}f}".replace("-", MINUS)


def p_value(p: float) -> Cell:
    """p as a cell: three decimals, `< 0.001` below."""
    if not math.isfinite(p):
        return Cell(ABSENT)
    return Cell("< 0.001" if p < 0.001 else f"{p:.3f}", p)


def estimate_cell(estimate: Estimate, places: int, best: bool = False) -> Cell:
    """Mean with interval and n; below three values the points themselves."""
    if estimate.n == 0:
        return Cell(ABSENT)
    places = legible(estimate.mean, places)
    if not estimate.known:
        text = "\u00a0· ".join(number(v, places) for v in estimate.points)
        return Cell(text, estimate.mean, f"n = {estimate.n}, raw")
    interval = f"[{number(estimate.low, places)}, {number(estimate.high, places)}]"
    return Cell(number(estimate.mean, places), estimate.mean, f"{interval}, n = {estimate.n}", best)


def reference_cell(estimate: Estimate, places: int) -> Cell:
    """A ceiling or baseline: one value is what there is, and needs no remark."""
    if estimate.n == 1:
        return Cell(number(estimate.mean, legible(estimate.mean, places)), estimate.mean)
    return estimate_cell(estimate, places)


def count_cell(count: Count) -> Cell:
    """k/n with Wilson's interval in per cent."""
    if count.n == 0:
        return Cell(ABSENT)
    return Cell(f"{count.k}/{count.n}", count.k / count.n, f"[{count.low:.0%}, {count.high:.0%}]")


def kept(prefix: str, estimate: Estimate) -> dict[str, float]:
    """An estimate as plain columns."""
    found = {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "n": estimate.n}
    return {f"{prefix}{name}": value for name, value in found.items()}


def listed(values: Iterable[object]) -> str:
    """Distinct non-empty values in order, joined by commas."""
    return ", ".join(dict.fromkeys(str(v) for v in values if str(v) not in ("", "nan")))


def counted(values: Iterable[float]) -> str:
    return listed(f"{int(v):,}" for v in sorted({v for v in values if math.isfinite(v)}))


def varied(view: View) -> tuple[str, ...]:
    """Returns the sources of variance that follow the seed, where that is not the usual choice; empty where it is."""
    own = tuple((view.about.get("config") or {}).get("vary") or VARIED)
    return () if own == VARIED else own


def settings(store: Store, about: dict[str, Any]) -> str:
    """Returns whose settings the methods of one part of a plan have; a paper's are named by method, for few recommend any."""
    arms = about.get("arms") or []
    named = listed(
        store.title(Label(arm["method"], arm["variant"])) for arm in arms if arm.get("recommended")
    )
    if named:
        others = "" if all(arm["recommended"] for arm in arms) else ", the preset's for the others"
        return f"settings of their papers for {named}{others}"
    asked = (about.get("config") or {}).get("settings") == "paper"
    return "settings of each method's paper, where it recommends some" if asked else EQUAL


def head(view: View, rows: pd.DataFrame | None = None, step: int | str | None = None) -> str:
    """Data, split, extractor, n, step, family, precision, versions and revision of what a table shows."""
    rows = (view.ok if rows is None else rows)[["extractor", "split", "n", "version"]].drop_duplicates()
    data = view.about
    size = (data.get("options") or {}).get("size")
    name = str(data.get("title") or view.dataset)
    told = [
        f"{size} px" if size else "",
        f"{data['n_train']:,} train" if data.get("n_train") else "",
        f"{data['n_test']:,} test" if data.get("n_test") else "",
    ]
    told = [part for part in told if part]
    extractor = data.get("extractor") or {}
    used = listed(sorted(set(rows["extractor"])))
    if used and used == extractor.get("name") and extractor.get("detail"):
        used = f"{used} ({extractor['detail']})"
    parts = [
        name + (f" ({', '.join(told)})" if told else ""),
        f"split {listed(sorted(set(rows['split'])))}" if listed(rows["split"]) else "",
        f"extractor {used}{TRAINED if 'domain' in set(rows['extractor']) else ''}" if used else "",
        f"n = {counted(rows['n'])}" if counted(rows["n"]) else "",
        view.when if step is None else f"step {step:,}" if isinstance(step, int) else f"step {step}",
        f"family {view.family}" if view.family else "",
        whose if (whose := settings(view.store, data)) != EQUAL else "",
        listed(sorted(view.methods["precision"].unique())),
        f"seeds decide {', '.join(varied(view))} alone" if varied(view) else "",
        f"metric version {counted(rows['version'])}" if counted(rows["version"]) else "",
        *made_with(view.store, set(view.records["run"])),
        "95% intervals",
    ]
    return " · ".join(part for part in parts if part)
