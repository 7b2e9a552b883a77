"""Ablations: paired differences, sentences no stronger than their intervals, ladders, sweeps, equal compute."""

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.ablation import Effect, bases, effects, grids, ladders, sweeps
from reports.figures.ablation import forest, heat, sensitivity
from reports.statistics import paired
from reports.store import Store
from reports.tables.ablation import ablations, ladder_tables
from reports.tables.base import head
from reports.tables.budgets import budgets
from tests.reports.synthetic import write

VARIANTS = ("", "rec_z=0", "rec_x=0", "rec_x=100", "rec_x=1, rec_z=0", "rec_x=1, rec_z=5", "only rec_x")
FACTORS = VARIANTS[1:-1]  # a rung has tables of its own
KEPT = ("collapse.vendi_ratio", "collapse.collapsed", "fid.fid")


def shifted(table: pd.DataFrame) -> pd.DataFrame:
    """Every variant gets its base's values; FID of rec_z=0 is 50 worse, with a little noise."""
    table = table[table["metric"].isin(KEPT)].copy()
    base = table[(table["method"] == "aegan") & (table["variant"] == "")]
    values = base.set_index(["seed", "step", "metric"])["value"]
    rng = np.random.default_rng(0)
    for i in table.index[(table["method"] == "aegan") & (table["variant"] != "")]:
        row = table.loc[i]
        value = values[row["seed"], row["step"], row["metric"]] + rng.normal(0, 1)
        table.loc[i, "value"] = value + 50 * (row["variant"] == "rec_z=0") * (row["metric"] == "fid.fid")
    return table


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = write(
        tmp_path_factory.mktemp("ablated"), variants={"aegan": VARIANTS}, change=shifted, panels=False
    )
    meta = json.loads((root / "meta.json").read_text())
    rungs = [("gan", ""), ("aegan", "only rec_x"), ("aegan", "")]
    meta["ladders"] = [
        {
            "title": "From GAN",
            "equals": "The ends are GAN and AEGAN.",
            "rungs": [{"method": m, "variant": v} for m, v in rungs],
        }
    ]
    (root / "meta.json").write_text(json.dumps(meta))
    return Store.open(root)


def fids(store: Store, label: str) -> np.ndarray:
    r = store.rows
    own = r[(r["label"] == label) & (r["metric"] == "fid.fid") & (r["step"] == 1500)]
    return own.sort_values("seed")["value"].to_numpy()


def test_effects_are_paired_tests_with_holm_inside_a_metric(ablated: Store):
    view = ablated.views[0]
    variants = bases(view)["aegan"]
    assert len(variants) == len(FACTORS)
    found = {e.factor: e for e in effects(view, "aegan", variants) if e.metric == "fid.fid"}
    raw = {v: stats.ttest_rel(fids(ablated, v), fids(ablated, "aegan")).pvalue for v in variants}
    effect = found["rec_z=0"]
    assert effect.test.mean == pytest.approx(
        (fids(ablated, "aegan · rec_z=0") - fids(ablated, "aegan")).mean()
    )
    assert effect.adjusted == pytest.approx(len(variants) * min(raw.values()))
    assert effect.tone == "bad" and "raises FID" in effect.sentence and "for the worse" in effect.sentence


def test_without_evidence_the_sentence_gives_the_interval_and_no_direction(ablated: Store):
    view = ablated.views[0]
    found = [e for e in effects(view, "aegan", bases(view)["aegan"]) if e.metric == "fid.fid" and not e.sure]
    assert len(found) == len(FACTORS) - 1
    for effect in found:
        assert "no effect on FID" in effect.sentence and "80% power" in effect.sentence
        assert "raises" not in effect.sentence and "lowers" not in effect.sentence and effect.tone == "quiet"
    short = dataclasses.replace(found[0], test=dataclasses.replace(found[0].test, p=math.nan, reason="n = 2"))
    assert "n = 2" in short.sentence


def test_the_table_has_every_factor_and_the_counts(ablated: Store):
    (table,) = ablations(ablated.views[0])
    assert set(table.frame["factor"]) == set(FACTORS)
    fallen = table.frame[table.frame["metric"] == "collapse.collapsed"]
    assert len(fallen) == len(FACTORS) and (fallen["n"] == 6).all()


def one_factor_each(table: pd.DataFrame) -> pd.DataFrame:
    """GAN and AEGAN, one variant each: GAN's FID moves by what alone is below 5%, AEGAN's by nothing but noise."""
    table = table[table["metric"] == "fid.fid"].copy()
    moved = {"gan": (1.0, 3.0, 2.0, -0.4, 1.5, 0.6), "aegan": (1.0, -1.0, 0.5, -0.6, 0.2, -0.2)}
    values = table[table["variant"] == ""].set_index(["method", "seed", "step"])["value"]
    for i in table.index[(table["kind"] == "method") & (table["variant"] != "")]:
        row = table.loc[i]
        table.loc[i, "value"] = (
            values[row["method"], row["seed"], row["step"]] + moved[row["method"]][int(row["seed"])]
        )
    return table


