"""Two stores: identical, within noise, better, worse; and the exit code for CI."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.__main__ import main
from reports.answer import answer
from reports.compare import BETTER, NOISE, SAME, UNTESTED, WORSE, compare, levels, p_of, sample, verdict
from reports.store import Store
from reports.tables.collapse import collapse
from tests.reports.synthetic import write

KEPT = ("collapse.vendi_ratio", "collapse.collapsed", "fid.fid")


def slim(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["metric"].isin(KEPT)].copy()


def moved(shift: float, noise: float, method: str = "aegan"):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = slim(table)
        hit = (table["metric"] == "fid.fid") & (table["method"] == method)
        table.loc[hit, "value"] += shift + np.random.default_rng(0).normal(0, noise, hit.sum())
        return table

    return change


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("before"), change=slim, panels=False)


@pytest.mark.parametrize(
    ("shift", "noise", "verdict"), [(0, 0, SAME), (0, 20, NOISE), (-40, 5, BETTER), (40, 5, WORSE)]
)
def test_verdicts(before: Path, tmp_path: Path, shift: float, noise: float, verdict: str):
    after = write(tmp_path, change=moved(shift, noise), panels=False)
    found = compare(Store.open(before), Store.open(after))
    fid = {c.label: c.verdict for c in found.changes if c.metric == "fid.fid"}
    assert fid == {"gan": SAME, "aegan": verdict}
    assert main([str(before), str(after), "--fail-on-regression"]) == int(verdict == WORSE)
    assert main([str(before), str(after)]) == 0


def test_a_method_that_is_gone_is_a_regression(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    after = write(tmp_path, ("gan",), change=slim, panels=False)
    assert main([str(before), str(after), "--fail-on-regression"]) == 1
    assert "only before" in capsys.readouterr().out


def test_a_metric_that_is_gone_is_a_regression(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def without_fid(table: pd.DataFrame) -> pd.DataFrame:
        table = slim(table)
        return table[table["metric"] != "fid.fid"]

    after = write(tmp_path, change=without_fid, panels=False)
    assert main([str(before), str(after), "--fail-on-regression"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "only before" in said and "(fid.fid) of gan" in said and "(fid.fid) of aegan" in said


def test_other_seeds_are_compared_unpaired_and_one_seed_not_at_all(before: Path, tmp_path: Path):
    other = write(tmp_path / "other", seeds=range(10, 16), change=slim, panels=False)
    verdicts = {c.verdict for c in compare(Store.open(before), Store.open(other)).changes}
    assert verdicts <= {NOISE, SAME, BETTER, WORSE} and NOISE in verdicts
    one = write(tmp_path / "one", seeds=(20,), change=slim, panels=False)
    found = compare(Store.open(before), Store.open(one)).changes
    assert {c.verdict for c in found if c.metric == "fid.fid"} == {UNTESTED}


def test_a_shift_without_spread_is_untested_as_within_one_folder():
    a, b = {s: 1.0 for s in range(4)}, {s: 2.0 for s in range(4)}
    assert math.isnan(p_of(a, b, False)) and p_of(a, a, False) == 1
    assert verdict(1.0, 2.0, p_of(a, b, False), "higher", False) == "untested"
    rounding = p_of({0: 0.1, 1: 0.2, 2: 0.3}, {0: 0.2, 1: 0.3, 2: 0.4}, False)
    assert math.isnan(rounding), "equal but for rounding"


def test_a_change_has_the_sign_of_the_difference_that_was_tested():
    """A's runs of seeds 4 and 5 were lost: only the common seeds are compared, whatever the others say."""
    a = {0: 1.00, 1: 1.10, 2: 1.21, 3: 1.05}
    b = {0: 0.90, 1: 1.01, 2: 1.11, 3: 0.94, 4: 5.0, 5: 6.0}
    p = p_of(a, b, False)
    assert p < 0.001 and p.difference < 0 and levels(a, b, False)[1] == pytest.approx(0.99)
    assert verdict(1.09, 2.49, p, "lower", False) == "better"


def test_n_is_that_of_the_tested_sample():
    a, b = dict.fromkeys(range(4), 1.0), dict.fromkeys(range(6), 2.0)
    assert [len(v) for v in sample(a, b, False)] == [4, 4]
    assert [len(v) for v in sample(a, b, True)] == [4, 6], "counts of independent runs use every run"


