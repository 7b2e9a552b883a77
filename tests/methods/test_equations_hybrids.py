"""Losses of autoencoders with critics, and of critics that are autoencoders, against numpy in float64."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from methods.base import Method, Spec
from methods.features import features
from methods.losses import kl_normal, slope_penalty
from methods.priors import Prior
from tests.methods.harness import (
    Affine,
    Table,
    TwoAffine,
    affine,
    affine_networks,
    agree,
    drawn,
    float64,
    forward,
    go,
    method,
    sigmoid,
    spec_of,
    training,
    weights_of,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


def only(made: Method, update: int = 0, **replaced: Any) -> tuple[Any, Any, dict[str, float]]:
    """Networks, batch and terms of one update of the cycle."""
    n = affine_networks(made, SPEC, PRIOR)
    n.modules.update(replaced)
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[update])
    return n, b, {name: term.item() for name, term in terms.items()}


def losses(made: Method, terms: dict[str, float], state: dict[str, torch.Tensor]) -> dict[str, float]:
    """The loss of each player of the cycle's first update."""
    t = {name: torch.tensor(value) for name, value in terms.items()}
    players = made.cycle()[0].terms
    return {
        p: float(made.combine(p, {k: t[k] for k in names}, made.weights, state))
        for p, names in players.items()
    }