def test_one_factor_of_each_of_two_methods_is_a_family_of_two(tmp_path: Path):
    arms = {"gan": ("", "tuned"), "aegan": ("", "tuned")}
    view = Store.open(write(tmp_path, variants=arms, change=one_factor_each, panels=False)).views[0]
    (gan,), (aegan,) = (effects(view, base, own) for base, own in bases(view).items())
    assert gan.test.p < 0.05 < 2 * gan.test.p < aegan.test.p
    assert gan.adjusted == pytest.approx(2 * gan.test.p) and not gan.sure
    assert "once the other factors are counted" in gan.sentence
    assert all("Holm over the factors of all methods here (2)" in t.notes[0] for t in ablations(view))


def test_sweeps_and_grids_are_found_by_their_names(ablated: Store):
    view = ablated.views[0]
    assert [p.where["rec_x"] for p in sweeps(view, "aegan")["rec_x"]] == [0, 100]
    assert len(grids(view, "aegan")["rec_x", "rec_z"]) == 2
    for make in (forest, sensitivity, heat):
        assert make(view, "aegan") is not None
        assert make(view, "gan") is None


def test_ladders_compare_each_rung_with_the_one_before(ablated: Store):
    view = ablated.views[0]
    rungs = ["gan", "aegan · only rec_x", "aegan"]
    assert ladders(view) == [("From GAN", rungs, "The ends are GAN and AEGAN.")]
    (table,) = ladder_tables(view)
    assert "The ends are GAN and AEGAN." in table.notes
    p = stats.ttest_rel(fids(ablated, "aegan · only rec_x"), fids(ablated, "gan")).pvalue
    assert table.frame.loc[1, "FID ↓ [domain] p_holm"] == pytest.approx(2 * p)
    assert math.isnan(table.frame.loc[0, "FID ↓ [domain] p_holm"])


def test_equal_compute_is_a_row_of_its_own_and_no_factor(tmp_path: Path):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        dear = table[(table["method"] == "gan") & (table["variant"] != "") & (table["step"] == 1500)]
        return pd.concat([table, dear.assign(step=3600)])

    root = write(tmp_path, variants={"gan": ("", "compute of aegan")}, change=change, panels=False)
    meta = json.loads((root / "meta.json").read_text())
    meta["parts"][0]["arms"] = [{"method": "gan", "variant": "compute of aegan", "pflop": 0.036}]
    (root / "meta.json").write_text(json.dumps(meta))
    view = Store.open(root).views[0]
    assert view.step == 1500 and bases(view) == {}
    table = budgets(view)
    assert table is not None
    rows = table.frame.set_index("method")
    assert rows.loc["gan · compute of aegan", "step"] == 3600
    assert rows.loc["gan · compute of aegan", "pflop"] == pytest.approx(0.036)
    a, b = (view.at("fid.fid", s)[n] for n, s in (("gan · compute of aegan", 3600), ("aegan", 1500)))
    difference = rows.loc["gan · compute of aegan minus aegan", "FID ↓ [domain] mean"]
    assert difference == pytest.approx(np.mean([a[s] - b[s] for s in a]))


def in_bf16(variant: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """AEGAN's rows of this variant are of another precision."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        own = (table["method"] == "aegan") & (table["variant"] == variant)
        return table.assign(precision=np.where(own, "bf16", table["precision"]))

    return change


def test_precision_as_a_factor_is_one_table_with_its_paired_test(tmp_path: Path):
    arms = {"aegan": ("", "precision=bf16")}
    (view,) = Store.open(write(tmp_path, variants=arms, change=in_bf16("precision=bf16"), panels=False)).views
    assert view.id == "toonfaces-aegan" and "bf16, fp32" in head(view)
    assert set(view.labels) == {"gan", "aegan", "aegan · precision=bf16"}
    found = {e.metric: e for e in effects(view, "aegan", bases(view)["aegan"])}
    assert found["fid.fid"].factor == "precision=bf16" and found["fid.fid"].test.n == 6
    assert {"real", "mean-image"} <= set(view.rows["method"])


def test_one_method_in_two_precisions_is_two_tables(tmp_path: Path):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([table, in_bf16("")(table[table["method"] == "aegan"])], ignore_index=True)

    views = Store.open(write(tmp_path, change=change, panels=False)).views
    assert [view.id for view in views] == ["toonfaces-aegan-bf16", "toonfaces-aegan-fp32"]
    assert [view.labels for view in views] == [("aegan",), ("gan", "aegan")]


def test_the_same_effect_at_every_seed_is_said_as_one() -> None:
    test = paired(dict.fromkeys(range(10), 1.0), dict.fromkeys(range(10), 5.0))
    found = Effect("ALI", "modes.covered", "Covered modes ↑", "higher", 5.0, test, test.p)
    assert (
        found.sentence == "ALI: Covered modes is −4.000 from the base's at every seed."
        and found.tone == "bad"
    )
    none = Effect(
        "ALI",
        "m",
        "Covered modes ↑",
        "higher",
        5.0,
        paired({0: 5.0, 1: 5.0, 2: 5.0}, {0: 5.0, 1: 5.0, 2: 5.0}),
        1.0,
    )
    assert none.sentence == "ALI: Covered modes equals the base's at every seed."
