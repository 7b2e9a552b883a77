"""Presets: read by name or path, changed by dotted keys, checked."""

from functools import reduce
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.planning import budget, preset
from benchmarks.planning.arms import expand
from benchmarks.planning.check import check_keys
from benchmarks.planning.plan import Context, make
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.planning.resolve import resolve
from tests.benchmarks import tiny


@pytest.mark.parametrize("name", preset.names())
def test_every_shipped_preset_is_whole(name: str, cache: Path) -> None:
    """Every part: its keys are known, its budgets fall on cycle ends, its data set takes its options."""
    for part in preset.parts(expand(preset.read(name))):
        made = preset.build(part)
        assert made.name == name and made.title and made.summary
        entries = [METHODS.get(arm.method) for arm in made.all_arms]
        check_keys(made, entries)
        for arm, entry in zip(made.all_arms, entries, strict=True):
            check_keys(made, [entry])  # as --methods may leave it
            own = preset.build(reduce(lambda v, item: preset.assign(v, *item), arm.set.items(), part))
            kind = DATASETS.get(own.dataset)
            if kind.needs_root:
                dataset = SimpleNamespace(name=own.dataset, named=own.data, content="", version=1)
            else:
                dataset = kind(cache, **own.data)
            if own.budget:  # how many steps it buys is counted in the plan
                assert budget.parse(own.budget)
                for trained in filter(None, (entry.name, entry.cls.base)):
                    own = budget.spent(own, METHODS.get(trained), budget.ANY_CYCLE, (budget.ANY_CYCLE,))
            assert resolve(own, entry, 0, dataset, "cpu").seed == 0
        assert made.data.keys() <= DATASETS.get(made.dataset).defaults.keys()
        assert set(made.metrics) <= set(METRICS.names())


def test_seeds_are_counted_or_listed(tmp_path: Path) -> None:
    assert preset.build(tiny.values(tmp_path, seeds=3)).seed_list == (0, 1, 2)
    assert preset.build(tiny.values(tmp_path, seeds=[7])).seed_list == (7,)


@pytest.mark.parametrize(("key", "said"), [("lr", "write optim.lr"), ("ae.lr", "write method.ae.optim.KEY")])
def test_a_key_that_is_somewhere_else_is_named(key: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"unknown key '{key}'.*{said}"):
        preset.assign(tiny.values(tmp_path), key, 1e-3)


def test_assign_changes_a_copy(tmp_path: Path) -> None:
    values = tiny.values(tmp_path)
    made = preset.assign(values, "method.gan.optim.lr", 0.5)
    assert made["method"]["gan"] == {"optim": {"lr": 0.5}} and "gan" not in values["method"]
    assert preset.assign(values, "data.size", 16)["data"]["n_train"] == values["data"]["n_train"]


@pytest.mark.parametrize(("text", "value"), [
    ("3", 3), ("0.5", 0.5), ("true", True), ("[1, 2]", [1, 2]), ('"3"', "3"), ("joint", "joint"), ("linear:1:0", "linear:1:0"),
    ("1e-3", 1e-3), ("", ""),
])  # fmt: skip
def test_values_are_toml_or_plain_text(text: str, value: object) -> None:
    made = preset.parse_value(text)
    assert made == value and type(made) is type(value)


def test_a_preset_may_extend_another(tmp_path: Path) -> None:
    path = tiny.file(
        tmp_path, 'extends = "quick"\nsteps = 20\nevaluate = [20]\n[data]\nn_train = 500\n', "mine"
    )
    made, quick = preset.read(str(path)), preset.read("quick")
    assert made["name"] == "mine" and made["steps"] == 20 and made["optim"] == quick["optim"]
    assert made["data"] == {**quick["data"], "n_train": 500}


def test_arms_take_the_place_of_inherited_methods_and_methods_that_of_inherited_arms(tmp_path: Path) -> None:
    arms = tiny.file(tmp_path, 'extends = "quick"\narms = [{ method = "bigan" }]\n', "arms")
    assert [arm.method for arm in preset.build(preset.read(str(arms))).all_arms] == ["bigan"]
    methods = tiny.file(tmp_path, 'extends = "arms.toml"\nmethods = ["ae"]\n', "methods")
    assert [arm.method for arm in preset.build(preset.read(str(methods))).all_arms] == ["ae"]


def test_neither_name_nor_comment_nor_metrics_count(tmp_path: Path) -> None:
    """The same values under another name find the same runs."""
    other = tmp_path / "other"
    other.mkdir()
    path = tiny.file(
        other, "# a comment\n" + tiny.TOML.replace('"Tiny"', '"Other"').replace('["search"]', "[]"), "other"
    )
    keys = []
    for values in (tiny.values(tmp_path), preset.read(str(path))):
        context = Context(tmp_path, tiny.default_cache(), None, None, "cpu", tuple(values["metrics"]), 64)
        keys.append([node.key for node in make(values, context, "cpu").runs])
    assert keys[0] == keys[1]


def test_planned_contrasts_name_opponents_that_there_are() -> None:
    values = {**preset.read("contest"), "contrasts": ["gan", "leadr"]}
    made = preset.build(preset.parts(values)[0])
    with pytest.raises(ValueError, match="unknown opponent 'leadr': did you mean 'leader'"):
        check_keys(made, [METHODS.get("gan")])
