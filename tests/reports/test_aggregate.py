"""Scores put together: the library's values, hand-made cases, who is a contestant, and what a store of three data sets says."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.__main__ import main
from reports.across import of_view, of_views
from reports.aggregate import boot, chance_above, improvement, interquartile_mean, profile
from reports.figures.profiles import performance_profile
from reports.frames import Label
from reports.store import Store
from reports.tables import tables
from tests.reports.synthetic import store, write

A = [[0.53, 0.47, 0.63, 0.52], [0.39, 0.57, 0.76, 0.69], [0.36, 0.25, 0.38, 0.51], [0.03, 0.46, 0.25, 0.35],
     [0.39, 0.44, 0.58, 0.71], [0.47, 0.77, 0.37, 0.57], [0.68, 0.52, 0.35, 0.32]]  # fmt: skip
B = [[0.26, 0.47, 0.1, 0.34], [0.35, 0.56, 0.46, 0.51], [0.2, 0.36, 0.64, 0.85], [0.02, 0.85, 0.8, 0.63],
     [0.48, 0.31, 0.84, 0.99], [0.94, 0.79, 0.51, 0.04], [0.4, 0.6, 0.01, 0.52]]  # fmt: skip
TASKS = ("a", "b", "c", "d")


def test_values_are_rliables() -> None:
    """rliable 1.2.0: aggregate_iqm, probability_of_improvement and score_distributions of these arrays."""
    a, b = np.array(A), np.array(B)
    assert interquartile_mean(a, TASKS).value == pytest.approx(0.47071428571428575)
    assert improvement(a, b, TASKS).value == pytest.approx(0.4719387755102041)
    shares = [found.value for found in profile(a, TASKS, (0.25, 0.5, 0.75))]
    assert shares == pytest.approx([0.89285714, 0.46428571, 0.07142857])


def test_the_probability_is_mann_and_whitneys_also_with_ties() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 4, (6, 3)) / 4, rng.integers(0, 4, (9, 3)) / 4
    u = [stats.mannwhitneyu(a[:, i], b[:, i]).statistic / (6 * 9) for i in range(3)]
    assert float(chance_above(a, b)) == pytest.approx(np.mean(u))


def test_intervals_agree_with_another_bootstrap_and_hold_the_value() -> None:
    a = np.array(A)
    found = interquartile_mean(a, TASKS)
    rng = np.random.default_rng(11)
    again = []
    for _ in range(4000):
        columns = [rng.choice(a[:, i], len(a)) for i in range(4)]
        again.append(stats.trim_mean(np.concatenate(columns), 0.25))
    assert (found.low, found.high) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.01)
    assert found.low < found.value < found.high
    few = interquartile_mean(a[:4], TASKS)
    assert np.isnan(few.low) and np.isfinite(few.value)  # 4 runs in each of 4 strata


def test_questions_to_the_same_runs_are_no_further_runs() -> None:
    """28 scores, but 7 runs: no interval, whatever is asked of them."""
    a, one = np.array(A), ("x",) * 4
    found = [interquartile_mean(a, one), improvement(a, np.array(B), one), *profile(a, one, (0.5,))]
    assert all(np.isnan(each.low) and np.isfinite(each.value) for each in found)
    assert np.isfinite(interquartile_mean(np.tile(a, (3, 1)), one).low)  # 21 runs


def test_tasks_of_one_stratum_are_resampled_together() -> None:
    scores = np.tile(np.arange(5.0)[:, None], 3)
    together, apart = boot(scores, ("x", "x", "y")), boot(scores, ("x", "y", "z"))
    assert (together[..., 0] == together[..., 1]).all() and (together[..., 0] != together[..., 2]).any()
    assert (apart[..., 0] != apart[..., 1]).any()


def three(root: Path, rows: pd.DataFrame | None = None) -> Store:
    """One store, its rows once more on two other data sets, there shifted a little."""
    made = store(root, ("gan", "aegan", "aae"), range(8), panels=False)
    own = made.rows if rows is None else rows
    every = [own.assign(dataset=name, run=name + own["run"]) for name in ("toonfaces", "mnist", "cifar10")]
    return dataclasses.replace(made, rows=pd.concat(every, ignore_index=True), memo={})


def test_three_data_sets_make_one_number_a_method(tmp_path: Path) -> None:
    made = three(tmp_path)
    suites = {suite.id: suite for suite in of_views(made.views)}
    assert set(suites) == {
        f"across-datasets-{name}" for name in ("generates", "covers", "reconstructs")
    }  # search: no scale
    suite = suites["across-datasets-generates"]
    assert suite.names == ("gan", "aae", "aegan") and suite.n == 8 and len(suite.tasks) == 3
    task = suite.tasks[0]
    assert (task.zero, task.one) == (420.0, 4.0)  # the mean image, real images
    raw = made.views[0].at("fid.fid")["gan"][0]
    assert suite.scores("gan")[0, 0] == pytest.approx((raw - 420) / (4 - 420))
    assert suites["across-datasets-reconstructs"].names == (
        "aae",
        "aegan",
    )  # GAN has no answer, and no rank among them
    found = tables(made)
    frame = found["across-datasets-generates"].frame.set_index("method")
    assert frame.loc["aegan", "iqm"] > frame.loc["aae", "iqm"] > 0 and (frame["tasks"] == 3).all()
    assert frame.loc["aegan", "iqm low"] < frame.loc["aegan", "iqm"] < frame.loc["aegan", "iqm high"]
    pairs = found["across-datasets-generates-pairs"].frame.set_index(["a", "b"])
    assert pairs.loc[("aegan", "gan"), "p"] + pairs.loc[("gan", "aegan"), "p"] == pytest.approx(1)
    assert pairs.loc[("aegan", "gan"), "low"] + pairs.loc[("gan", "aegan"), "high"] == pytest.approx(1)
    figure = performance_profile(suite)
    assert len(figure.axes[0].lines) == 1 + 3


def test_one_generator_is_one_contestant(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan"), panels=False)
    gan = made.rows[(made.rows["method"] == "gan")]
    twin = gan.assign(method="inverse", run="inverse" + gan["run"])
    twin["label"] = pd.Series([Label("inverse")] * len(twin), index=twin.index, dtype=object)
    rows = pd.concat([made.rows, twin], ignore_index=True)
    wide = three(tmp_path / "wide", rows)
    wide.meta["methods"]["inverse"] = {"title": "Inverse", "generator": "gan"}
    suite = next(s for s in of_views(wide.views) if s.id == "across-datasets-generates")
    assert suite.names == ("gan", "aegan") and suite.same == (("gan", "inverse"),)


def test_questions_of_one_data_set_need_three_of_them(tmp_path: Path) -> None:
    made = store(tmp_path, ("aegan", "aae", "gan"), panels=False)
    suite = of_view(made.views[0])
    assert suite is not None and suite.names == ("aae", "aegan")
    assert {task.question for task in suite.tasks} == {"Generates?", "Covers?", "Reconstructs?"}
    assert len(set(suite.strata)) == 1
    few = made.rows[~made.rows["metric"].str.startswith(("reconstruction", "search"))]
    assert of_view(dataclasses.replace(made, rows=few, memo={}).views[0]) is None


def test_three_folders_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("toonfaces", "mnist", "cifar10"):
        write(
            tmp_path / name,
            ("gan", "aegan"),
            panels=False,
            change=lambda rows, name=name: rows.assign(dataset=name),
        )
    assert main([str(tmp_path / name) for name in ("toonfaces", "mnist", "cifar10")]) == 0
    assert "Several data sets as one" in capsys.readouterr().out
    assert main([str(tmp_path / "mnist")] * 3) == 2
    assert "no question is asked of 3 data sets" in capsys.readouterr().err
