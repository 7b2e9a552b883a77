"""The plan: prepare, bases, runs, references, each once and in an order that respects what they need."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.execution.job import pause_of
from benchmarks.planning.plan import Plan
from benchmarks.planning.registry import METHODS
from tests.benchmarks import tiny


def kinds(made: Plan) -> list[str]:
    return [node.kind for node in made.nodes]


def test_prepare_comes_first_and_references_last(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, seeds=3)
    assert kinds(made) == ["prepare", *["run"] * 6, "references"]
    assert {(node.config.method, node.config.seed) for node in made.runs} == {
        (m, s) for m in ("gan", "aegan") for s in range(3)
    }
    assert len({node.key for node in made.nodes}) == 8


def test_what_a_node_needs_stands_before_it(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, seeds=2, methods=["creswell", "aegan", "gan"])
    seen: set[str] = set()
    for node in made.nodes:
        assert seen.issuperset(node.needs), node.label
        seen.add(node.key)


def test_a_base_runs_once_whoever_asks(tmp_path: Path) -> None:
    shared = [name for name in METHODS.names() if METHODS.get(name).cls.base == "gan"]
    assert len(shared) > 1
    made = tiny.plan(tmp_path, seeds=2, methods=shared)
    bases = [node for node in made.runs if node.config.method == "gan"]
    assert len(bases) == 2 and not any(node.asked for node in bases)
    for node in made.runs:
        if node.config.base:
            assert node.config.base.hash in node.needs and node.config.base.seed == node.config.seed
    asked = tiny.plan(tmp_path, seeds=2, methods=["gan", *shared])
    assert {node.key for node in asked.runs} == {node.key for node in made.runs}
    assert all(node.asked for node in asked.runs)


def test_another_base_makes_another_run(tmp_path: Path) -> None:
    def keys(**changes: float) -> dict[str, str]:
        made = tiny.plan(tmp_path, methods=["creswell", "ae"], **changes)
        return {node.config.method: node.key for node in made.runs}

    plain, changed = keys(), keys(method__gan__optim__lr=0.01)
    assert {name for name in plain if plain[name] != changed[name]} == {"gan", "creswell"}


def test_values_for_one_method_reach_no_other(tmp_path: Path) -> None:
    def keys(**changes: float) -> dict[str, str]:
        return {node.config.method: node.key for node in tiny.plan(tmp_path, **changes).runs}

    plain = keys()
    for change in ({"method__gan__optim__lr": 0.01}, {"method__gan__options__smooth": 0.2}, {"method__gan__steps": 16,
                   "method__gan__evaluate": [16]}):  # fmt: skip
        changed = keys(**change)
        assert changed["gan"] != plain["gan"] and changed["aegan"] == plain["aegan"]
    assert keys(weights__rec_x=3)["gan"] == plain["gan"]


def test_a_method_that_does_not_fit_is_left_out_with_its_reason(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=METHODS.names())
    runs = {node.config.method for node in made.runs}
    left = {skipped.method: skipped.reason for skipped in made.skipped}
    assert runs | set(left) >= set(METHODS.names()) and all(left.values())


def test_arms_are_the_plain_method_with_changes(tmp_path: Path) -> None:
    arms = [{"method": "aegan"}, {"method": "aegan", "set": {"options.critic_updates": "joint"}},
            {"method": "aegan", "set": {"weights.rec_z": 0}, "name": "no rec_z"}]  # fmt: skip
    made = tiny.plan(tmp_path, methods=[], arms=arms)
    assert [node.variant for node in made.runs] == ["", "critic_updates=joint", "no rec_z"]
    assert made.runs[0].key == next(
        node.key for node in tiny.plan(tmp_path).runs if node.config.method == "aegan"
    )
    assert made.runs[1].label == "aegan, critic_updates=joint, seed 0"
    with pytest.raises(ValueError, match="twice"):
        tiny.plan(tmp_path, methods=[], arms=[arms[0], arms[0]])


def test_precision_and_device_are_part_of_the_name(tmp_path: Path) -> None:
    from benchmarks.planning.plan import make

    keys = {
        make(raw, tiny.context(tmp_path, raw), device).runs[0].key
        for device, precision in [("cpu", "fp32"), ("cuda", "fp32"), ("cpu", "bf16")]
        for raw in [tiny.values(tmp_path, precision=precision)]
    }
    assert len(keys) == 3


def test_precision_can_be_what_arms_differ_in(tmp_path: Path) -> None:
    arms = [{"method": "gan"}, {"method": "gan", "set": {"precision": "bf16"}}]
    made = tiny.plan(tmp_path, methods=[], arms=arms)
    assert [node.config.precision for node in made.runs] == ["fp32", "bf16"]
    assert [node.label for node in made.runs] == ["gan, seed 0", "gan, precision=bf16, seed 0"]
    keys = [tiny.plan(tmp_path, methods=["gan"], precision=each).runs[0].key for each in ("fp32", "bf16")]
    assert [node.key for node in made.runs] == keys  # an arm's run is the one that --precision asks for


def test_what_trains_nothing_is_evaluated_where_its_base_ends(tmp_path: Path) -> None:
    own = {"steps": 16, "evaluate": [8, 16]}
    made = tiny.plan(tmp_path, methods=["creswell"], metrics=["reconstruction"], method__gan=own)
    creswell = next(node.config for node in made.runs if node.config.method == "creswell")
    assert creswell.base is not None and creswell.base.steps == 16 and creswell.evaluate == (16,)


def test_a_run_pauses_where_it_is_evaluated_next(tmp_path: Path) -> None:
    """A search waits at the earliest step of any method; one that is evaluated at others pauses after it."""
    own = {"steps": 24, "evaluate": [12, 24]}
    made = tiny.plan(tmp_path, methods=["gan", "aegan"], metrics=["fid"], method__gan=own)
    steps = {
        node.config.method: pause_of(replace(node, context=replace(node.context, until=4)))
        for node in made.runs
    }
    assert steps == {"gan": 12, "aegan": 4}
    assert {pause_of(node) for node in made.runs} == {0}
