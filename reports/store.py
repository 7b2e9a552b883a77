"""What a report reads, through `benchmarks.results` only: the table, the records, histories and panels."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from benchmarks.results import NUMBERS, TEXT
from reports.frames import LOST, RECORD_NUMBERS, RECORD_TEXT, Label, Seeds, complete
from reports.intervals import bounded_interval
from reports.statistics import Estimate, Values
from reports.style import method_order

T = TypeVar("T")
Panels = dict[tuple[str, int], Path]


@dataclass(frozen=True)
class Store:
    """One results folder, read. Frames have a column `label` beside the contract's."""

    root: Path
    rows: pd.DataFrame
    records: pd.DataFrame
    meta: dict[str, Any]
    read_history: Callable[[str], pd.DataFrame]
    read_panels: Callable[[str], Panels]
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def make(root: Path, rows: pd.DataFrame, records: pd.DataFrame, meta: dict[str, Any],
             read_history: Callable[[str], pd.DataFrame], read_panels: Callable[[str], Panels]) -> "Store":  # fmt: skip
        rows = complete(rows, TEXT, NUMBERS)
        records = complete(records, RECORD_TEXT, RECORD_NUMBERS)
        return Store(Path(root), rows, records, meta or {}, read_history, read_panels)

    @staticmethod
    def open(root: Path | str) -> "Store":
        """Reads a folder; ValueError in one line where it is not one that `benchmarks.run` wrote."""
        from benchmarks import results

        root = Path(root)
        if not root.is_dir():
            raise ValueError(f"no such folder: {root} (expected the --out folder of a benchmarks.run)")
        try:
            rows, records, meta = results.load(root), results.records(root), results.meta(root)
        except FileNotFoundError as error:
            missing = Path(str(error.filename)).name if error.filename else str(error)
            raise ValueError(
                f"{root} holds no results ({missing} is missing): run benchmarks.run first"
            ) from error
        except (OSError, KeyError) as error:
            raise ValueError(f"the results in {root} cannot be read: {error}") from error
        readers = (lambda run: results.history(root, run)), (lambda run: results.panels(root, run))
        return Store.make(root, rows, records, meta, *readers)

    def history(self, run: str) -> pd.DataFrame:
        """step, one column per term, wall; empty where a run left none."""
        return self._once(f"history {run}", lambda: self.read_history(run), pd.DataFrame({"step": []}))

    def panels(self, run: str) -> Panels:
        """(name, step) -> npz; empty where a run left none."""
        there = lambda: {k: p for k, p in self.read_panels(run).items() if p.is_file()}  # noqa: E731
        return self._once(f"panels {run}", there, {})

    def _once(self, key: str, read: Callable[[], T], absent: T) -> T:
        """What `read` gives, or `absent` where there is nothing to read; asked once."""
        if key not in self.memo:
            try:
                self.memo[key] = read()
            except (OSError, KeyError, ValueError):
                self.memo[key] = absent
        found: T = self.memo[key]
        return found

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """Values of another version than the rows', with what `differs`: in no table but their own."""
        from benchmarks import results

        return complete(results.earlier(self.root), (*TEXT, "differs"), NUMBERS)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Methods (with variants) in the fixed order, including those that only failed."""
        methods = self.rows.loc[self.rows["kind"] == "method", "label"]
        return tuple(sorted(set(methods) | set(self.records["label"]), key=method_order))

    @cached_property
    def views(self) -> tuple["View", ...]:
        """One per data set, family and precision (one for all where arms differ in it): what may stand in one table."""
        methods = self.rows[self.rows["kind"] == "method"]
        found = []
        for (dataset, family), every in methods.groupby(["dataset", "family"]):
            own = every[every["precision"] != ""]  # skipped rows have none
            told = set(own["precision"]) or {""}
            several = len(told) > 1 and own.groupby("label")["precision"].nunique().max() == 1
            found += [View(self, str(dataset), str(family), each) for each in ([""] if several else told)]
        return tuple(sorted(found, key=lambda view: view.id))

    def title(self, method: str, samples: bool = False) -> str:
        """A method's display name; with `samples`, `AE (ex post)`: samples from a Gaussian fitted to the training codes."""
        label = Label.of(method)
        known = self.meta.get("methods", {}).get(label.method, {})
        shown = str(known.get("title") or label.method)
        return Label(shown + (" (ex post)" if samples and known.get("ex_post") else ""), label.variant)

    @cached_property
    def generators(self) -> tuple[tuple[str, ...], ...]:
        """Groups of methods that share one trained generator, the one that trains it first: (gan, inverse, direct, ..)."""
        groups: dict[str, list[str]] = {}
        for name, known in self.meta.get("methods", {}).items():
            base = known.get("generator")
            if base:
                groups.setdefault(base, [base]).append(name)
        return tuple(tuple(group) for group in groups.values())

    def estimate(self, metric: str, values: Values) -> Estimate:
        """Mean and interval of a metric's values over seeds, inside the metric's possible range."""
        known = self.metric(metric)
        return bounded_interval(values, (known["low"], known["high"]))

    def metric(self, name: str) -> dict[str, Any]:
        """title, better, unit, low and high of a metric; what meta does not say follows from its name."""
        known = dict(self.meta.get("metrics", {}).get(name, {}))
        known["title"] = known.get("title") or name.replace(".", " ").replace("_", " ")
        known["better"] = known.get("better") if known.get("better") in ("higher", "lower") else None
        known["unit"] = known.get("unit") or ""
        known["low"], known["high"] = known.get("low"), known.get("high")
        return known


