"""Losses and constraints of the later GAN baselines, against numpy in float64."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize

from benchmarks.planning.registry import FAMILIES
from methods import noise
from methods.base import Role, Spec
from methods.families.layers import ChannelNorm
from methods.priors import Prior
from tests.methods.harness import (
    SMALL,
    Table,
    affine,
    affine_networks,
    agree,
    float64,
    forward,
    go,
    method,
    spec_of,
    training,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture
def wide() -> Iterator[None]:
    with float64():
        yield


@pytest.mark.usefixtures("wide")
def test_r3gan() -> None:
    """Eq. 2 to 4: -f(t) = log(1 + exp(-t)) of pairs' differences; the penalties are |w|^2 of an affine critic."""
    made = method("r3gan")
    n = affine_networks(made, SPEC, PRIOR)
    for update in made.cycle():
        b, terms = forward(made, n, Table(SPEC, B), update)
        found = {name: term.item() for name, term in terms.items()}
        d, d_gen = affine(n.Dx, b.x.numpy()), affine(n.Dx, affine(n.G, b.z.numpy()))
        slope = n.Dx.weight.detach().square().sum().item() / 4  # of images in [-1, 1]
        agree(found, {
            "pair": np.log1p(np.exp(d_gen - d)).mean(), "adv_pair": np.log1p(np.exp(d - d_gen)).mean(),
            "r1": slope, "r2": slope,
        })  # fmt: skip
        if "r1" in terms:
            loss = made.combine("Dx", terms, made.weights, {})
            assert loss.item() == pytest.approx(found["pair"] + 5 * slope + 5 * slope)


def test_a_critic_s_term_can_be_switched_off() -> None:
    """R3GAN without R2 and without both penalties: the terms are no longer evaluated."""
    assert method("r3gan", {"r2": 0}).cycle()[0].terms == {"Dx": ("pair", "r1")}
    assert method("r3gan", {"r1": 0, "r2": 0}).cycle()[0].terms == {"Dx": ("pair",)}


@pytest.mark.usefixtures("wide")
def test_sngan() -> None:
    """Eq. 16 and 17, on scores within and beyond the hinge."""
    made = method("sngan")
    n = affine_networks(made, SPEC, PRIOR)
    for update in made.cycle():
        b, terms = forward(made, n, Table(SPEC, B), update)
        d, d_gen = affine(n.Dx, b.x.numpy()), affine(n.Dx, affine(n.G, b.z.numpy()))
        agree({name: term.item() for name, term in terms.items()}, {
            "real_x": np.maximum(0, 1 - d).mean(), "fake_x_gen": np.maximum(0, 1 + d_gen).mean(),
            "adv_x_gen": -d_gen.mean(),
        })  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES.names())
def test_a_spectral_critic_has_norm_one_in_every_layer(family: str) -> None:
    """Once the power iteration has converged; weights of the producers are left alone; the same seed gives the same bits."""
    spec, prior = spec_of(family), Prior.parse("normal", 4)
    roles = {
        "G": Role("producer", ("z",), "x"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True, spectral=True),
    }
    before = torch.get_rng_state()
    n, again = (
        FAMILIES.get(family)(spec, prior, **SMALL.get(family, {})).networks(roles, 3) for _ in range(2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(v, again.modules.state_dict()[k]) for k, v in n.modules.state_dict().items())
    assert not any("parametrizations" in name for name, _ in n.G.named_parameters())
    bare = {name for name, _ in n.Dx.named_parameters() if name.endswith("weight")}
    assert all(n.Dx.get_parameter(name).dim() == 1 for name in bare), "a weight without its spectral norm"
    n.Dx.train()
    with noise.using(torch.Generator()):
        for _ in range(30):
            n.Dx(torch.rand(4, *spec.shape))
    layers = [layer for layer in n.Dx.modules() if parametrize.is_parametrized(layer, "weight")]
    norms = [float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) for layer in layers]
    assert norms and norms == pytest.approx([1.0] * len(norms), abs=0.05)


@pytest.mark.parametrize("family", [f.name for f in FAMILIES if "norm" in f.defaults])
def test_a_spectral_critic_has_no_norm_layers(family: str) -> None:
    """A layer norm's gain has no bound, so that the critic's slope would have none either."""
    spec, prior = spec_of(family), Prior.parse("normal", 4)
    role = Role("critic", ("x",), "score", spectral=True)
    options = {**SMALL.get(family, {}), "norm": "layer"}
    plain = FAMILIES.get(family)(spec, prior, **options).networks({"Dx": replace(role, spectral=False)}, 3)
    bounded = FAMILIES.get(family)(spec, prior, **options).networks({"Dx": role}, 3)
    norms = [[m for m in n.Dx.modules() if isinstance(m, ChannelNorm)] for n in (plain, bounded)]
    assert norms[0] and not norms[1]


def test_the_norm_stays_one_while_training() -> None:
    run = training("sngan", "mlp", spec_of("mlp"), 40)
    go(run)
    layers = [layer for layer in run.networks.Dx.modules() if hasattr(layer, "parametrizations")]
    norms = [torch.linalg.matrix_norm(layer.weight.detach(), 2).item() for layer in layers]
    assert len(norms) == 7 and norms == pytest.approx([1.0] * 7, abs=0.02)
