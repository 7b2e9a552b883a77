"""The answer in words: no item is stronger than its tests, and long lists are counted."""

import re
from pathlib import Path

import pandas as pd

from reports.answer import answer, limits, readings
from reports.headlines import Family, headline, rival
from reports.power import ALPHA, POWER, effect_size
from reports.statistics import compare_column, mean_interval
from reports.store import Store
from reports.tables.budgets import budgets
from reports.tables.summary import keys, level
from tests.reports.synthetic import store, write


def told(made: Store, values: dict[str, dict[int, float]]) -> str:
    view = made.views[0]
    key = next(key for key in keys(view) if key.metric == "fid.fid")
    return headline(view, key, values, compare_column(values, "lower"))


def test_methods_of_the_same_value_at_every_seed_have_the_best_one_together(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan", "aae"), panels=False)
    same, far = {0: 10.0, 1: 11.0, 2: 10.5}, {0: 50.0, 1: 54.0, 2: 60.0}
    assert "GAN and 1 other have the best value (10.50" in told(
        made, {"gan": same, "aegan": same, "aae": far}
    )
    assert "GAN and 2 others" in told(made, {"gan": same, "aegan": same, "aae": same})
    near = {seed: value + 0.3 * (-1) ** seed for seed, value in same.items()}
    assert "leads, separated from 1 of the 2 others (AAE)" in told(
        made, {"gan": same, "aegan": near, "aae": far}
    )
    assert "leads, not separated from AEGAN" in told(made, {"gan": same, "aegan": near})
    assert "is better than AAE (paired t-test over seeds)" in told(made, {"gan": same, "aae": far})
    assert level(compare_column({"gan": same, "aegan": far}, "lower"), {"gan": same, "aegan": far}) == 0


def of_fewer_images(table: pd.DataFrame) -> pd.DataFrame:
    """AAE's reconstructions are measured on a quarter of the images."""
    own = (table["method"] == "aae") & table["metric"].str.startswith("reconstruction.")
    return table.assign(n=table["n"].where(~own, 256))


def test_what_was_measured_on_other_numbers_of_images_is_named_and_not_beaten(tmp_path: Path) -> None:
    """Inversion by descent, on 256 images, had the best dHash similarity, and another was 'better than every other method'."""
    root = write(tmp_path, ("ae", "aegan", "aae"), change=of_fewer_images, panels=False)
    (view,) = Store.open(root).views
    (item,) = [item for item in answer(view).items if item.startswith("dHash similarity [n = 1,000]")]
    assert re.search(
        r"AE \(0\.8\d+ .* is better than AEGAN .*; not compared with AAE \(0\.7\d+ .* of 256 samples\)", item
    )


def test_a_baseline_is_better_or_not_distinguished_or_not_named(tmp_path: Path) -> None:
    view = store(tmp_path, panels=False).views[0]
    key = next(key for key in keys(view) if key.metric == "search.top1")  # pixels has 0.757
    assert (
        rival(view, key, mean_interval([0.70, 0.71, 0.72]))
        == "; the baseline 'pixels' (0.757) is better on these queries"
    )
    assert "not distinguished from the baseline 'pixels'" in rival(
        view, key, mean_interval([0.70, 0.76, 0.80])
    )
    assert rival(view, key, mean_interval([0.80, 0.81, 0.82])) == ""
    one = rival(view, key, mean_interval([0.70]))
    assert one == "; the baseline 'pixels' (0.757) has the better value", "one run tests nothing"


def test_many_variants_are_a_readable_answer(tmp_path: Path) -> None:
    """Twenty arms made a paragraph of 200 words: an item each, the tests' names only while they are few."""
    arms = ("", *(f"rec_x={i}" for i in range(1, 20)))
    view = Store.open(write(tmp_path, seeds=(0, 1, 2), variants={"aegan": arms}, panels=False)).views[0]
    found = answer(view)
    assert found.lead.count("AEGAN") <= 8 and "of the other" in found.lead
    assert all(len(item.split()) < 80 for item in found.items)
    (changed,) = [item for item in found.items if item.startswith("The 19 changed settings")]
    assert "Holm over all of them within a metric" in changed
    assert readings((view,)) == f"{found.markdown}\n"


def test_power_is_that_of_the_hardest_column_in_standard_deviations(tmp_path: Path) -> None:
    view = store(tmp_path, panels=False).views[0]
    said = limits(view, [Family(6, 1), Family(3, 231)])
    effect = effect_size(3, ALPHA / 231, POWER)
    assert (
        f"with 3 seeds and Holm's correction over 231 pairs, a difference has to be {effect:.2g} times"
        in said
    )
    assert "over 1 pairs" not in limits(view, [Family(6, 1)]) and "Not separated" not in limits(view, [])


def test_runs_on_their_way_do_not_move_the_common_step(tmp_path: Path) -> None:
    """AEGAN's runs were stopped after step 200: GAN's values stay those of its end."""

    def reached(table: pd.DataFrame) -> pd.DataFrame:
        return table[(table["kind"] != "method") | (table["method"] != "aegan") | (table["step"] == 200)]

    folder = write(tmp_path, change=reached, panels=False)
    records = pd.read_parquet(folder / "records.parquet")
    own = records["method"] == "aegan"
    records.assign(status=records["status"].mask(own, "stopped")).to_parquet(folder / "records.parquet")
    view = Store.open(folder).views[0]
    assert view.step == 1500 and set(view.at("fid.fid")) == {"gan"}
    assert set(view.at("fid.fid", 200)) == {"gan", "aegan"}
    told = answer(view).limits
    assert f"{own.sum()} runs were stopped before the end and count in no mean." in told
    assert "'At each method's own last step'" in told and budgets(view) is not None
    records.assign(status="stopped").to_parquet(folder / "records.parquet")
    view = Store.open(folder).views[0]
    assert view.step == 200 and set(view.at("fid.fid")) == {"gan", "aegan"}
    told = answer(view).limits
    assert "No run came to its end" in told and "count only in what was measured of them." in told
