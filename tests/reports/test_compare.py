"""Two stores: identical, within noise, better, worse; and the exit code for CI."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.__main__ import main
from reports.compare import BETTER, NOISE, SAME, UNTESTED, WORSE, compare, p_of
from reports.store import Store
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


def test_other_seeds_are_compared_unpaired_and_one_seed_not_at_all(before: Path, tmp_path: Path):
    other = write(tmp_path / "other", seeds=range(10, 16), change=slim, panels=False)
    verdicts = {c.verdict for c in compare(Store.open(before), Store.open(other)).changes}
    assert verdicts <= {NOISE, SAME, BETTER, WORSE} and NOISE in verdicts
    one = write(tmp_path / "one", seeds=(20,), change=slim, panels=False)
    found = compare(Store.open(before), Store.open(one)).changes
    assert {c.verdict for c in found if c.metric == "fid.fid"} == {UNTESTED}


def test_a_shift_without_spread_is_beyond_noise():
    a = {s: 1.0 for s in range(4)}
    assert p_of(a, {s: 2.0 for s in range(4)}, False) == 0 and p_of(a, a, False) == 1


def test_bad_calls(before: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(before)] * 3) == 2
    assert main([str(before), "--fail-on-regression"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
