"""One row per method and reference, one column per metric and extractor; best only where tested."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reports.frames import Label, Seeds
from reports.power import LEAST
from reports.statistics import Column, Estimate, agree, compare_column, mean_interval
from reports.store import View
from reports.style import Question, question
from reports.tables.base import (
    Cell,
    Table,
    decimals,
    estimate_cell,
    head,
    kept,
    legible,
    number,
    reference_cell,
)

HIDDEN = (
    "collapse.collapsed",
    "collapse.blurred",
)  # verdicts: counted in a table of their own, never averaged

FACTORS = "manifold.kept_"
SAME_GENERATOR = (
    "Methods that share one trained generator are one contestant wherever only the generator is measured: one row is tested, "
    "the others say whose it is."
)


@dataclass(frozen=True)
class Key:
    """What may stand in one column: one metric, extractor, split, sample size and version."""

    metric: str
    extractor: str
    split: str
    n: float
    version: float


def shown(metric: str) -> bool:
    """False for verdicts and for the factors of the manifold, which have tables of their own."""
    return metric not in HIDDEN and not metric.startswith(FACTORS)


def keys(view: View, chosen: Question | None = None) -> list[Key]:
    """The columns in the order in which the metrics appear; NaN sizes count as one."""
    if "keys" not in view.memo:
        found = view.here[["metric", "extractor", "split", "n", "version"]].drop_duplicates().fillna(-1)
        view.memo["keys"] = [Key(*row) for row in found.itertuples(index=False, name=None) if shown(row[0])]
    return [key for key in view.memo["keys"] if chosen is None or _question(view, key) == chosen]


def _question(view: View, key: Key) -> Question:
    return question(key.metric, view.store.metric(key.metric).get("question"))


def rows_of(frame: pd.DataFrame, key: Key) -> pd.DataFrame:
    own = frame[frame["metric"] == key.metric]
    same = (own["extractor"] == key.extractor) & (own["split"] == key.split)
    return own[same & (own["n"].fillna(-1) == key.n) & (own["version"].fillna(-1) == key.version)]


def by_seed(rows: pd.DataFrame) -> Seeds:
    """Returns label -> seed -> value of the rows of one column at one step."""
    found: Seeds = {}
    for name, seed, value in zip(rows["label"], rows["seed"], rows["value"], strict=True):
        found.setdefault(name, {})[int(seed)] = float(value)
    return found


def column_title(view: View, key: Key, every: list[Key]) -> str:
    """Title and direction, and whatever tells this column from another of the same metric."""
    known = view.store.metric(key.metric)
    arrow = {"higher": " ↑", "lower": " ↓"}.get(known["better"] or "", "")
    title = known["title"] + (f" ({known['unit']})" if known["unit"] else "") + arrow
    alike = [other for other in every if other.metric == key.metric]
    extra = [key.extractor] if key.extractor else []
    if len({other.n for other in alike}) > 1:
        extra.append(f"n = {key.n:,.0f}")
    if len({other.version for other in alike}) > 1:
        extra.append(f"version {key.version:.0f}")
    if len({other.split for other in alike}) > 1:
        extra.append(key.split)
    return title + (f" [{', '.join(extra)}]" if extra else "")


def titles(view: View, every: list[Key]) -> dict[str, Key]:
    """Title -> column; metrics that share a display name are told apart by their group, then by their id."""
    found: dict[str, Key] = {}
    plain = [view.store.metric(key.metric)["title"] for key in every]
    for key in every:
        title = column_title(view, key, every)
        shared = {
            k.metric for k, t in zip(every, plain, strict=True) if t == view.store.metric(key.metric)["title"]
        }
        if len(shared) > 1:
            title = f"{key.metric.split('.')[0]}: {title}"
        found[title if title not in found else f"{title} ({key.metric})"] = key
    return found


def _last(view: View, metric: str) -> pd.DataFrame:
    """The rows of a metric at the common step; every table asks for them, so they are parted once a view."""
    if "last" not in view.memo:
        view.memo["last"] = {str(name): own for name, own in view.here.groupby("metric", sort=False)}
    return view.memo["last"].get(metric, view.ok.iloc[:0])


def level(tested: Column, values: Mapping[str, dict[int, float]]) -> int:
    """Returns how many methods have the leader's value at every common seed."""
    return sum(agree(values[name], values[tested.leader]) for name in tested.ties)


def compared(view: View, key: Key) -> tuple[dict[str, dict[int, float]], Column]:
    """label -> seed -> value of one column, and every pair tested; computed once a view."""
    if key in view.memo:
        return view.memo[key]
    found = by_seed(rows_of(_last(view, key.metric), key))
    values: Seeds = {name: found[name] for name in view.labels if name in found}
    alike = view.store.generators
    view.memo[key] = values, compare_column(values, view.store.metric(key.metric)["better"], alike)
    return view.memo[key]


