"""Every table's numbers recomputed from the tidy table."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.intervals import mean_interval
from reports.statistics import fisher, wilson
from reports.store import Store
from reports.tables import claims, collapse, collapse_steps, runs, summary, tables
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, legible, number
from reports.tables.collapse import distinct
from reports.tables.reproduction import reproduction
from reports.tables.runs import failures
from tests.reports.synthetic import store


def values(s: Store, label: str, metric: str, step: int = 1500) -> np.ndarray:
    r = s.rows
    return (
        r.loc[(r["label"] == label) & (r["metric"] == metric) & (r["step"] == step), "value"]
        .dropna()
        .to_numpy()
    )


def test_collapse_counts_intervals_and_fisher(wide: Store):
    view = wide.views[0]
    table = collapse(view)
    assert table is not None
    rows = table.frame.set_index("method")
    k = {name: int(values(wide, name, "collapse.collapsed").sum()) for name in rows.index}
    n = {name: len(values(wide, name, "collapse.collapsed")) for name in rows.index}
    assert rows["collapsed"].to_dict() == k and rows["n"].to_dict() == n
    assert rows.loc["gan", "wilson_low"] == wilson(k["gan"], n["gan"]).low
    raw = sorted(fisher(k[name], n[name], k["gan"], n["gan"]) for name in rows.index if name != "gan")
    assert rows["fisher_p_holm"].min() == pytest.approx(3 * raw[0])
    x = values(wide, "aegan", "collapse.vendi_ratio")
    low, high = stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x))
    found = rows.loc["aegan", ["vendi_ratio_mean", "vendi_ratio_low", "vendi_ratio_high"]]
    assert found.tolist() == pytest.approx([x.mean(), low, high])


def test_diverged_runs_stand_apart_with_their_reason(wide: Store):
    table = collapse(wide.views[0])
    assert table is not None
    row = table.frame.set_index("method").loc["aae"]
    assert (row["n"], row["diverged"], row["reason"]) == (5, 1, "rec_x is NaN at step 700")
    listed = runs(wide)
    assert listed is not None
    assert "rec_x is NaN at step 700" in [cell.text for cell in listed.cells["Reason"]]


def test_metrics_that_failed_are_told_with_their_reason(tmp_path: Path):
    def failed(table: pd.DataFrame) -> pd.DataFrame:
        bad = (table["metric"] == "fid.fid") & (table["method"] == "gan")
        status, reason = table["status"].mask(bad, "failed"), table["reason"].mask(bad, "ValueError: oops")
        return table.assign(status=status, reason=reason, value=table["value"].mask(bad))

    made = store(tmp_path, ("gan", "aegan"), seeds=range(2), change=failed, panels=False)
    said = "fid.fid failed for GAN: ValueError: oops; the same command tries again."
    listed = runs(made)
    assert failures(made) == [said] and listed is not None and said in listed.notes


def test_a_variant_is_tested_against_the_plain_gan_and_has_no_published_value(wide: Store):
    table = collapse(wide.views[0])
    assert table is not None
    row = table.frame.set_index("method").loc["gan · critic_updates=joint"]
    assert row["fisher_against"] == "gan"
    assert "published" not in table.frame, "Lazarou's are of other images"
    assert any("Lazarou 2020, §4.1, Fig. 3 (anime-faces)" in note for note in table.notes)


def test_the_published_counts_stand_in_the_table_where_the_data_are_the_same(tmp_path: Path):
    there = store(tmp_path, change=lambda t: t.assign(dataset="anime-faces"), panels=False)
    table = collapse(there.views[0])
    assert table is not None
    assert table.frame.set_index("method").loc["gan", "published"] == "6/6"


def test_distinct_images_are_of_as_many_as_were_drawn(tmp_path: Path):
    """A data set with 360 test images has 360 samples, and a share of those."""

    def fewer(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(n=table["n"].mask(table["metric"].str.startswith("collapse."), 360))

    view = store(tmp_path, change=fewer, panels=False).views[0]
    view.about["distinct"] = [(0.01, 0.1), (0.1, 0.23), (1.0, 1.0)]
    table = collapse(view)
    assert table is not None and "Distinct of 360" in table.cells
    assert table.frame["distinct_mean"].max() <= 360 and any("to make 360" in note for note in table.notes)


def test_a_vendi_ratio_is_worth_a_number_of_distinct_images():
    curve = [(0.01, 0.02), (0.1, 0.23), (0.5, 0.8), (1.0, 1.0)]
    assert distinct(0.23, curve) == pytest.approx(100) and distinct(1.0, curve) == pytest.approx(1000)
    assert distinct(0.0, curve) == pytest.approx(10) and distinct(1.4, curve) == pytest.approx(1000)
    assert 100 < distinct(0.5, curve) < 500


def test_collapse_by_step(quick: Store):
    table = collapse_steps(quick.views[0])
    assert table is not None
    row = table.frame.set_index("method").loc["aegan"]
    assert row["collapsed_200"] == values(quick, "aegan", "collapse.collapsed", 200).sum()


def test_the_summary_has_a_row_per_method_and_reference_and_marks_what_the_test_says(wide: Store):
    table = summary(wide.views[0])
    assert table is not None
    rows = table.frame.set_index("name")
    x = values(wide, "aegan", "fid.fid")
    assert rows.loc["aegan", "FID ↓ [domain] mean"] == pytest.approx(x.mean())
    assert rows.loc["aegan", "FID ↓ [domain] n"] == 6 and rows.loc["aae", "FID ↓ [domain] n"] == 5
    assert rows.loc["real", "kind"] == "ceiling" and rows.loc["pixels", "kind"] == "baseline"
    best = {name for name in rows.index if rows.loc[name, "FID ↓ [domain] best"] is True}
    p = [stats.ttest_rel(x, values(wide, n, "fid.fid")).pvalue for n in ("gan", "gan · critic_updates=joint")]
    assert best == {"aegan"} and max(p) < 0.05 / 6
    assert "collapse.collapsed" not in " ".join(table.columns)


def test_extractors_and_sample_sizes_never_share_a_column(tmp_path):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        more = table[table["metric"] == "fid.fid"]
        inception = more.assign(extractor="inception-v3-compat", value=more["value"] + 1000)
        return pd.concat([table, inception, more.assign(n=500, value=more["value"] + 7)])

    s = store(tmp_path, change=change, panels=False)
    table = summary(s.views[0])
    assert table is not None
    fids = [c for c in table.columns if c.startswith("FID")]
    assert len(fids) == 3 and len(set(fids)) == 3
    means = table.frame.set_index("name")
    by_extractor = [means.loc["gan", f"{c} mean"] for c in fids]
    assert max(by_extractor) > 1000 and sum(v > 1000 for v in by_extractor) == 1
    assert "domain (" not in table.head and "inception-v3-compat" in table.head


def test_fewer_than_three_seeds_show_raw_points_and_nothing_is_best(tmp_path):
    s = store(tmp_path, seeds=(0, 1), panels=False)
    table = summary(s.views[0])
    assert table is not None
    cell = table.cells.set_index(table.frame["name"]).loc["aegan", "FID ↓ [domain]"]
    assert "\u00a0· " in cell.text and cell.detail == "n = 2, raw" and not cell.best
    assert any("no column" in note for note in table.notes)
    assert math.isnan(table.frame.set_index("name").loc["aegan", "FID ↓ [domain] low"])


def test_heads_name_everything(quick: Store):
    for name, table in tables(quick).items():
        if name != "runs":
            for part in (
                "toonfaces (16 px",
                "split test",
                "n = 1,000",
                "step ",
                "torch 2.15.0",
                "revision 0123456789ab",
            ):
                assert part in table.head, (name, part)
        assert len(table.cells) == len(table.kinds)


def test_two_data_sets_make_two_of_each_table(tmp_path):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        other = table.assign(dataset="digits", run=table["run"] + "d")
        return pd.concat([table, other])

    s = store(tmp_path, change=change, panels=False)
    assert {view.dataset for view in s.views} == {"toonfaces", "digits"}
    found = tables(s)
    assert {"summary-digits-aegan-fp32", "summary-toonfaces-aegan-fp32", "runs"} <= set(found)


def test_unequal_budgets_are_compared_at_the_last_common_step(tmp_path):
    s = store(
        tmp_path,
        panels=False,
        change=lambda t: t[~((t["method"] == "gan") & (t["step"] == 1500).fillna(False))],
    )
    assert s.views[0].step == 1000


def test_claims_and_published_values_are_judged(quick: Store):
    table = claims(quick.views[0])
    assert table is not None
    found = table.frame.set_index("claim")["verdict"]
    assert found["GAN collapses, AEGAN with the same generator does not"] == "holds"
    assert {"p", "p_holm"} <= set(table.frame) and "Holm over all" in table.notes[0]
    tested = table.frame.dropna(subset=["p"])
    assert (tested["p_holm"] >= tested["p"]).all() and (tested["p_holm"] > tested["p"]).any()
    assert reproduction(quick.views[0]) is None, "every published value is of other data"


@pytest.mark.parametrize(
    ("values", "places"),
    [([0.5], 3), ([12.0], 2), ([286.0], 1), ([3200.0], 0), ([0.0001], 5), ([], 2), ([float("nan")], 2)],
)
def test_decimals(values, places):
    assert decimals(values) == places


@pytest.mark.parametrize(
    ("mean", "places", "more"), [(0.0048, 2, 3), (0.475, 1, 2), (12.0, 1, 1), (0.0002, 3, 3), (0.0, 1, 1)]
)
def test_a_small_value_in_a_column_of_large_ones_stays_legible(mean: float, places: int, more: int) -> None:
    assert legible(mean, places) == more
    cell = estimate_cell(mean_interval([mean] * 3), places)
    assert cell.text == f"{mean:.{more}f}"


def test_numbers_have_a_true_minus_and_absent_ones_a_dash():
    assert number(-1234.5, 1) == "\u22121,234.5" and number(float("nan")) == ABSENT and number(None) == ABSENT


def test_a_row_that_lacks_a_column_has_a_dash_there():
    table = Table.of("t", "T", "", [{"a": Cell("1")}, {"a": Cell("2"), "b": Cell("3")}], [])
    assert [[cell.text for cell in cells] for _, cells in table.rows()] == [["1", ABSENT], ["2", "3"]]
