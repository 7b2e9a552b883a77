"""The rule of admission: limits by hand, verdicts by the interval, and what it does not judge."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from reports.admission import (
    ADMITTED,
    FAILED,
    NONE,
    OPEN,
    PASSED,
    REFUSED,
    UNJUDGED,
    admissions,
    drawing_limit,
    judged,
)
from reports.statistics import mean_interval
from reports.store import Store
from reports.tables import tables
from tests.reports.synthetic import store

SHARES = {"gan": 0.05, "aegan": 0.9, "aae": 0.5}
REFERENCES = {"real": 0.95, "untrained": 0.05, "shuffled": 0.01}


def recognised(root: Path, references: dict[str, float] = REFERENCES) -> Store:
    """A store with shares of recognised samples, spread a little over seeds."""
    made = store(root, ("gan", "aegan", "aae"), panels=False)
    own = made.rows[made.rows["metric"] == "fid.fid"]
    methods = own[own["kind"] == "method"].copy()
    methods["value"] = methods["method"].map(SHARES) + 0.01 * (methods["seed"].astype(int) - 2)
    others = own[(own["kind"] != "method")].iloc[:1]
    extra = [others.assign(method=n, run=n, value=v, kind="baseline") for n, v in references.items()]
    rows = pd.concat([methods, *extra]).assign(metric="recognition.recognised", extractor="domain")
    return dataclasses.replace(made, rows=pd.concat([made.rows, rows], ignore_index=True), memo={})


def test_the_limit_lies_half_way_from_nothing_to_real_images(tmp_path: Path) -> None:
    assert drawing_limit(recognised(tmp_path).views[0]) == (pytest.approx(0.5), "")
    fooled = recognised(tmp_path / "fooled", REFERENCES | {"shuffled": 0.8})
    limit, why = drawing_limit(fooled.views[0])
    assert limit != limit and "80%" in why
    judgements = {name.method: own.draws.verdict for name, own in admissions(fooled.views[0]).items()}
    assert judgements == {"gan": FAILED, "aegan": UNJUDGED, "aae": UNJUDGED}  # all runs of gan collapsed
    said = admissions(fooled.views[0])["aegan"].because
    assert said == "not judged here, because the classifier recognises 80% of what is no image"
    assert ADMITTED not in {
        a.verdict for a in admissions(fooled.views[0]).values()
    }  # by its reconstructions alone


def test_an_interval_decides(tmp_path: Path) -> None:
    high, low, wide = ([x - 0.01, x, x + 0.01] for x in (0.9, 0.1, 0.5))
    assert [judged(mean_interval(v), 0.5, True).verdict for v in (high, low, wide)] == [PASSED, FAILED, OPEN]
    assert [judged(mean_interval(v), 0.5, False).verdict for v in (high, low, wide)] == [FAILED, PASSED, OPEN]
    assert judged(mean_interval([0.9, 0.9]), 0.5, True).verdict == OPEN
    assert judged(mean_interval([]), 0.5, True).verdict == NONE


def test_each_method_is_judged_alone(tmp_path: Path) -> None:
    made = recognised(tmp_path)
    found = admissions(made.views[0])
    assert {name: own.verdict for name, own in found.items()} == {
        "gan": REFUSED,
        "aegan": ADMITTED,
        "aae": OPEN,
    }
    assert found["gan"].reconstructs.verdict == NONE and found["gan"].reconstructs.reason == "no encoder"
    assert found["aegan"].reconstructs.verdict == PASSED  # 0.27 against the mean image's 0.31
    made.meta["methods"]["aae"]["ex_post"] = True
    assert admissions(dataclasses.replace(made, memo={}).views[0])["aae"].verdict == ADMITTED
    alone = dataclasses.replace(made, rows=made.rows[made.rows["method"] != "gan"], memo={})
    assert admissions(alone.views[0])["aegan"] == found["aegan"]


def test_what_a_classifier_recognises_in_a_collapsed_run_admits_nobody(tmp_path: Path) -> None:
    """One of six: undecided, and all six: failed; what failed before stays so."""
    made = recognised(tmp_path)
    of_collapse = made.rows["metric"] == "collapse.collapsed"

    def draws(name: str, seeds: set[int]) -> tuple[str, str]:
        rows = made.rows.copy()
        own = of_collapse & (rows["method"] == name)
        rows.loc[own, "value"] = rows.loc[own, "seed"].isin(seeds).astype(float)
        check = admissions(dataclasses.replace(made, rows=rows, memo={}).views[0])[name].draws
        return check.verdict, check.reason

    assert draws("aegan", set()) == (PASSED, "")
    assert draws("aegan", {0}) == (OPEN, "1 of 6 runs collapsed")
    assert draws("aegan", set(range(6))) == (FAILED, "6 of 6 runs collapsed")
    assert draws("gan", {0}) == (FAILED, "1 of 6 runs collapsed")


def test_a_method_whose_runs_diverged_is_not_admitted_by_the_others(tmp_path: Path) -> None:
    """One of six: undecided, and all six: failed, where the classifier can judge."""
    made = recognised(tmp_path)
    own = made.rows["method"] == "aegan"

    def without(seeds: set[int]) -> Store:
        gone = own & made.rows["seed"].isin(seeds)
        ends = made.rows[gone].drop_duplicates("run").assign(
            metric="", status="diverged", reason="a loss is not finite", value=float("nan"), step=700
        )  # fmt: skip
        return dataclasses.replace(made, rows=pd.concat([made.rows[~gone], ends], ignore_index=True), memo={})

    one = admissions(without({0}).views[0])["aegan"]
    assert (one.draws.verdict, one.reconstructs.verdict, one.verdict) == (OPEN, OPEN, OPEN)
    assert one.draws.reason == "1 of 6 runs diverged" and one.draws.value.n == 5
    every = without(set(range(6)))
    found = admissions(every.views[0])
    assert found["aegan"].draws.verdict == FAILED and found["aegan"].verdict == REFUSED
    assert found["gan"].reconstructs.verdict == NONE
    cell = tables(every)["admission"].cells.set_index("Method")
    assert "diverged" in " ".join(each.detail for row in cell.itertuples() for each in row[1:])


def test_the_table_stands_where_recognition_was_measured(tmp_path: Path) -> None:
    made = recognised(tmp_path)
    table = tables(made)["admission"]
    assert list(table.frame["verdict"]) == [REFUSED, OPEN, ADMITTED]
    assert "1 of 3 are admitted" in table.notes[0] and "0.50" in table.notes[1]
    assert "admission" not in tables(store(tmp_path / "plain", panels=False))
