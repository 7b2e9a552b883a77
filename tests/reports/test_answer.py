"""The answer in words: who leads, and that nobody does where methods have one value."""

from pathlib import Path

from reports.answer import headline
from reports.statistics import compare_column
from reports.store import Store
from reports.tables.summary import keys, level
from tests.reports.synthetic import store


def told(made: Store, values: dict[str, dict[int, float]]) -> str:
    view = made.views[0]
    key = next(key for key in keys(view) if key.metric == "fid.fid")
    return headline(view, key, values, compare_column(values, "lower"))


def test_methods_of_the_same_value_at_every_seed_have_the_best_one_together(tmp_path: Path) -> None:
    made = store(tmp_path, ("gan", "aegan", "aae"), panels=False)
    same, far = {0: 10.0, 1: 11.0, 2: 10.5}, {0: 50.0, 1: 54.0, 2: 60.0}
    assert "GAN (10.50" in told(made, {"gan": same, "aegan": same, "aae": far})
    assert "and 1 more have the best value" in told(made, {"gan": same, "aegan": same, "aae": far})
    assert "and 2 more have the best value" in told(made, {"gan": same, "aegan": same, "aae": same})
    near = {seed: value + 0.3 * (-1) ** seed for seed, value in same.items()}
    assert "leads, not separated from" in told(made, {"gan": same, "aegan": near, "aae": far})
    assert level(compare_column({"gan": same, "aegan": far}, "lower"), {"gan": same, "aegan": far}) == 0
