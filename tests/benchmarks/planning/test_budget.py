"""A budget in operations: equal for every method, whatever a step costs; steps are what names a run."""

from pathlib import Path

import pytest

from benchmarks.planning import budget
from benchmarks.planning.plan import make
from benchmarks.training.flops import gflop_per_step
from tests.benchmarks import tiny


def plan(folder: Path, **changes: object):  # type: ignore[no-untyped-def]
    values = tiny.values(folder, **changes)
    values = {key: value for key, value in values.items() if key not in ("steps", "evaluate")}
    return make(values, tiny.context(folder, values), "cpu", gflop_per_step)


def test_every_run_has_the_operations_of_one_method(tmp_path: Path) -> None:
    """Within one cycle; a base and what stands on it have the budget each; evaluated at shares of it."""
    made = plan(
        tmp_path, budget="aegan:40", evaluate_at=[0.5, 1.0], methods=["aegan", "gan", "ae", "inverse"]
    )
    configs = {node.config.method: node.config for node in made.runs}
    spec = made.runs[0].spec
    spent = {name: config.steps * gflop_per_step(config, spec) for name, config in configs.items()}
    total = 40 * gflop_per_step(configs["aegan"], spec)
    assert configs["aegan"].steps == 40 and configs["gan"].steps > 40
    assert set(configs) == {"aegan", "gan", "ae", "inverse"}
    for name, amount in spent.items():
        assert total * 0.9 < amount <= total * 1.0001, name
        assert configs[name].evaluate == (configs[name].evaluate[0], configs[name].steps)
        assert configs[name].evaluate[0] == pytest.approx(configs[name].steps / 2, abs=4)
    assert configs["inverse"].base == configs["gan"].model_copy(update={"seed": configs["inverse"].seed})


def test_a_number_is_tflop(tmp_path: Path) -> None:
    (node,) = plan(tmp_path, budget="aegan:40", methods=["aegan"]).runs
    total = 40 * gflop_per_step(node.config, node.spec)
    made = plan(tmp_path, budget=total / 1e3, methods=["aegan"])
    assert made.runs[0].config.steps == 40


@pytest.mark.parametrize("text", ["aegan:0", "aegan", "aegan:many", "-3", "inf", "0", "aegan:1:2"])
def test_what_is_no_budget_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="write METHOD:STEPS, such as aegan:2000, or a number of TFLOP"):
        budget.parse(text)


def test_a_budget_too_small_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="buys aegan no whole cycle"):
        plan(tmp_path, budget=1e-9, methods=["aegan"])
