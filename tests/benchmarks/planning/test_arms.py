"""Ablations are data: found by themselves, named, hashed apart, and equal to the methods that they claim to be."""

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import ablate
from benchmarks.planning import preset
from benchmarks.planning.arms import LADDERS, expand, factors, ladder, named
from benchmarks.planning.given import paper_differs
from benchmarks.planning.plan import Plan, make
from benchmarks.planning.registry import METHODS
from benchmarks.storage import checkpoint
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.flops import gflop_per_step, pflop
from tests.benchmarks import tiny


def plan_of(folder: Path, **changes: Any) -> Plan:
    raw = tiny.values(folder)
    raw.update({"methods": [], **changes})
    raw = expand(raw)
    return make(raw, tiny.context(folder / "out", raw), "cpu", gflop_per_step)


def test_every_term_of_every_method_is_a_factor(tmp_path: Path) -> None:
    raw = tiny.values(tmp_path)
    for entry in METHODS:
        terms = {name for name, weight in entry.weights.items() if weight}
        found = {
            key.rpartition(".")[2]
            for arm in factors(raw, entry.name)
            for key, value in arm.set.items()
            if value == 0
        }
        without = {"r3gan": {"adv_pair"}}.get(entry.name, set())  # what a player would have no term without
        assert terms - without <= found or len(terms) == 1, entry.name
        assert not without & found
    assert {arm.label for arm in factors(raw, "aegan")} >= {
        "rec_x=0", "rec_z=0", "adv_x_gen=0", "adv_x_rec=0", "adv_z_enc=0", "adv_z_rec=0",
        "critic_updates=joint", "clip=none", "norm=batch", "norm=none", "smooth=0",
    }  # fmt: skip


def test_an_ablation_keeps_its_base_and_hashes_apart(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, ablate=["aegan:rec_z"], sweeps=["aegan:rec_x=1,10,100"])
    labels = [(node.config.method, node.variant) for node in plan.runs]
    assert labels == [("aegan", ""), ("aegan", "rec_z=0"), ("aegan", "rec_x=1"), ("aegan", "rec_x=100")]
    assert len({node.key for node in plan.runs}) == 4  # rec_x=10 is the base itself


def test_the_base_is_the_run_that_benchmarks_run_trains(tmp_path: Path) -> None:
    raw = tiny.values(tmp_path)
    plain = make(raw, tiny.context(tmp_path / "out", raw), "cpu")
    assert {node.key for node in plain.runs} <= {
        node.key for node in plan_of(tmp_path, ablate=["aegan"], ladders=["gan-to-aegan"]).runs
    }


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"weights": {"rec_x": 5}, "sweeps": ["aegan:rec_x=5,10,20"]}, ["", "rec_x=10", "rec_x=20"]),
        ({"settings": "paper", "sweeps": ["acai:lr=1e-4,2e-4"]}, ["", "lr=0.0002"]),
        ({"weights": {"rec_z": 0}, "ablate": ["aegan:rec_x"]}, ["", "rec_x=0"]),
        (
            {"method": {"gan": {"options": {"critic_updates": "joint"}}}, "ablate": ["gan:critic_updates"]},
            ["", "critic_updates=alternating"],
        ),
    ],
)
def test_a_change_is_one_against_what_the_method_has_there(
    changes: dict[str, Any], labels: list[str], tmp_path: Path
) -> None:
    """Its own value, the preset's, its paper's or the preset's for it: a value that it has anyway is no arm, any other is."""
    assert [node.variant for node in plan_of(tmp_path, **changes).runs] == labels
    off = [
        key for arm in factors({**tiny.values(tmp_path), "weights": {"rec_z": 0}}, "aegan") for key in arm.set
    ]
    assert "method.aegan.weights.rec_z" not in off and "method.aegan.weights.rec_x" in off


