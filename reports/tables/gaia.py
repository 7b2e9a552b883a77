"""T4, GAIA Table 1: intercepts of a regression that controls for the data set, in the paper's own manner."""

from typing import Any

import numpy as np
import pandas as pd

from reports import published
from reports.statistics import Estimate
from reports.store import Store
from reports.style import method_order
from reports.tables.base import ABSENT, Cell, Table, counted, decimals, estimate_cell, kept, listed
from reports.tables.provenance import made_with

FIRST = "latent2d."


def intercepts(rows: pd.DataFrame) -> dict[str, list[float]]:
    """Returns each method's means on its data sets, moved so that their mean is its intercept in a regression.

    The regression is of value on one intercept per method and sum-to-zero coded data sets, by least squares: a method's
    intercept is its mean over data sets, each weighted alike, even where runs are missing. Nothing moves where none are.
    """
    rows = rows.dropna(subset=["value"])
    names = sorted(set(rows["label"]), key=method_order)
    sets = sorted(set(rows["dataset"]))
    design = np.array([
        [float(label == n) for n in names]
        + [float(dataset == s) - float(dataset == sets[-1]) for s in sets[:-1]]
        for label, dataset in zip(rows["label"], rows["dataset"], strict=True)
    ])  # fmt: skip
    means = rows.groupby(["label", "dataset"])["value"].mean()
    own = {n: means.loc[n].to_numpy(dtype=float) for n in names}
    if len(rows) <= design.shape[1]:
        return {n: list(own[n]) for n in names}
    fitted = np.linalg.lstsq(design, rows["value"].to_numpy(dtype=float))[0]
    return {n: list(own[n] + (fitted[i] - own[n].mean())) for i, n in enumerate(names)}


def gaia(store: Store) -> Table | None:
    """Every latent2d metric: intercept per method at each run's last step, published order beside."""
    rows = store.rows[(store.rows["kind"] == "method") & store.rows["metric"].str.startswith(FIRST)]
    rows = rows[(rows["status"] == "ok") & rows["value"].notna()]
    if not len(rows):
        return None
    rows = rows[rows["step"] == rows.groupby("run")["step"].transform("max")]
    metrics = list(dict.fromkeys(rows["metric"]))
    found = {
        metric: {
            n: store.estimate(metric, own) for n, own in intercepts(rows[rows["metric"] == metric]).items()
        }
        for metric in metrics
    }
    printed = {(v.method, v.metric): v for v in published.values() if v.protocol == "sainburg2018"}
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for name in sorted(set(rows["label"]), key=method_order):
        row, plain = {"Method": Cell(store.title(name), name)}, {"method": name}
        for metric in metrics:
            title = store.metric(metric)["title"]
            own = found[metric].get(name, Estimate(np.nan, np.nan, np.nan, 0))
            row[title] = estimate_cell(own, decimals(e.mean for e in found[metric].values())) if own.known else (
                Cell(f"{own.mean:.3f}", own.mean, f"n = {own.n}") if own.n else Cell(ABSENT))  # fmt: skip
            value = printed.get((name, metric))
            plain |= kept(f"{title} ", own) | {f"{title} published": value.value if value else None}  # type: ignore[dict-item]
            if any(m == metric for _, m in printed):
                row[f"{title}, published"] = Cell(value.text, value.value) if value else Cell(ABSENT)
        cells.append(row)
        frame.append(plain)
    parts = (
        f"data {listed(sorted(set(rows['dataset'])))}",
        f"split {listed(sorted(set(rows['split'])))}",
        f"n = {counted(rows['n'])}",
        f"step {counted(rows['step'])}",
        f"metric version {counted(rows['version'])}",
        *made_with(store, set(rows["run"])),
        "95% intervals",
    )
    head = " · ".join(part for part in parts if part)
    notes = ["Intercepts of an OLS regression on methods with sum-to-zero coded data sets: the mean over data "
             "sets; n counts data sets, which are what an interval is over.",
             "Sainburg et al. 2018, Table 1: not comparable in value (its estimators are not public, and the column heads are "
             "our reading); compare the order of the rows."]  # fmt: skip
    return Table.of(
        "gaia-table1",
        "Distances and densities in 2D (Sainburg et al. 2018, Table 1)",
        head,
        cells,
        frame,
        notes,
    )
