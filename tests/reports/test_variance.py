"""The spread over seeds by source: its interval by another formula, its table, and that arms of it enter no comparison."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.frames import Label
from reports.tables import tables
from reports.tables.variance import spread
from tests.reports.synthetic import store


def test_the_interval_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(3, 2, (4000, 5))
    found = [spread(row) for row in draws]
    assert 0.94 < np.mean([each.low < 2 < each.high for each in found]) < 0.96
    own = spread([1.0, 2.0, 4.0])
    assert own.mean == pytest.approx(stats.tstd([1, 2, 4])) and own.n == 3
    assert np.isnan(spread([1.0, 2.0]).low) and spread([1.0]).n == 0


def test_one_column_a_choice_and_no_comparison(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan"), panels=False)
    assert "variance" not in tables(made)
    gan = made.rows[made.rows["method"] == "gan"]
    own = gan.assign(variant="vary=init", run="v" + gan["run"], value=100 + gan["value"] / 10)
    own["label"] = pd.Series([Label("gan", "vary=init")] * len(own), index=own.index, dtype=object)
    wide = dataclasses.replace(made, rows=pd.concat([made.rows, own], ignore_index=True), memo={})
    found = tables(wide)
    frame = found["variance"].frame.set_index(["metric", "sources"])
    usual, varied = (frame.loc[("fid.fid", name), "sd mean"] for name in ("init+order+noise", "init"))
    assert varied == pytest.approx(usual / 10)
    assert "initial weights" in " ".join(found["variance"].notes)
    assert set(wide.views[0].labels) == {"gan", "aegan"} and "ablation-gan" not in found
    assert list(found["variance"].cells["Method"].map(lambda cell: cell.value).unique()) == ["gan"]


def test_a_row_for_each_arm(tmp_path: Path) -> None:
    """The spread of a changed method stands in a row of its own, whose usual column is the changed method's too."""
    made = store(tmp_path, ("gan", "aegan"), panels=False)
    gan = made.rows[made.rows["method"] == "gan"]
    rows = [made.rows]
    for scale, variant in ((10, "vary=init"), (2, "lr=0.1"), (20, "lr=0.1, vary=init")):
        own = gan.assign(variant=variant, run=variant + gan["run"], value=100 + gan["value"] / scale)
        own["label"] = pd.Series([Label("gan", variant)] * len(own), index=own.index, dtype=object)
        rows.append(own)
    frame = tables(dataclasses.replace(made, rows=pd.concat(rows, ignore_index=True), memo={}))[
        "variance"
    ].frame
    sd = frame[frame["metric"] == "fid.fid"].set_index(["variant", "sources"])["sd mean"]
    assert sd["lr=0.1", "init"] == pytest.approx(sd["", "init"] / 2)
    assert sd["lr=0.1", "init+order+noise"] == pytest.approx(sd["", "init+order+noise"] / 2)


@pytest.mark.parametrize(
    ("variant", "sources", "unvaried"),
    [
        ("", "", ""),
        ("vary=init+order", "init+order", ""),
        ("lr=0.1, vary=split", "split", "lr=0.1"),
        ("lr=0.1", "", "lr=0.1"),
        ("may vary=much", "", "may vary=much"),
    ],
)
def test_sources_are_read_off_a_variant(variant: str, sources: str, unvaried: str) -> None:
    label = Label("gan", variant)
    assert label.varied == sources and label.unvaried == Label("gan", unvaried)
    assert label.apart == bool(sources)


def test_the_head_says_what_the_seed_decides(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan"), panels=False)
    assert "seeds decide" not in tables(made)["summary"].head
    made.meta["parts"][0]["config"]["vary"] = ["split"]
    assert "seeds decide split alone" in tables(dataclasses.replace(made, memo={}))["summary"].head
