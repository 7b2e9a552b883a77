"""What an optimiser's configuration adds: averaged weights, a falling rate, weight decay; left out of names at their default."""

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.planning.config import Optim, RunConfig
from benchmarks.training.loop import train
from benchmarks.training.optim import OPTIMISERS, check, optimiser
from benchmarks.training.state import Training
from tests.benchmarks.recorded import run


def trained(steps: int = 8, optim: dict[str, Any] | None = None, **changes: Any) -> Training:
    """A GAN after `steps` steps."""
    made = run("gan", "mlp", steps, **changes)
    made = Training(
        made.config.model_copy(update={"optim": made.config.optim.model_copy(update=optim or {})}),
        made.method, made.networks, made.source, made.device, static=made.static,
    )  # fmt: skip
    train(made)
    return made


def test_the_average_is_that_of_the_weights_after_each_cycle() -> None:
    weights = [trained(steps).networks.modules.state_dict() for steps in (0, 2, 4, 6)]
    name = next(name for name in weights[0] if name.startswith("G."))
    average = weights[0][name].clone()
    for after in weights[1:]:
        average = 0.9 * average + 0.1 * after[name]
    averaged = trained(6, {"average": 0.9})
    torch.testing.assert_close(averaged.evaluated()[name], average)
    assert averaged.networks.modules.state_dict()[name].equal(weights[3][name]), "training does not see it"
    critic = next(name for name in weights[0] if name.startswith("Dx."))
    assert averaged.evaluated()[critic].equal(weights[3][critic]), "critics are not averaged"
    assert trained(6).evaluated()[name].equal(weights[3][name])


def test_a_run_with_averages_goes_on_from_a_checkpoint() -> None:
    whole, half = trained(8, {"average": 0.9}), trained(4, {"average": 0.9})
    rest = trained(0, {"average": 0.9})
    rest.load({k: v.clone() for k, v in half.tensors().items()}, half.step, half.counts)
    rest.config = rest.config.model_copy(update={"steps": 8})
    train(rest)
    for name, value in whole.tensors().items():
        assert value.equal(rest.tensors()[name]), name


def test_the_rate_falls_from_a_share_of_the_budget_on() -> None:
    optim = Optim(decay_from=0.5, decay_to=0.01)
    assert [optim.decay(s, 100) for s in (0, 50, 75, 100)] == pytest.approx([1, 1, 0.1, 0.01])
    assert Optim().decay(100, 100) == 1 and not Optim().decays
    steady, falling = trained(8), trained(8, {"decay_from": 0.0, "decay_to": 1e-6})
    assert falling.step == steady.step == 8

    def moved(made: Training) -> float:
        start = trained(0).networks.modules.state_dict()
        return float(sum((v - start[k]).abs().sum() for k, v in made.networks.modules.state_dict().items()))

    assert 0 < moved(falling) < 0.6 * moved(steady)


def test_the_rate_falls_at_given_steps_as_torch_s_scheduler_has_it() -> None:
    optim, p = Optim(decay_at=(3, 5), decay_by=0.1), torch.nn.Parameter(torch.ones(1))
    theirs = torch.optim.SGD([p], lr=1.0)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(theirs, (3, 5), 0.1)
    for step in range(8):
        assert optim.decays and optim.decay(step, 8) == pytest.approx(theirs.param_groups[0]["lr"])
        theirs.step()
        scheduler.step()
    steady, late, fallen = trained(8), trained(8, {"decay_at": (8,)}), trained(8, {"decay_at": (4,)})
    weights = [made.networks.modules.state_dict() for made in (steady, late, fallen)]
    assert all(weights[0][k].equal(weights[1][k]) for k in weights[0])
    assert not all(weights[0][k].equal(weights[2][k]) for k in weights[0])


@pytest.mark.parametrize("static", [False, True])
def test_weight_decay_adds_its_share_of_the_weights_to_the_gradient(static: bool) -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=3), [rng.normal(size=3) for _ in range(4)]
    ends = []
    for decay in (0.1, 0.0):
        p = torch.nn.Parameter(torch.from_numpy(start.copy()).float())
        made = optimiser({"p": p}, Optim(weight_decay=decay, beta1=0.5), 0.05, static)
        for g in gradients:
            by_hand = 0.0 if decay else 0.1 * p.detach().numpy().astype(float)
            made.step([torch.from_numpy(g + by_hand).float()])
        ends.append(p.detach().clone())
    torch.testing.assert_close(ends[0], ends[1])


def test_radam_is_torchs() -> None:
    p, q = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    ours, theirs = (
        optimiser({"p": p}, Optim(kind="radam"), 0.1),
        torch.optim.RAdam([q], lr=0.1, betas=(0.5, 0.999)),
    )
    for step in range(12):
        g = torch.tensor([0.1, -0.2, 0.3]) * (step + 1)
        ours.step([g.clone()])
        q.grad = g
        theirs.step()
    assert p.equal(q) and set(OPTIMISERS) >= {"adam", "keras-adam", "radam"}


def test_an_optimiser_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown optimiser 'sdg'.*known are adam, keras-adam, radam"):
        check(Optim(kind="sdg"))
    with pytest.raises(ValueError, match=r"optim.kind = 'radam' cannot be compiled"):
        check(Optim(kind="radam"), static=True)


def test_new_fields_are_in_a_name_only_where_they_are_used() -> None:
    config: RunConfig = run("gan", "mlp", 4).config
    names = {config.hash}
    for change in (
        {"average": 0.99},
        {"weight_decay": 1e-4},
        {"decay_from": 0.5},
        {"decay_to": 0.1},
        {"decay_at": (2,)},
    ):
        names.add(config.model_copy(update={"optim": config.optim.model_copy(update=change)}).hash)
    assert len(names) == 6
    assert "average" in config.model_dump()["optim"], "files hold them all"


def test_an_optimiser_that_cannot_be_repeated_runs_step_by_step_on_a_device() -> None:
    """What --graphs off leaves to a run there; the plan has refused it where cycles are recorded."""
    p = torch.nn.Parameter(torch.ones(3))
    made = optimiser({"p": p}, Optim(kind="radam"), 0.1, static=True)
    assert type(made) is OPTIMISERS["radam"][0]
    with pytest.raises(ValueError, match="--graphs off"):
        check(Optim(kind="radam"), static=True)
