"""Sources of variance: what follows the seed, what stays; one name for one choice; the usual choice renames no run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.commands.cli import parser
from benchmarks.commands.flags import preset_values
from benchmarks.execution.start import begin
from benchmarks.planning import preset as presets
from benchmarks.planning.plan import Context, Plan, make
from benchmarks.snapshots.model import TrainedModel
from benchmarks.training.state import draws, resampled

SMALL = ["--preset", "smoke", "--methods", "gan", "--steps", "4"]


def plan(tmp_path: Path, cache: Path, *flags: str) -> Plan:
    values = preset_values(parser().parse_args([*SMALL, *flags]))
    values = presets.parts(values)[0]
    return make(values, Context(tmp_path, cache, None, None, "cpu"), "cpu")


def test_one_choice_has_one_name_and_the_usual_one_none(tmp_path: Path, cache: Path) -> None:
    def names(*flags: str) -> list[str]:
        return [run.key for run in plan(tmp_path, cache, "--seeds", "2", *flags).runs]

    assert names() == names("--vary", "noise,order,init")
    assert names("--vary", "split,init") == names("--vary", "init,split,init")
    assert not set(names()) & set(names("--vary", "init"))


def test_only_what_varies_follows_the_seed(tmp_path: Path, cache: Path) -> None:
    def made(*flags: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        run, _ = begin(
            plan(tmp_path, cache, *(flags if "--seeds" in flags else ("--seeds", "5,", *flags))).runs[0]
        )
        weights = torch.cat([p.flatten() for p in run.networks.modules["G"].parameters()])
        rng = draws(run.config, run.device)
        rng.at("G", 3)
        with rng.scope("i"):
            rows = run.source.indices()
        with rng.scope("z"):
            z = run.networks.prior.sample(4)
        return weights, rows, z

    usual, fixed = made(), made("--seeds", "0,")
    for i, name in enumerate(("init", "order", "noise")):
        own = made("--vary", name)
        for j in range(3):
            assert torch.equal(own[j], (usual if i == j else fixed)[j])
            assert not torch.equal(own[j], (fixed if i == j else usual)[j])


def test_a_split_is_a_bootstrap_sample_of_the_training_rows(tmp_path: Path, cache: Path) -> None:
    config = plan(tmp_path, cache, "--seeds", "1,2", "--vary", "split").runs[0].config
    rows = resampled(1000, config)
    assert rows is not None and rows.min() >= 0 and rows.max() < 1000
    assert 0.58 < len(np.unique(rows)) / 1000 < 0.68  # 1 - 1/e
    again, other = resampled(1000, config), resampled(1000, config.model_copy(update={"seed": 2}))
    assert np.array_equal(rows, again) and not np.array_equal(rows, other)
    assert resampled(1000, config.model_copy(update={"vary": ("init",)})) is None
    run, _ = begin(plan(tmp_path, cache, "--seeds", "1,", "--vary", "split").runs[0])
    rng = draws(run.config, run.device)
    rng.at("G", 0)
    with rng.scope("i"):
        drawn = run.source.indices()
    assert set(drawn.tolist()) <= set(resampled(len(run.source._x), run.config))  # type: ignore[arg-type]


def test_an_encoder_s_own_noise_follows_the_noise_s_seed(tmp_path: Path, cache: Path) -> None:
    """Where E draws, codes and posteriors of two seeds are one if only the order of the batches varies."""
    sets = [word for key in ("family=dense", "arch.width=16", "arch.E.noise=2") for word in ("--set", key)]

    def codes(vary: str) -> list[tuple[torch.Tensor, torch.Tensor]]:
        made = []
        for node in plan(tmp_path, cache, "--methods", "vae", *sets, "--seeds", "1,2", "--vary", vary).runs:
            model = TrainedModel(node.config, node.spec, lambda: None, None)  # type: ignore[arg-type, return-value]
            x = torch.zeros(3, *node.spec.shape)
            stats = model.posterior(x)
            assert stats is not None
            made.append((model.encode(x), stats))
        return made

    for one, other in zip(*codes("order"), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(*codes("noise"), strict=True):
        assert not torch.equal(one, other)


def test_several_choices_are_arms_beside_the_usual_one(tmp_path: Path, cache: Path) -> None:
    runs = plan(tmp_path, cache, "--seeds", "2", "--vary", "init", "--vary", "order,noise").runs
    assert {(r.variant, r.config.vary) for r in runs} == {
        ("", ("init", "order", "noise")), ("vary=init", ("init",)), ("vary=order+noise", ("order", "noise")),
    }  # fmt: skip


def test_an_arm_keeps_its_own_changes(tmp_path: Path, cache: Path) -> None:
    """Each choice is one more arm of every arm, not of every method."""
    runs = plan(
        tmp_path, cache, "--seeds", "1", "--sweep", "gan:smooth=0.1", "--vary", "init", "--vary", "order"
    ).runs
    assert {(r.variant, r.config.options["smooth"], r.config.vary[0]) for r in runs} == {
        ("", 0.05, "init"), ("vary=init", 0.05, "init"), ("vary=order", 0.05, "order"),
        ("smooth=0.1", 0.1, "init"), ("smooth=0.1, vary=init", 0.1, "init"), ("smooth=0.1, vary=order", 0.1, "order"),
    }  # fmt: skip
    assert len({r.key for r in runs}) == 6


def test_a_choice_that_is_given_twice_is_one_arm(tmp_path: Path, cache: Path) -> None:
    """Whatever the order of its sources."""
    runs = plan(tmp_path, cache, "--seeds", "1", "--vary", "noise,order", "--vary", "order,noise").runs
    assert [r.variant for r in runs] == ["", "vary=order+noise"]


@pytest.mark.parametrize("flags", [["--vary", "seed"], ["--set", 'vary=["seed"]'], ["--set", "vary=[]"]])
def test_an_unknown_source_names_the_known_ones(flags: list[str], tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ValueError, match=r"init.*noise") as told:
        plan(tmp_path, cache, *flags)
    assert "\n" not in str(told.value)