def test_vae_gan() -> None:
    """Algorithm 1: E on L_prior + L_llike, G on gamma L_llike + L_GAN, Dx on -L_GAN, L_llike in a hidden layer."""
    made = method("vae-gan")
    n, b, terms = only(made, Dx=TwoAffine(18, (1,), 7))
    first, second = n.Dx.first, n.Dx.second
    x, z = b.x.numpy(), b.z.numpy()
    mean, logvar = np.split(affine(n.E, x), 2, 1)
    x_rec = affine(n.G, mean + np.exp(logvar / 2) * drawn("G", "z_enc", B, 3).numpy())
    h, h_rec = affine(first, x), affine(first, x_rec)
    d, d_gen, d_rec = (sigmoid(affine(second, value)) for value in (h, affine(first, affine(n.G, z)), h_rec))
    like = ((h - h_rec) ** 2).sum(1).mean() / 2
    kl = ((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1).mean()
    gan_gen, gan_rec = np.log(1 - d_gen).mean(), np.log(1 - d_rec).mean()
    agree(terms, {
        "kl": kl, "like": like, "adv_x_gen": gan_gen, "adv_x_rec": gan_rec,
        "real_x": -np.log(d).mean(), "fake_x_gen": -gan_gen, "fake_x_rec": -gan_rec,
    })  # fmt: skip
    gan = np.log(d).mean() + gan_gen + gan_rec
    expected = {"E": kl + like, "G": 0.01 * like + gan_gen + gan_rec, "Dx": -gan}
    assert losses(made, terms, {}) == pytest.approx(expected, rel=1e-10)


def test_began() -> None:
    """L_D = L(x) - k L(x_gen), L_G = L(x_gen); k moves by lambda_k (gamma L(x) - L(x_gen)) and stays in [0, 1]."""
    made, state = method("began"), {"k": torch.tensor(0.2)}
    n, b, terms = only(made)
    x, x_gen = b.x.numpy(), affine(n.G, b.z.numpy())
    real, fake = (np.abs(v - affine(n.D, v)).mean() for v in (x, x_gen))
    agree(terms, {"real": real, "fake": fake})
    assert losses(made, terms, state) == pytest.approx({"D": real - 0.2 * fake, "G": fake}, rel=1e-10)
    made.after({name: torch.tensor(value) for name, value in terms.items()}, b, state)
    assert float(state["k"]) == pytest.approx(0.2 + 1e-3 * (0.5 * real - fake), rel=1e-10)
    for far in (-1e6, 1e6):
        made.after({"real": torch.tensor(far), "fake": torch.tensor(0.0)}, b, state)
        assert float(state["k"]) == (far > 0)


@pytest.mark.parametrize("name", ["began", "cyclegan"])
def test_a_run_with_state_resumes_to_the_same_bits(name: str) -> None:
    """State is tensors by name: four steps, a checkpoint, four more are eight."""
    torch.set_default_dtype(torch.float32)
    whole, half, rest = (training(name, "mlp", spec_of("mlp"), steps) for steps in (8, 4, 8))
    go(whole)
    go(half)
    rest.load({name: value.clone() for name, value in half.tensors().items()}, half.step, half.counts)
    go(rest)
    assert rest.state and all(torch.equal(value, rest.state[name]) for name, value in whole.state.items())
    final = weights_of(rest)
    assert all(torch.equal(value, final[name]) for name, value in weights_of(whole).items())


def test_acai() -> None:
    """Eq. 1 and 2: the critic regresses the share of the other code, and 0 for blends of x with x_rec."""
    made = method("acai")
    n, b, terms = only(made)
    x, share = b.x.numpy(), drawn("G", "share", B, 1, uniform=True).numpy() / 2
    z = affine(n.E, x)
    x_rec, mixed = affine(n.G, z), affine(n.G, share * np.roll(z, 1, 0) + (1 - share) * z)
    agree(terms, {
        "sq_x": ((x - x_rec) ** 2).mean(), "fool": (affine(n.Dx, mixed) ** 2).mean(),
        "mix": ((affine(n.Dx, mixed) - share) ** 2).mean(),
        "unmixed": (affine(n.Dx, 0.2 * x + 0.8 * x_rec) ** 2).mean(),
    })  # fmt: skip
    assert losses(made, terms, {})["GE"] == pytest.approx(terms["sq_x"] + 0.5 * terms["fool"], rel=1e-10)


def test_veegan() -> None:
    """Algorithm 1: logistic regression on pairs; G lowers the logit at generated pairs and |z - E(x_gen)|^2."""
    made = method("veegan")
    for update in (0, -1):
        n, b, terms = only(made, update)
        z = b.z.numpy()
        x_gen = affine(n.G, z)
        logit = affine(n.Dxz, x_gen, z)
        p = sigmoid(affine(n.Dxz, b.x.numpy(), affine(n.E, b.x.numpy()))) if update == 0 else np.zeros(1)
        agree(terms, {
            "fake_xz": -np.log(sigmoid(logit)).mean(), "real_xz": -np.log(1 - p).mean(),
            "ratio": logit.mean(), "noise": ((z - affine(n.E, x_gen)) ** 2).sum(1).mean(),
        })  # fmt: skip


def test_features_are_what_the_layers_see() -> None:
    """By number and as "last"; the output too; no hook stays; one layer has none."""
    net = torch.nn.Sequential(
        torch.nn.Linear(4, 3),
        torch.nn.ReLU(),
        torch.nn.Linear(3, 2),
        torch.nn.LayerNorm(2),
        torch.nn.Linear(2, 1),
    )
    x = torch.randn(5, 4)
    found = features(net, x)
    assert list(found) == ["1", "2", "last", "output"]
    assert torch.equal(found["1"], net[:2](x)) and torch.equal(found["2"], net[:4](x))
    assert found["last"] is found["2"] and torch.equal(found["output"], net(x))
    assert not any(layer._forward_pre_hooks for layer in net.modules())
    with pytest.raises(ValueError, match="no hidden layer"):
        features(net[0], x)
    joint = TwoAffine(7, (1,), 0)
    assert torch.equal(features(joint, x, x[:, :3])["last"], joint.first(x, x[:, :3]))


def test_the_slope_penalty_is_the_squared_gradient() -> None:
    """Of D(x) = w.x it is |w|^2, and its gradient 2 w; the KL of N(0, I) is 0."""
    critic = Affine(18, (1,), 3)
    penalty = slope_penalty(critic, torch.rand(B, 2, 3, 3))
    w = critic.weight.detach()
    assert penalty.item() == pytest.approx(w.square().sum().item())
    (gradient,) = torch.autograd.grad(penalty, critic.weight)
    torch.testing.assert_close(gradient, 2 * w)
    assert kl_normal(torch.zeros(2, 6)).tolist() == [0, 0]
