"""Configurations from the registry: each is refused in planning with one line, or resolves, and what resolves runs."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.scheduler import schedule
from benchmarks.planning.plan import Plan, make
from benchmarks.planning.registry import FAMILIES, METHODS
from tests.benchmarks import tiny

PRIORS = (
    "normal",
    "uniform",
    "normal+bernoulli:2",
    "bernoulli",
    "normal:2+categorical:2",
    "normal:3",
    "",
    "gauss",
    "normal+normal",
)
DATA = {"toonfaces": {"size": 8, "n_train": 200, "n_test": 128}, "ring8": {}, "digits": {}}
SMALL = {"aegan": {"width": 0.0625}}


@st.composite
def presets(draw: st.DrawFn) -> dict[str, Any]:
    """Raw values of a preset: mostly possible ones, some of no use."""
    method = draw(st.sampled_from(METHODS.names()))
    entry = METHODS.get(method)
    dataset = draw(st.sampled_from(sorted(DATA)))
    family = draw(st.sampled_from(FAMILIES.names()))
    steps = draw(st.sampled_from([4, 4, 4, 8, 3, 0, -4]))
    choices = {**entry.cls.common_choices, **entry.cls.choices}
    options = {}
    for name in draw(st.lists(st.sampled_from(sorted(entry.options) or ["fakes"]), max_size=2, unique=True)):
        default = entry.options.get(name)
        options[name] = draw(st.sampled_from([*choices.get(name, ()), default, -1, "nonsense"]))
    weights = {}
    for name in draw(st.lists(st.sampled_from(sorted(entry.weights) or ["rec_x"]), max_size=2, unique=True)):
        weights[name] = draw(st.sampled_from([0, 0, 1.0, 0.5, "linear:0:1", "linear:1", -1.0, float("nan")]))
    data = dict(DATA[dataset])
    if dataset == "toonfaces":
        data["size"] = draw(st.sampled_from([8, 8, 16, 9, 4]))
    return {
        "name": "drawn", "title": "Drawn", "summary": "by hypothesis", "dataset": dataset, "data": data, "family": family,
        "arch": SMALL.get(family, {}) if draw(st.booleans()) else {}, "methods": [method],
        "seeds": draw(st.sampled_from([1, 1, 2, 0])),
        "steps": steps, "evaluate": draw(st.sampled_from([[steps], [steps], [4, steps], []])),
        "batch": draw(st.sampled_from([2, 3, 4, 1])), "latent": draw(st.sampled_from([2, 4, 5, 0])),
        "prior": draw(st.sampled_from(PRIORS)), "metrics": [], "samples": 64, "options": options, "weights": weights,
        "optim": {"kind": draw(st.sampled_from(["adam", "keras-adam", "sgd"]))},
    }  # fmt: skip


def planned(out: Path, values: dict[str, Any]) -> Plan | str:
    """The plan, or the line with which it is refused. Anything else is raised."""
    try:
        return make(values, tiny.context(out, values), "cpu")
    except ValueError as error:
        assert str(error) and "\n" not in str(error), str(error)
        return str(error)


QUIET = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@given(values=presets())
@settings(QUIET, max_examples=60)
def test_each_is_refused_in_a_line_or_resolves(values: dict[str, Any], tmp_path: Path) -> None:
    made = planned(tmp_path, values)
    if isinstance(made, Plan):
        assert made.runs and all(node.config.hash == node.key for node in made.runs)


@pytest.mark.slow
@given(values=presets())
@settings(QUIET, max_examples=12)
def test_what_resolves_runs(values: dict[str, Any], tmp_path: Path) -> None:
    """Four steps, or a loss that is not finite: none crashes."""
    possible = {"steps": 4, "evaluate": [4], "batch": 4, "latent": 4, "seeds": 1, "prior": "normal", "optim": {"kind": "adam"},
                "arch": SMALL.get(values["family"], {})}  # fmt: skip
    made = planned(tmp_path, {**values, **possible, "dataset": "ring8" if values["family"] == "mlp" else "toonfaces",
                              "data": {} if values["family"] == "mlp" else DATA["toonfaces"]})  # fmt: skip
    if isinstance(made, Plan):
        for outcome in schedule(made.runs, InProcess(), tiny.quiet):
            assert outcome.status in ("ok", "diverged"), f"{values}: {outcome.reason}"
