"""The papers' tables: our rows above the published ones, GAIA's intercepts, the scorecard, what was lost."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from reports.statistics import compare_column
from reports.store import Store
from reports.tables import tables
from reports.tables.factors import factors
from reports.tables.gaia import gaia, intercepts
from reports.tables.published_rows import labels, modes
from reports.tables.scorecard import ranks, scorecard
from tests.reports.synthetic import store


def renamed(names: dict[str, str], dataset: str | None = None):
    """A synthetic table whose metrics play other parts."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table[table["metric"].isin(names)].copy()
        table["metric"] = table["metric"].map(names)
        return table.assign(dataset=dataset) if dataset else table

    return change


def celeba(table: pd.DataFrame) -> pd.DataFrame:
    """The synthetic table as if it were of CelebA."""
    return table.assign(dataset="celeba")


def test_label_similarity_has_every_baseline_and_no_value_of_other_data(quick: Store):
    table = labels(quick.views[0])
    assert table is not None
    rows = table.frame.set_index(["kind", "name"])
    assert {("baseline", "pixels"), ("baseline", "random")} <= set(rows.index)
    assert "published" not in set(table.frame["kind"])
    assert any(
        note == "Published on other data, and so not shown: Luo et al. 2017, Table 2 (celeba)."
        for note in table.notes
    )


def test_published_rows_of_the_same_data_stand_in_the_table(tmp_path: Path):
    def both(table: pd.DataFrame) -> pd.DataFrame:
        own = table[table["metric"] == "search.top1"]
        return celeba(pd.concat([own, own.assign(metric="luo.top1", n=64)]))

    s = store(tmp_path, seeds=(0, 1, 2), change=both, panels=False)
    table = labels(s.views[0])
    assert table is not None and list(table.frame.filter(like=" mean")) == ["luo top1 mean"]
    rows = table.frame.set_index(["kind", "name"])
    assert rows.loc[("published", "inverse"), "luo top1 mean"] == 0.7918
    wanted = "Luo et al. 2017, Table 2: not at its protocol: its settings were not recorded here."
    assert wanted in table.notes, "the baseline dhash has a value of ours"
    assert any(note.startswith("Nothing is marked best") for note in table.notes), "one method has values"


def test_bold_is_explained_where_it_can_be(wide: Store):
    table = labels(wide.views[0])
    assert table is not None
    assert any(note.startswith("Bold: better than every other method") for note in table.notes)


def test_modes_stand_beside_published_rows_of_the_same_mixture_only(tmp_path: Path):
    """PacGAN's ring is ours; VEEGAN's is another one."""
    names = {"collapse.vendi_ratio": "modes.covered", "collapse.dup": "modes.high_quality"}
    table = modes(store(tmp_path, change=renamed(names, "ring8"), panels=False).views[0])
    assert table is not None
    published = table.frame[table.frame["kind"] == "published"]
    column = next(c for c in published if "modes.covered" in c or ("covered" in c and c.endswith("mean")))
    assert published.loc[published["name"] == "gan", column].tolist() == [6.3]


def test_intercepts_are_those_of_a_sum_coded_regression():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame([{"label": m, "dataset": d, "value": i + 3 * j + rng.normal()}
                         for i, m in enumerate(("ae", "gaia")) for j, d in enumerate(("blobs", "circles", "moons"))
                         for _ in range(4)])  # fmt: skip
    found = intercepts(rows)
    balanced = rows.groupby(["label", "dataset"])["value"].mean()
    assert found["ae"] == pytest.approx(list(balanced["ae"])) and len(found["ae"]) == 3
    gap = rows.drop(index=rows.index[:3])  # unbalanced: a mean would follow the data sets that are left
    fit = smf.ols("value ~ 0 + C(label) + C(dataset, Sum)", gap).fit()
    found = intercepts(gap)
    assert np.mean(found["ae"]) == pytest.approx(fit.params["C(label)[ae]"])
    assert np.mean(found["ae"]) != pytest.approx(gap.groupby("label")["value"].mean()["ae"])
    assert np.diff(found["gaia"]) == pytest.approx(np.diff(balanced["gaia"]))


def test_gaia_covers_all_data_sets_of_a_store(tmp_path: Path):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = renamed({"collapse.vendi_ratio": "latent2d.pearson"}, "moons")(table)
        others = [
            table.assign(dataset=name, run=table["run"] + name, value=(1 + table["value"]) / 2)
            for name in ("blobs", "varied")
        ]
        return pd.concat([table, *others])

    s = store(tmp_path, ("ae", "aegan"), change=change, panels=False)
    s.meta["metrics"]["latent2d.pearson"] = {"low": -1, "high": 1}
    table = gaia(s)
    assert table is not None and "gaia-table1" in tables(s)
    rows = table.frame.set_index("method")
    title = next(c.removesuffix(" mean") for c in rows if c.endswith(" mean"))
    last = s.rows[(s.rows["step"] == 1500) & (s.rows["label"] == "ae")]
    assert rows.loc["ae", f"{title} mean"] == pytest.approx(last["value"].mean())
    assert rows.loc["ae", f"{title} published"] == 0.58
    assert rows.loc["ae", f"{title} n"] == 3, "the data sets, not their runs, are what the interval is over"
    assert -1 <= rows.loc["ae", f"{title} low"] < rows.loc["ae", f"{title} high"] <= 1


def test_the_scorecard_names_its_measures_and_ranks_over_seeds(wide: Store):
    table = scorecard(wide.views[0])
    assert table is not None
    assert {"Generates?", "Covers?", "Reconstructs?", "Searches?", "Cost (TFLOP)", "Mean rank"} <= set(
        table.columns
    )
    assert "FID [domain], lower is better" in table.notes[0]
    rows = table.frame.set_index("method")
    assert (
        rows.loc["gan", "Cost (TFLOP)"] == 10 and rows.loc["aegan", "rank n"] == 5
    )  # a seed at which another one was lost


def test_ranks_share_ties_and_are_of_methods_that_answer_everything():
    def column(values: dict[str, dict[int, float]], better: str, alike: list[tuple[str, ...]] | None = None):
        return values, better, compare_column(values, better, alike or [])

    a = column({"x": {0: 1.0}, "y": {0: 1.0}, "z": {0: 3.0}}, "lower")
    b = column({"x": {0: 1.0}, "y": {0: 5.0}}, "higher")
    assert ranks({"a": a, "b": b}) == {"x": {0: (1.5 + 2) / 2}, "y": {0: (1.5 + 1) / 2}}
    assert ranks({"a": a}) == {"x": {0: 1.5}, "y": {0: 1.5}, "z": {0: 3.0}}
    assert ranks({"a": a, "b": column({"x": {0: 1.0}}, "higher")}) == {}, "nobody to be compared with"
    shared = column({"x": {0: 2.0}, "y": {0: 2.0}, "z": {0: 3.0}}, "lower", [("x", "y")])
    assert ranks({"a": shared}) == {"x": {0: 1.0}, "y": {0: 1.0}, "z": {0: 2.0}}, "one generator, one rank"


def test_what_was_lost_is_a_row_per_factor_and_not_in_the_summary(tmp_path: Path):
    names = {
        "collapse.vendi_ratio": "manifold.kept_hair_colour",
        "collapse.dup": "manifold.kept_glasses",
        "fid.fid": "fid.fid",
    }
    s = store(tmp_path, change=renamed(names), panels=False)
    table = factors(s.views[0])
    assert table is not None and table.frame["factor"].tolist() == ["hair colour", "glasses"]
    found = tables(s)
    assert "factors" in found and not any("kept" in c for c in found["summary"].columns)
