"""Does the order of methods survive? Kendall's tau on known orders, and its table."""

import dataclasses
import math
from pathlib import Path

import pandas as pd
import pytest

from reports.tables import tables
from reports.tables.order import of_seeds, tau
from tests.reports.synthetic import store


def test_tau_of_equal_reversed_and_too_few() -> None:
    a = {"x": 1.0, "y": 2.0, "z": 3.0}
    assert tau(a, {"x": 10.0, "y": 20.0, "z": 30.0})[0] == 1
    found, p, n = tau(a, {"x": 3.0, "y": 2.0, "z": 1.0, "w": 0.0})
    assert (found, n) == (-1, 3) and p == pytest.approx(1 / 3)
    assert math.isnan(tau(a, {"x": 1.0, "y": 2.0})[0])
    per_seed = {name: {0: v, 1: v} for name, v in a.items()}
    other = {"x": {0: 1.0, 1: 3.0}, "y": {0: 2.0, 1: 2.0}, "z": {0: 3.0, 1: 1.0}}
    assert of_seeds(per_seed, other).points == (1.0, -1.0)


def test_the_table_says_whose_order_it_is(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan", "aae"), panels=False)
    assert "extractor-order" not in tables(made)
    own = made.rows[made.rows["metric"] == "fid.fid"].copy()
    reversed_order = own.assign(metric="extractors.fd_random", value=500 - own["value"], extractor="")
    rows = pd.concat([made.rows, own.assign(metric="extractors.mmd_random", extractor=""), reversed_order])
    table = tables(dataclasses.replace(made, rows=rows, memo={}))["extractor-order"]
    frame = table.frame.set_index("metric")
    assert frame.loc["extractors.mmd_random", "tau"] == 1 and frame.loc["extractors.fd_random", "tau"] == -1
    assert (frame["methods"] == 3).all() and "trained on the labels" in " ".join(table.notes)


def test_fid_through_another_extractor_is_another_distance_and_the_first_one_named_speaks(
    tmp_path: Path,
) -> None:
    made = store(tmp_path, ("gan", "aegan", "aae"), panels=False)
    own = made.rows[made.rows["metric"] == "fid.fid"]
    rows = pd.concat([made.rows, own.assign(value=500 - own["value"], extractor="random")])
    several = dataclasses.replace(made, rows=rows, memo={})
    found = tables(several)
    frame = found["extractor-order"].frame.set_index("extractor")
    assert frame.loc["random", "metric"] == "fid.fid" and frame.loc["random", "tau"] == -1
    assert {"FID \u2193 [domain]", "FID \u2193 [random]"} <= set(found["summary"].columns)
    assert several.views[0].at("fid.fid") == made.views[0].at("fid.fid")  # domain, the store's first
    several.meta["parts"][0]["extractor"] = {"name": "", "detail": "no labels"}
    unlabelled = dataclasses.replace(several, memo={})
    assert unlabelled.views[0].at("fid.fid") == made.views[0].at("fid.fid")  # the first that has values
    assert several.views[0].at("fid.fid", extractor="random") != made.views[0].at("fid.fid")
    assert "trained on the labels" in found["summary"].head
