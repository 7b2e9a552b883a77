"""Runs of equal operations stand at their own last steps; planned contrasts, leaders' groups, Pareto fronts and median runs."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.answer import answer
from reports.contrasts import EVERY, LEADER, planned, questions
from reports.figures.grids import reconstructions, samples
from reports.figures.medians import median_reconstructions, median_samples, median_seeds
from reports.figures.pareto import front, operations_at, pareto, seconds_at
from reports.frames import Label
from reports.gallery import gallery
from reports.page import page
from reports.statistics import holm
from reports.store import Store, View
from reports.tables import tables
from tests.reports.pictures import STEPS
from tests.reports.synthetic import write

METHODS = ("gan", "aegan", "aae", "ae")
TIMES = 3  # GAN takes so many steps for the same operations
CONFIG = {"budget": "aegan:1500", "contrasts": ["gan", LEADER]}


def longer(table: pd.DataFrame) -> pd.DataFrame:
    """GAN with more steps."""
    gan = (table["method"] == "gan") & table["step"].notna()
    table.loc[gan, "step"] = table.loc[gan, "step"] * TIMES
    return table


def opened(root: Path, config: dict[str, object], **options: object) -> Store:
    write(root, METHODS, **options)  # type: ignore[arg-type]
    meta = json.loads((root / "meta.json").read_text())
    meta["parts"][0]["config"] |= config
    (root / "meta.json").write_text(json.dumps(meta))
    return Store.open(root)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return opened(tmp_path_factory.mktemp("contest"), CONFIG, change=longer, panels=False)


@pytest.fixture(scope="module")
def view(store: Store) -> View:
    return store.views[0]


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> View:
    return opened(tmp_path_factory.mktemp("pictured"), CONFIG, seeds=range(3)).views[0]


def test_equal_operations_stand_at_their_own_last_steps(view: View) -> None:
    assert view.step is None
    assert view.ends["gan"] == TIMES * STEPS[-1] and view.ends["aegan"] == STEPS[-1]
    rows = view.ok[(view.ok["metric"] == "fid.fid") & (view.ok["label"] == "gan")]
    last = rows[rows["step"] == TIMES * STEPS[-1]]
    assert view.at("fid.fid")["gan"] == dict(zip(last["seed"], last["value"], strict=True))
    assert "aegan:1500" in tables(view.store)["contest"].head


def test_a_lost_run_does_not_move_the_step_of_its_method(tmp_path: Path) -> None:
    def shorter(table: pd.DataFrame) -> pd.DataFrame:
        ended = (table["method"] == "aae") & (table["seed"] == 0) & (table["step"] == STEPS[-1])
        return table[~ended]

    own = opened(tmp_path, CONFIG, change=shorter, panels=False).views[0]
    assert own.ends["aae"] == STEPS[-1]
    assert 0 not in own.at("fid.fid")["aae"] and 1 in own.at("fid.fid")["aae"]


def test_contrasts_are_paired_log_tests_corrected_over_them_alone(view: View) -> None:
    made = next(each for each in planned(view) if not each.opponent_is_leader)
    assert made.opponent == "gan" and {c.name for c in made.contrasts} == {"aegan", "aae", "ae"}
    values = view.at("fid.fid")
    ps = {}
    for name in ("aegan", "aae", "ae"):
        a, b = (np.log([values[n][seed] for seed in range(6)]) for n in (name, "gan"))
        ps[name] = float(stats.ttest_rel(a, b).pvalue)
    adjusted = dict(zip(ps, holm(list(ps.values())), strict=True))
    for each in made.contrasts:
        assert each.test.p == pytest.approx(ps[each.name])
        assert each.adjusted == pytest.approx(adjusted[each.name])
    frame = tables(view.store)["contrasts"].frame
    row = frame[(frame["method"] == "aegan") & (frame["against"] == "gan") & ~frame["leader"]].iloc[0]
    logs = [math.log(values["aegan"][seed] / values["gan"][seed]) for seed in range(6)]
    assert row["difference"] == pytest.approx(math.exp(np.mean(logs)))
    assert row["verdict"] == "better" and row["tests"] == 3


def test_each_question_has_its_leader_and_its_group(view: View) -> None:
    found = {made.question.title: made for made in planned(view) if made.opponent_is_leader}
    assert set(found) == {"To generate", "To reconstruct", "To search", EVERY}
    assert found["To generate"].opponent == "aegan" and found["To reconstruct"].opponent == "ae"
    assert found["To generate"].group == ("aegan",), "the others are more than twice as far away"
    assert {"aae", "ae"} <= set(found["To search"].group), "their levels are equal"
    table = tables(view.store)["contest"]
    frame = table.frame.set_index("method")
    fid = view.at("fid.fid")["gan"]
    column = next(c for c in frame if c.startswith("To generate") and c.endswith("mean"))
    assert frame.loc["gan", column] == pytest.approx(stats.gmean(list(fid.values())))
    assert frame.loc["aegan", column.replace(" mean", " standing")] == "leads"
    assert any(note.startswith("To generate: AEGAN leads, better than 3 of 3 others") for note in table.notes)


def test_the_answer_is_what_was_planned(view: View) -> None:
    told = answer(view).items
    assert told[0] == "To generate: AEGAN leads, better than 3 of 3 others (Holm over these 3)."
    assert not any(item.startswith(("FID", "Label similarity")) for item in told), (
        "no test over all pairs beside it"
    )


def test_the_mean_rank_is_over_the_three_questions(view: View) -> None:
    ranked = questions(view)[-1]
    assert ranked.title == EVERY and set(ranked.values) == {"aegan", "aae", "ae"}
    assert sum(own[0] for own in ranked.values.values()) == pytest.approx(1 + 2 + 3)


def test_nothing_planned_is_no_table(quick: Store) -> None:
    assert not {"contest", "contrasts"} & set(tables(quick))
    assert median_samples(quick.views[0]) is None and pareto(quick.views[0]) is None


def test_a_front_holds_what_no_cheaper_point_beats() -> None:
    points = [(1.0, 5.0), (2.0, 6.0), (3.0, 4.0), (3.0, 2.0), (4.0, 2.0)]
    assert front(points, "lower") == [(1.0, 5.0), (3.0, 2.0)]
    assert front(points, "higher") == [(1.0, 5.0), (2.0, 6.0)]


def test_costs_grow_with_the_steps(view: View) -> None:
    label, end = Label("gan"), TIMES * STEPS[-1]
    assert operations_at(view, label, end) == pytest.approx(1000 * view.operations[label])
    assert operations_at(view, label, end // 2) == pytest.approx(500 * view.operations[label])
    assert seconds_at(view, Label("aegan"), 500) == pytest.approx(500 / 20)
    figure = pareto(view)
    assert figure is not None and len(figure.axes) == 6


def test_the_median_run_is_the_middle_one(pictured: View) -> None:
    for name, (seed, value) in median_seeds(pictured).items():
        own = pictured.at("fid.fid")[name]
        assert own[seed] == value == sorted(own.values())[1]
    drawn = median_samples(pictured)
    assert drawn is not None and sum(ax.get_visible() for ax in drawn.axes) == 1 + len(METHODS)
    rebuilt = median_reconstructions(pictured)
    assert rebuilt is not None and sum(ax.get_visible() for ax in rebuilt.axes) == len(METHODS) - 1


def test_pictures_stand_at_shares_of_the_budget(pictured: View) -> None:
    made = gallery(pictured)
    assert made.unit == "Budget (%)" and made.steps["samples"][-1] == 100
    assert made.first["samples"] == (100, 0)
    for make in (samples, reconstructions):
        assert make(pictured) is not None


def test_the_page_says_how_they_are_compared(store: Store) -> None:
    text = page(store, tables(store), {})
    assert "equal operations (aegan:1500)" in text and "Planned contrasts" in text
