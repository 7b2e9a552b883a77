"""What RESULTS.md says of the collapse verdict beside blind readers' labels is what the committed labels say."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa, to_table

ROOT = Path(__file__).parents[2]
READERS = ["reader1", "reader2", "reader3"]
# measures of a rule: it says collapsed where each is below its cut, -name where above
RULES = (
    ("vendi_ratio",), ("dhash_diversity",), ("-dup",), ("vendi_ratio", "dhash_diversity"), ("vendi_ratio", "-sharpness"),
    ("vendi_ratio", "-dup"),
)  # fmt: skip


def labelled() -> pd.DataFrame:
    frame = pd.read_csv(ROOT / "reports" / "collapse-labels.csv")
    return frame.assign(majority=frame[READERS].isin({"few", "one"}).sum(axis=1) >= 2)


def agreement(a: np.ndarray, b: np.ndarray) -> str:
    """Cohen's kappa and its 95% interval."""
    found = cohens_kappa(to_table(np.column_stack([a, b]).astype(int))[0])
    return f"{found.kappa:.2f} [{found.kappa_low:.2f}, {found.kappa_upp:.2f}]"


def measure(frame: pd.DataFrame, name: str) -> np.ndarray:
    values = frame[name.lstrip("-")].to_numpy()
    return -values if name.startswith("-") else values


def says(frame: pd.DataFrame, rule: tuple[str, ...], cuts: tuple[float, ...]) -> np.ndarray:
    pairs = zip(rule, cuts, strict=True)
    return np.logical_and.reduce([measure(frame, name) < cut for name, cut in pairs])


def fitted(frame: pd.DataFrame, rule: tuple[str, ...]) -> tuple[float, ...]:
    """The cuts between the grids' values that agree with the majority most often."""
    values = [np.unique(measure(frame, name)) for name in rule]
    cuts = [(v[1:] + v[:-1]) / 2 for v in values]
    return max(product(*cuts), key=lambda at: np.mean(says(frame, rule, at) == frame["majority"]))


def test_the_readers_and_the_verdict() -> None:
    frame = labelled()
    text = " ".join((ROOT / "RESULTS.md").read_text().split())
    fallen = frame[READERS].isin({"few", "one"}).to_numpy().astype(int)
    assert f"Fleiss' kappa {fleiss_kappa(aggregate_raters(fallen)[0]):.2f})" in text
    majority, verdict = frame["majority"].to_numpy(), frame["collapsed"].to_numpy() == 1
    assert f"Cohen's kappa {agreement(majority, verdict)}" in text
    missed, added = (majority & ~verdict).sum(), (~majority & verdict).sum()
    said = f"misses {missed} of the {majority.sum()} grids that they call collapsed and adds {added} of the {(~majority).sum()}"
    assert said in text
    real = (frame["store"] == "degraded").sum()
    assert f"labelled {len(frame)} grids ({len(frame) - real} of stored runs, {real} of real images" in text


def test_no_simple_rule_does_clearly_better_on_the_half_it_has_not_seen() -> None:
    frame = labelled()
    chosen, held = frame[frame["half"] == "choose"], frame[frame["half"] == "held"]
    text = " ".join((ROOT / "RESULTS.md").read_text().split())
    found = [agreement(held["majority"], says(held, rule, fitted(chosen, rule))) for rule in RULES]
    today = agreement(held["majority"], held["collapsed"] == 1)
    assert f"at best {max(found)}, the verdict there {today}" in text
    assert f"fitted on {len(chosen)} of the grids none does clearly better on the other {len(held)}" in text