@dataclass(frozen=True)
class View:
    """The rows of one data set, family and precision ("": of every precision)."""

    store: Store
    dataset: str
    family: str
    precision: str
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        return "-".join(part for part in (self.dataset, self.family, self.precision) if part)

    @cached_property
    def about(self) -> dict[str, Any]:
        """meta's entry on this part of the plan: title, options, n_train, n_test, extractor, config, arms."""
        own = (self.dataset, self.family)
        entries = self.store.meta.get("parts") or []
        found = (dict(e) for e in entries if (e.get("dataset"), e.get("family")) == own)
        return next(found, {"dataset": self.dataset})

    @cached_property
    def operations(self) -> dict[str, float]:
        """label -> PFLOP of a run's training, its base's included, by the plan's count: the same on every machine."""
        arms = {Label(arm["method"], arm["variant"]): arm["pflop"] for arm in self.about.get("arms") or []}
        return {name: float(count) for name, count in arms.items() if count is not None}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Its methods' rows and the references that belong to it (their family and precision may be empty)."""
        r = self.store.rows
        own = r["dataset"] == self.dataset
        wants = {"family": self.family} | ({"precision": self.precision} if self.precision else {})
        for column, wanted in wants.items():
            free = (r["kind"] != "method") | ((column == "precision") & (r["status"] == "skipped"))
            own &= (r[column] == wanted) | (free & (r[column] == ""))
        return r[own]

    @cached_property
    def methods(self) -> pd.DataFrame:
        return self.rows[self.rows["kind"] == "method"]

    @cached_property
    def records(self) -> pd.DataFrame:
        """The records of its runs."""
        records = self.store.records
        return records[records["run"].isin(set(self.methods["run"]))]

    @cached_property
    def ok(self) -> pd.DataFrame:
        """Methods' rows that carry a number."""
        m = self.methods
        return m[(m["status"] == "ok") & m["value"].notna()]

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Its methods and variants; one with another's compute stands in `budgets` alone, other sources in `variance`."""
        return tuple(sorted({n for n in self.methods["label"] if not n.apart}, key=method_order))

    @cached_property
    def distinct(self) -> tuple[tuple[float, float], ...]:
        """(share of distinct images, Vendi ratio) of sets of real images, rising; empty where it was not calibrated."""
        return tuple((float(k), float(v)) for k, v in self.about.get("distinct") or [])

    @cached_property
    def steps(self) -> tuple[int, ...]:
        return tuple(sorted({int(s) for s in self.ok["step"].dropna()}))

    @property
    def budget(self) -> str:
        """The operations that every run has, as the preset says; "" where runs have equal steps."""
        return str((self.about.get("config") or {}).get("budget") or "")

    @cached_property
    def ends(self) -> dict[Label, int]:
        """label -> the step at which it stands beside others: the common one, its own last where operations are equal.

        An own last step is that of finished runs where there are any.
        """
        rows = self.ok.dropna(subset=["step"])
        if self.step is not None:
            return dict.fromkeys(rows["label"], self.step)
        found: dict[Label, int] = {}
        for own in (rows, rows[rows["run"].isin(self.finished)]):
            own = own.sort_values("step", kind="stable")
            found |= {name: int(step) for name, step in zip(own["label"], own["step"], strict=True)}
        return found

    @cached_property
    def here(self) -> pd.DataFrame:
        """Methods' rows that carry a number and stand beside each other."""
        return self.ok[self.ok["step"] == self.ok["label"].map(self.ends).astype(float)]

    @property
    def when(self) -> str:
        """After how much training its methods stand beside each other."""
        if self.budget:
            return f"last steps, equal operations ({self.budget}{'' if ':' in self.budget else ' TFLOP'})"
        return f"step {self.step:,}" if self.step is not None else ""

    @cached_property
    def step(self) -> int | None:
        """The step at which the most methods were evaluated, the last of those; by finished runs where there are any.

        None where runs have equal operations: their steps have nothing in common.
        """
        if self.budget:
            return None
        rows = self.ok.dropna(subset=["step"])
        ended = rows[rows["run"].isin(self.finished)]
        counts = (ended if len(ended) else rows).groupby("step")["label"].nunique()
        return int(counts[counts == counts.max()].index.max()) if len(counts) else None

    @cached_property
    def finished(self) -> frozenset[str]:
        """Its runs that came to their end, and what was trained elsewhere."""
        return frozenset(self.records.loc[~self.records["status"].isin(LOST), "run"])

    @cached_property
    def last(self) -> dict[Label, int]:
        """label -> the last step it has numbers at."""
        own = self.ok.dropna(subset=["step"]).sort_values("step", kind="stable")
        return {name: int(step) for name, step in zip(own["label"], own["step"], strict=True)}

    def at(self, metric: str, step: int | None = None, extractor: str | None = None) -> Seeds:
        """label -> seed -> value at a step (default: the common last one)."""
        rows = self.here if step is None else self.ok[self.ok["step"] == step]
        chosen = rows[rows["metric"] == metric]
        if extractor is None and len(named := list(chosen["extractor"].unique())) > 1:
            first = (self.about.get("extractor") or {}).get("name")
            extractor = first if first in named else named[0]  # the first one named that has values
        chosen = chosen if extractor is None else chosen[chosen["extractor"] == extractor]
        found: dict[str, dict[int, float]] = {name: {} for name in self.labels}
        for name, seed, value in zip(chosen["label"], chosen["seed"], chosen["value"], strict=True):
            if name in found or step not in (None, self.step):
                found.setdefault(name, {})[int(seed)] = float(value)
        return {name: values for name, values in found.items() if values}

    @cached_property
    def _runs(self) -> dict[str, dict[int, str]]:
        pairs = self.methods[["label", "seed", "run"]].dropna().drop_duplicates()
        found: dict[str, dict[int, str]] = {}
        for name, seed, run in sorted(pairs.itertuples(index=False, name=None)):
            found.setdefault(name, {})[int(seed)] = str(run)
        return found

    def runs(self, name: str) -> dict[int, str]:
        """seed -> run of one method."""
        return self._runs.get(name, {})