def test_two_arms_that_are_one_run_are_refused(tmp_path: Path) -> None:
    """The second would be missing in every table."""
    arms = [
        {"method": "aegan"},
        {"method": "aegan", "name": "again", "set": {"method.aegan.weights.rec_x": 10}},
    ]
    with pytest.raises(ValueError, match="arm 'again' is the same run as 'the plain method'"):
        plan_of(tmp_path, arms=arms)
    with pytest.raises(
        ValueError, match=r"arm 'batch=32' is the same run as .* overruled by settings = 'paper'"
    ):
        plan_of(tmp_path, settings="paper", sweeps=["acai:batch=32"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"methods": ["creswell"], "equal_compute": ["creswell:gan"]},
            "buy creswell 0 steps, not more than its 0",
        ),
        ({"methods": ["gan"], "equal_compute": ["gan:cyclegan"]}, "cyclegan: it needs a second image domain"),
        (
            {"methods": ["gan"], "equal_compute": ["aegan:gan"]},
            "name the cheaper method first, or raise --steps",
        ),
        (
            {"methods": ["vae-gan"], "weights": {"kl": 0, "like": 0}},
            "method vae-gan: every term that E learns from has weight 0; leave one of kl, like, gan on",
        ),
        (
            {"methods": ["gan"], "method": {"gan": {"steps": 20}}},
            "method gan: evaluate = .* --set method.gan.evaluate=",
        ),
    ],
)
def test_a_plan_that_cannot_train_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        plan_of(tmp_path, **changes)


def test_a_grid_is_every_pair(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, sweeps=["aegan:rec_x=1,2;rec_z=3,4"])
    assert {node.variant for node in plan.runs} - {""} == {
        f"rec_x={x}, rec_z={z}" for x in (1, 2) for z in (3, 4)
    }


def test_equal_compute_counts_the_base_too(tmp_path: Path) -> None:
    """As the column of operations does: the inverse generator costs its own steps and those of its GAN."""
    changes = {"steps": 400, "evaluate": [400]}
    whole = plan_of(tmp_path, methods=["ae", "inverse"], equal_compute=["ae:inverse"], **changes)
    budget = {node.config.method: pflop(node.config, node.spec) for node in whole.runs if not node.variant}
    (longer,) = [node for node in whole.runs if node.variant]
    assert pflop(longer.config, longer.spec) == pytest.approx(budget["inverse"], rel=0.15)
    assert budget["inverse"] > 1.5 * budget["ae"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"family": None, "sweeps": ["gan:lr=1e-3,1e-4"]}, "family is missing"),
        ({"methods": None, "family": None, "ladders": ["gan-to-aegan"]}, "family is missing"),
    ],
)
def test_a_preset_with_gaps_is_named_before_its_questions(
    values: dict[str, Any], said: str, tmp_path: Path
) -> None:
    own = {**tiny.values(tmp_path), **values}
    with pytest.raises(ValueError, match=said):
        expand({key: value for key, value in own.items() if value is not None})


def test_a_plan_s_own_preset_can_be_asked_for_its_rungs(tmp_path: Path) -> None:
    """As the command for ablations does when it has ended: the preset's values are no longer those of a file."""
    (made,) = plan_of(tmp_path, ladders=["gan-to-aegan"]).presets
    assert named(made.model_dump(), "gan-to-aegan") == list(made.arms)


def test_an_arm_may_set_a_whole_table_beside_a_sweep(tmp_path: Path) -> None:
    arms = [{"method": "gan"}, {"method": "gan", "set": {"method.gan.optim": {"lr": 1e-3}}, "name": "fast"}]
    made = plan_of(tmp_path, methods=[], arms=arms, sweeps=["gan:beta1=0.1"])
    assert {n.variant for n in made.runs} == {"", "fast", "beta1=0.1"}