def method_cell(view: View, name: Label, estimate: Estimate, places: int, tested: Column) -> Cell:
    """A method's cell; where it shares its generator with another one, and so its value, it says whose value that is."""
    group = next((group for group in tested.same if name in group), (name,))
    if group[0] != name:
        mean = number(estimate.mean, legible(estimate.mean, places))
        return Cell(mean, estimate.mean, f"the generator of {view.store.title(group[0])}")
    return estimate_cell(estimate, places, best=tested.best == name)


def references(view: View) -> list[tuple[str, str]]:
    """(kind, name) of ceilings and baselines, ceilings first."""
    rows = view.rows[view.rows["kind"].isin(["ceiling", "baseline"]) & view.rows["value"].notna()]
    pairs = rows.assign(name=rows["method"].where(rows["method"] != "", rows["run"]))[["kind", "name"]]
    found = {(str(kind), str(name)) for kind, name in pairs.itertuples(index=False, name=None)}
    return sorted(found, key=lambda pair: (pair[0] != "ceiling", pair[1]))


def reference_rows(view: View, kind: str, name: str, key: Key) -> pd.DataFrame:
    """A reference's rows of one column, at the common step where it has steps."""
    if "references" not in view.memo:
        valued = view.rows[view.rows["value"].notna()]
        view.memo["references"] = dict(iter(valued.groupby(["kind", "metric"], sort=False)))
    rows = view.memo["references"].get((kind, key.metric), view.rows.iloc[:0])
    rows = rows_of(rows[(rows["method"] == name) | (rows["run"] == name)], key)
    here = rows[(rows["step"] == view.step) | rows["step"].isna()]
    return here if len(here) else rows


def legend(
    results: Mapping[str, tuple[dict[str, dict[int, float]], Column]],
    frame: Sequence[Mapping[str, object]],
    kinds: Sequence[str],
) -> list[str]:
    """What bold, shared generators, raw values and references mean, as far as a table has them.

    results: of each column by its title; frame: the rows' plain values; kinds: the rows' kinds.
    """
    testable = any(math.isfinite(p.p) for _, t in results.values() for p in t.pairs.values())
    sizes = [int(str(row[f"{t} n"])) for row in frame if row["kind"] == "method" for t in results]
    notes = [
        "Bold: better than every other method (paired t-tests over seeds, Holm over all pairs in its column)."
        if testable
        else "Nothing is marked best: no column has enough common seeds of two methods for a test."
    ]
    notes += [SAME_GENERATOR] if any(column.same for _, column in results.values()) else []
    notes += (
        ["Fewer than three seeds: the values themselves, no interval."]
        if any(0 < n < LEAST for n in sizes)
        else []
    )
    if {"ceiling", "baseline"} & set(kinds):
        notes.append("Ceilings and baselines: the same code on real images or trivial models; not tested.")
    return notes


def summary(view: View, chosen: Question | None = None) -> Table | None:
    """Every metric (or one question's) at the common step: a row per method, then ceilings and baselines."""
    every = keys(view, chosen)
    if not every:
        return None
    of_samples = chosen is None or chosen.id in ("generates", "covers")
    columns = titles(view, every)
    results = {title: compared(view, key) for title, key in columns.items()}
    places = {
        title: decimals(v for m in values.values() for v in m.values())
        for title, (values, _) in results.items()
    }
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, object]] = []
    kinds: list[str] = []
    for name in view.labels:
        row: dict[str, Cell] = {"Method": Cell(view.store.title(name, samples=of_samples), name)}
        plain: dict[str, object] = {"kind": "method", "name": name}
        for title, (values, tested) in results.items():
            estimate = view.store.estimate(columns[title].metric, list(values.get(name, {}).values()))
            row[title] = method_cell(view, name, estimate, places[title], tested)
            plain |= kept(f"{title} ", estimate) | {f"{title} best": tested.best == name}
        cells.append(row)
        frame.append(plain)
        kinds.append("method")
    for kind, reference in references(view):
        row = {"Method": Cell(reference, reference, kind)}
        plain = {"kind": kind, "name": reference}
        for title, key in columns.items():
            estimate = mean_interval(reference_rows(view, kind, reference, key)["value"])
            row[title] = reference_cell(estimate, places[title])
            plain |= kept(f"{title} ", estimate)
        if any(cell.value is not None for title, cell in row.items() if title != "Method"):
            cells.append(row)
            frame.append(plain)
            kinds.append(kind)
    notes = legend(results, frame, kinds)
    rows = view.here[view.here["metric"].isin([key.metric for key in every])]
    suffix = f"-{chosen.id}" if chosen else ""
    title = f"{chosen.short}: values" if chosen else "All metrics"
    return Table.of(f"summary{suffix}", title, head(view, rows), cells, frame, notes, kinds)