def test_values_of_another_version_or_extractor_are_kept_apart_and_named(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def raised(table: pd.DataFrame) -> pd.DataFrame:
        table = slim(table)
        table.loc[table["metric"].str.startswith("collapse."), "version"] = 7
        return table

    after = write(tmp_path, change=raised, panels=False)
    meta = json.loads((after / "meta.json").read_text())
    meta["parts"][0]["extractor"]["detail"] = "accuracy 0.50"
    (after / "meta.json").write_text(json.dumps(meta))
    found = compare(Store.open(before), Store.open(after))
    assert not found.changes and len(found.apart) == 2
    assert main([str(before), str(after)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "collapse is version 1 before, 7 after" in said
    assert "accuracy 0.91 before, accuracy 0.50 after" in said


def test_each_number_of_samples_is_a_change_of_its_own(before: Path, tmp_path: Path) -> None:
    """What is measured on other numbers of samples is not compared, and said."""

    def sized(own: dict[str, int], factor: float = 1.0):
        def change(table: pd.DataFrame) -> pd.DataFrame:
            table = slim(table)
            table.loc[table["method"] == "aegan", "value"] *= factor
            return table.assign(n=table["method"].map(own))

        return change

    names = ("gan", "aegan", "ae")
    a = write(tmp_path / "a", names, change=sized({"gan": 1000, "aegan": 1000, "ae": 256}), panels=False)
    b = write(
        tmp_path / "b", names, change=sized({"gan": 1000, "aegan": 1000, "ae": 1000}, 1.5), panels=False
    )
    found = compare(Store.open(a), Store.open(b))
    told = {(c.label, c.title): c.verdict for c in found.changes if c.metric == "fid.fid"}
    assert len(told) == sum(c.metric == "fid.fid" for c in found.changes) == 2
    assert told["aegan", "FID [domain]"] == WORSE and told["gan", "FID [domain]"] == SAME
    assert any("fid of ae is measured on 256 samples before, 1,000 after" in line for line in found.apart)
    c = write(tmp_path / "c", names, change=sized({"gan": 1000, "aegan": 256, "ae": 256}), panels=False)
    pairs = [
        (c.label, c.title) for c in compare(Store.open(c), Store.open(c)).changes if c.metric == "fid.fid"
    ]
    assert sorted(pairs) == [
        ("ae", "FID [domain, n = 256]"), ("aegan", "FID [domain, n = 256]"), ("gan", "FID [domain, n = 1,000]")
    ]  # fmt: skip


def test_bad_calls(before: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(before)] * 3) == 2
    assert main([str(before), "--fail-on-regression"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_runs_that_are_lost_are_a_regression(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Most of a method's runs may be gone where what is left is within noise, or too little to test."""
    lost = {("aegan", seed): ("diverged", "loss is nan") for seed in (1, 2, 3)}
    lost["aegan", 5] = ("stopped", "time limit")
    after = write(tmp_path, lost=lost, change=slim, panels=False)
    found = compare(Store.open(before), Store.open(after))
    assert not found.regressed and not found.only_a
    assert found.lost == (f"{Store.open(after).views[0].id}: aegan, seeds 1, 2, 3, 5",)
    assert compare(Store.open(after), Store.open(before)).lost == ()
    view = Store.open(after).views[0]
    table = collapse(view)
    assert table is not None
    row = table.frame.set_index("method").loc["aegan"]
    assert (row["diverged"], row["failed"], row["stopped"]) == (3, 0, 1)
    told = answer(view).limits
    assert "3 runs were lost to failure or divergence and count in no mean." in told
    assert "1 run was stopped before the end and counts in no mean." in told
    assert main([str(before), str(after), "--fail-on-regression"]) == 1
    assert "lost after: " in capsys.readouterr().out


def test_a_method_that_was_skipped_changes_nothing_for_the_others(before: Path, tmp_path: Path) -> None:
    def skipped(table: pd.DataFrame) -> pd.DataFrame:
        table = slim(table)
        own = table[table["method"] == "gan"].head(1)
        absent = {"method": "icgan", "run": "", "status": "skipped", "reason": "no labels", "value": math.nan}
        return pd.concat([table, own.assign(**absent, precision="", seed=None, step=None)])

    after = Store.open(write(tmp_path, change=skipped, panels=False))
    assert [view.id for view in after.views] == [view.id for view in Store.open(before).views]
    assert "icgan" in set(after.views[0].rows["method"])
    assert {c.verdict for c in compare(Store.open(before), after).changes} == {SAME}