def test_equal_compute_buys_the_cheaper_method_more_steps(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        methods=["gan", "aegan"],
        equal_compute=["gan:aegan"],
        ladders=["gan-to-aegan"],
        steps=400,
        evaluate=[400],
    )
    (node,) = [node for node in plan.runs if node.variant == "compute of aegan"]
    assert (
        node.config.method == "gan"
        and 600 <= node.config.steps <= 1600
        and node.config.evaluate == (400, node.config.steps)
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ablate": ["aegan:rec_y"]}, "rec_x"),
        ({"ablate": ["aegam"]}, "did you mean 'aegan'"),
        ({"sweeps": ["aegan:rec_y=1"]}, "did you mean 'rec_x'|did you mean 'rec_z'"),
        ({"sweeps": ["aegan"]}, "METHOD:KEY=V1,V2"),
        (
            {"sweeps": ["aegan:"]},
            r"terms: rec_x, .*options: .*critic_updates.*optimiser: .*lr, critic_lr, beta1.*family aegan: width.*also: .*batch",
        ),
        ({"ladders": ["gan-to-wgan"]}, "gan-to-aegan"),
        ({"methods": ["gan"], "ladders": ["gan-to-aegan"], "equal_compute": ["gan"]}, "METHOD:METHOD"),
    ],
)
def test_what_is_unknown_is_refused_with_the_known(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        plan_of(tmp_path, **changes)


def test_the_ladders_ends_are_the_registered_methods(tmp_path: Path) -> None:
    raw = tiny.values(tmp_path)
    for name in LADDERS:
        rungs = ladder(raw, name)
        assert rungs[-1].method == "aegan" and not rungs[-1].set
    assert ladder(raw, "gan-to-aegan")[0].method == "gan"


def test_a_rung_that_is_a_factor_too_goes_by_the_name_of_its_arm(tmp_path: Path) -> None:
    asked = {
        **tiny.values(tmp_path),
        "methods": [],
        "ablate": ["aegan:adv_z_rec"],
        "ladders": ["gan-to-aegan"],
    }
    labels = [arm.label for arm in named(expand(asked), "gan-to-aegan")]
    assert labels[-2:] == ["adv_z_rec=0", ""] and labels[1] == "only adv_x_gen + rec_x"


def test_a_rung_with_a_methods_terms_is_that_method_bit_for_bit(tmp_path: Path) -> None:
    """AEGAN without all terms but GAN's (AAE's) trains the same bits as GAN (AAE): the ladder may share their runs."""
    raw = tiny.values(tmp_path)
    known = {name: f"method.aegan.weights.{name}" for name in METHODS.get("aegan").weights}
    for method in ("gan", "aae"):
        off = {key: 0 for name, key in known.items() if name not in METHODS.get(method).weights}
        raw["arms"] = [{"method": method}, {"method": "aegan", "set": off}]
        plan = make(raw, tiny.context(tmp_path / method, raw), "cpu")
        tiny.go(plan)
        own, rung = (_generator(node.context.out, node.key, node.config.steps) for node in plan.runs)
        assert own.keys() == rung.keys() and all(torch.equal(own[name], rung[name]) for name in own)


def _generator(out: Path, run: str, step: int) -> dict[str, torch.Tensor]:
    tensors, _ = checkpoint.read(RunFolder(out, run).weights(step))
    return {name: tensor for name, tensor in tensors.items() if name.startswith("G.")}


def test_the_presets_of_ablations_expand(tmp_path: Path) -> None:
    for name in preset.names():
        if name.startswith("ablate"):
            assert len(expand(preset.read(name))["arms"]) > 3


def test_ablate_asks_for_a_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert ablate.main([]) == 2
    assert "--method aegan" in capsys.readouterr().err


def test_ablate_takes_a_row_of_equal_compute(tmp_path: Path, instant_estimate: None) -> None:
    flags = ["--preset", str(tiny.file(tmp_path)), "--methods", "aegan", "--equal-compute", "gan:aegan"]
    flags += ["--set", "steps=400", "--set", "evaluate=[400]", "--out", str(tmp_path / "out")]
    assert ablate.main([*flags, "--dry-run"]) == 0


def test_a_papers_setting_that_the_preset_has_anyway_is_no_other_one(tmp_path: Path) -> None:
    """Defaults count: the inverse generator's paper has lr 2e-4, beta1 0.5 and batch 64."""
    raw = {**tiny.values(tmp_path), "optim": {"lr": 2e-4}, "batch": 64}
    assert METHODS.get("inverse").recommended == {"optim": {"lr": 2e-4, "beta1": 0.5}, "batch": 64}
    assert not paper_differs(raw, "inverse") and paper_differs({**raw, "batch": 32}, "inverse")
    assert paper_differs({**raw, "optim": {"lr": 1e-3}}, "inverse") and not paper_differs(raw, "gan")
