"""What tuning at equal budgets gave: each setting on fresh seeds side by side, and the best of n trials to be expected."""

import math
from typing import Any

from reports.frames import Label
from reports.searching import Best, expected_best
from reports.statistics import holm, paired
from reports.store import View
from reports.style import method_order
from reports.tables.ablation import difference
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, head, kept, number, p_value

SETTINGS = {"": "Common", "paper": "Paper's", "tuned": "Tuned"}
BUDGETS = (1, 2, 5, 10, 20, 50, 100)
EXPECTED = (
    "The expected best of n trials and its standard deviation, exact sums over the trials made (Dodge et al. 2019). A trial "
    "stopped early counts with its value there, one that failed with the method's worst."
)


def trials(view: View) -> dict[str, list[dict[str, Any]]]:
    """Returns the trials of each method in their order; empty where the store's plan was not tuned."""
    told = view.store.meta.get("tuning") or {}
    found: dict[str, list[dict[str, Any]]] = {}
    for trial in told.get("trials", []):
        found.setdefault(trial["method"], []).append(trial)
    return dict(sorted(found.items(), key=lambda item: method_order(item[0])))


def expectation(view: View) -> dict[str, list[Best]]:
    """Returns each method's best of 1, 2, .. trials on validation images; none where every trial failed."""
    higher = (view.store.meta.get("tuning") or {}).get("better") == "higher"
    found = {}
    for method, own in trials(view).items():
        known = [t["score"] for t in own if t["score"] is not None and t["state"] != "failed"]
        if known:
            worst = min(known) if higher else max(known)
            scores = [worst if t["state"] == "failed" or t["score"] is None else t["score"] for t in own]
            found[method] = expected_best(scores, higher)
    return found


def chosen(trial: dict[str, Any]) -> str:
    """Returns a trial's settings for people."""
    return ", ".join(
        f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in trial["chosen"].items()
    )


def tuning(view: View) -> Table | None:
    """One row a method: common, paper's and tuned setting on fresh seeds and test images; the difference, paired over seeds."""
    told = view.store.meta.get("tuning")
    if not told:
        return None
    metric = told["metric"]
    values = view.at(metric)
    places = decimals(v for own in values.values() for v in own.values())
    gains = {m: paired(values.get(Label(m, "tuned"), {}), values.get(Label(m), {})) for m in trials(view)}
    adjusted = dict(zip(gains, holm([gain.p for gain in gains.values()]), strict=True))
    cells: list[dict[str, Cell]] = []
    frame: list[dict[str, Any]] = []
    for method, own in trials(view).items():
        row = {"Method": Cell(view.store.title(method), method)}
        plain: dict[str, Any] = {"method": method}
        for variant, title in SETTINGS.items():
            found = view.store.estimate(metric, list(values.get(Label(method, variant), {}).values()))
            row[title] = estimate_cell(found, places)
            plain |= kept(f"{variant or 'common'} ", found)
        gain = gains[method]
        row["Tuned minus common"] = difference(gain, places) if gain.n else Cell(ABSENT)
        row["p (Holm)"] = p_value(adjusted[method])
        plain |= {"gain": gain.mean, "gain low": gain.low, "gain high": gain.high}
        plain |= {"gain p": gain.p, "gain p_holm": adjusted[method]}
        best = next((t for t in own if t["trial"] == told["chosen"].get(method)), None)
        row["Setting chosen"] = Cell(chosen(best) or "nothing to choose") if best else Cell(ABSENT)
        row["On validation"] = (
            Cell(number(best["score"], places), best["score"], f"best of {len(own)}")
            if best
            else Cell(ABSENT)
        )
        early, failed = (sum(t["state"] == state for t in own) for state in ("pruned", "failed"))
        row["Trials"] = Cell(str(len(own)), len(own), f"{early} stopped early, {failed} failed")
        plain |= {"chosen": chosen(best) if best else "", "validation": best["score"] if best else math.nan}
        plain |= {"trials": len(own), "stopped early": early, "failed": failed}
        cells.append(row)
        frame.append(plain)
    seeds = ", ".join(map(str, told["seeds"]))
    notes = [
        f"Trials: seed{'s' * (len(told['seeds']) > 1)} {seeds}, validation images held out of the training part; what is shown: "
        f"seeds {told['fresh'][0]} to {told['fresh'][-1]}, test images, which no choice has seen.",
        "Tuned minus common: paired over seeds; the interval is of one difference alone, p is Holm-corrected over the "
        f"{sum(map(math.isfinite, adjusted.values()))} methods of this column. The number of trials is equal, the sizes of the "
        "spaces are not.",
        *(
            f"{method}: {'; '.join(f'{name} {axis}' for name, axis in axes.items()) or 'nothing to choose'}."
            for method, axes in told["spaces"].items()
        ),
    ]
    rows = view.here[view.here["metric"] == metric]
    title = f"{view.store.metric(metric)['title']} after {told['budget']} trials of each method"
    return Table.of("tuning", title, head(view, rows), cells, frame, notes)


def tuning_budget(view: View) -> Table | None:
    """The expected best of n trials, a column a budget."""
    curves = expectation(view)
    if not curves:
        return None
    told = view.store.meta["tuning"]
    places = decimals(best.mean for curve in curves.values() for best in curve)
    largest = max(map(len, curves.values()))
    shown = [n for n in BUDGETS if n < largest] + [largest]
    cells, frame = [], []
    for method, curve in curves.items():
        at = {best.budget: best for best in curve}
        row = {"Method": Cell(view.store.title(method), method)}
        for n in shown:
            best = at.get(n)
            row[f"Best of {n}"] = (
                Cell(number(best.mean, places), best.mean, f"± {number(best.sd, places)}")
                if best
                else Cell(ABSENT)
            )
        cells.append(row)
        frame += [{"method": method, "budget": b.budget, "mean": b.mean, "sd": b.sd} for b in curve]
    title = f"{view.store.metric(told['metric'])['title']} on validation images against the budget of trials"
    return Table.of("tuning-budget", title, f"{view.dataset} · {told['metric']}", cells, frame, [EXPECTED])
