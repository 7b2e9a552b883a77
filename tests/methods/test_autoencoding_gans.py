"""VAE/GAN, BEGAN, ACAI and VEEGAN against their papers' equations in float64 numpy, and who learns from which."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.base import Spec
from methods.priors import Prior
from tests.methods.harness import (
    Affine,
    Table,
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
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


def reached(loss: Tensor, network: nn.Module) -> bool:
    """Whether a loss has a gradient other than zero in a network."""
    gradients = torch.autograd.grad(loss, list(network.parameters()), allow_unused=True, retain_graph=True)
    return any(g is not None and bool(g.any()) for g in gradients)


def squared(a: np.ndarray) -> float:
    """The mean over the batch of squared norms."""
    return float((a.reshape(len(a), -1) ** 2).sum(1).mean())


def test_vae_gan() -> None:
    """L_prior, L_like in the hidden layer of a critic of two, L_GAN on x, G(z^) and G(z); a loss for each network."""
    made = method("vae-gan", gamma=0.3)
    n = affine_networks(made, SPEC, PRIOR)
    hidden, last = Affine(18, (5,), 11, squash=True), Affine(5, (1,), 12)
    n.modules["Dx"] = nn.Sequential(hidden, last)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    x = b.x.numpy()
    mean, logvar = np.split(affine(n.E, x), 2, 1)
    z_enc = mean + np.exp(logvar / 2) * drawn("G", "z_enc", B, 3).numpy()
    x_rec, x_gen = affine(n.G, z_enc), affine(n.G, b.z.numpy())
    layer = {name: affine(hidden, a) for name, a in (("x", x), ("rec", x_rec), ("gen", x_gen))}
    p = {name: sigmoid(affine(last, h)) for name, h in layer.items()}
    kl = ((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1).mean()
    like = squared(layer["x"] - layer["rec"]) / 2
    gan = -(np.log(p["x"]) + np.log(1 - p["rec"]) + np.log(1 - p["gen"])).mean()
    agree({name: term.item() for name, term in terms.items()}, {"kl": kl, "like": like, "gan": gan})
    expected = {"E": kl + like, "G": 0.3 * like - gan, "Dx": gan}
    losses = {
        player: made.combine(player, {k: terms[k] for k in names}, made.weights, {})
        for player, names in update.terms.items()
    }
    agree({player: loss.item() for player, loss in losses.items()}, expected)
    assert not reached(terms["kl"], n.G) and not reached(terms["kl"], n.Dx)
    assert reached(terms["like"], n.E) and update.terms["Dx"] == ("gan",), "L_like does not teach the critic"


def test_began() -> None:
    """L(v) = |v - D(v)| in the papers' range, twice [0, 1]; L_D = L(x) - k L(G(z)), L_G = L(G(z))."""
    made = method("began")
    assert made.roles["D"].batch_independent
    n, k = affine_networks(made, SPEC, PRIOR), 0.4
    n.modules["D"] = Affine(18, SPEC.shape, 5, squash=True)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    x, x_gen = b.x.numpy(), affine(n.G, b.z.numpy())
    real, fake = (2 * np.abs(v - affine(n.D, v)).mean() for v in (x, x_gen))
    agree({name: term.item() for name, term in terms.items()}, {"real": real, "fake": fake})
    state = {"k": torch.tensor(k)}
    loss = made.combine("D", terms, made.weights, state)
    assert loss.item() == pytest.approx(real - k * fake)
    assert made.combine("G", {"fake": terms["fake"]}, made.weights, state).item() == pytest.approx(fake)
    assert reached(terms["fake"], n.G) and not reached(terms["real"], n.G)


@pytest.mark.parametrize(
    ("k", "real", "fake", "expected"),
    [
        (0.2, 0.8, 0.1, 0.2 + 1e-3 * (0.5 * 0.8 - 0.1)),
        (0.2, 0.1, 0.3, 0.2 + 1e-3 * (0.5 * 0.1 - 0.3)),
        (0.0, 0.1, 0.3, 0.0),
        (1.0, 0.8, 0.1, 1.0),
    ],
)
def test_began_s_balance(k: float, real: float, fake: float, expected: float) -> None:
    """k moves by lambda_k (gamma L(x) - L(G(z))) and stays in [0, 1]."""
    made, state = method("began"), {"k": torch.tensor(k)}
    made.after({"real": torch.tensor(real), "fake": torch.tensor(fake)}, None, state)  # type: ignore[arg-type]
    assert state["k"].item() == pytest.approx(expected)


def test_began_s_k_is_0_at_first_and_moves_after_the_step() -> None:
    torch.set_default_dtype(torch.float32)
    run = training("began", "mlp", spec_of("mlp"), 1, gamma=4.0)
    assert run.state["k"].item() == 0
    (row,) = go(run)
    moved = 1e-3 * (4 * row["real"] - row["fake"])
    assert moved > 0 and run.state["k"].item() == pytest.approx(moved, rel=1e-5)


def test_acai() -> None:
    """alpha ~ U(0, 1/2) mixes each code with its mirror image's; d estimates it, and 0 near what is real."""
    made = method("acai")
    n = affine_networks(made, SPEC, PRIOR)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    x, alpha = b.x.numpy(), drawn("G", "share", B, 1, uniform=True).numpy() / 2
    z = affine(n.E, x)
    x_rec, x_mix = affine(n.G, z), affine(n.G, alpha * z[::-1] + (1 - alpha) * z)
    expected = {
        "mse_x": ((2 * x - 2 * x_rec) ** 2).mean(),  # images in [-1, 1]
        "adv_x_mix": (affine(n.Dx, x_mix) ** 2).mean(),
        "share": ((affine(n.Dx, x_mix) - alpha) ** 2).mean(),
        "near_real": (affine(n.Dx, 0.2 * x + 0.8 * x_rec) ** 2).mean(),
    }
    agree({name: term.item() for name, term in terms.items()}, expected)
    loss = made.combine("GE", {k: terms[k] for k in update.terms["GE"]}, made.weights, {})
    assert loss.item() == pytest.approx(expected["mse_x"] + 0.5 * expected["adv_x_mix"])
    critic = made.combine("Dx", {k: terms[k] for k in update.terms["Dx"]}, made.weights, {})
    assert critic.item() == pytest.approx(expected["share"] + expected["near_real"])
    assert 0 <= alpha.min() and alpha.max() < 0.5


def test_veegan() -> None:
    """D: -log s(D(G(z), z)) - log(1 - s(D(x, z^))), z^ ~ N(E(x), I); G: D(G(z), z) + |z - E(G(z))|^2; E: the second alone."""
    made = method("veegan")
    n = affine_networks(made, SPEC, PRIOR)
    seen = set()
    for update in made.cycle():
        b, terms = forward(made, n, Table(SPEC, B), update)
        x, z = b.x.numpy(), b.z.numpy()
        x_gen = affine(n.G, z)
        z_hat = affine(n.E, x) + drawn(update.stream, "z_enc", B, 3).numpy()
        gen, enc = affine(n.Dxz, x_gen, z), affine(n.Dxz, x, z_hat)
        agree({name: term.item() for name, term in terms.items()}, {
            "pair_gen": -np.log(sigmoid(gen)).mean(), "pair_enc": -np.log(1 - sigmoid(enc)).mean(),
            "ratio": gen.mean(), "dist_z": squared(z - affine(n.E, x_gen)),
        })  # fmt: skip
        seen |= set(terms)
    assert seen == {"pair_gen", "pair_enc", "ratio", "dist_z"}
    assert reached(terms["ratio"], n.G) and not reached(terms["ratio"], n.E)
    assert reached(terms["dist_z"], n.G) and reached(terms["dist_z"], n.E)


def test_veegan_whose_e_plays_as_in_the_authors_notebook() -> None:
    """z^ = E(x); E raises D(x, E(x)), G does not see it."""
    made = method("veegan", {"ratio": 1.0, "dist_z": 1.0, "ratio_enc": 1.0}, noise=0.0)
    n = affine_networks(made, SPEC, PRIOR)
    *_, update = made.cycle()
    assert update.terms == {"GE": ("ratio", "dist_z", "ratio_enc")}
    b, terms = forward(made, n, Table(SPEC, B), update)
    x = b.x.numpy()
    agree({"ratio_enc": terms["ratio_enc"].item()}, {"ratio_enc": -affine(n.Dxz, x, affine(n.E, x)).mean()})
    assert reached(terms["ratio_enc"], n.E) and not reached(terms["ratio_enc"], n.G)


def test_veegan_with_a_noisy_reconstructor_steps_at_once() -> None:
    """z^ = E(x) + noise for the critic, E(G(z)) for the distance; one score of (G(z), z) for both players."""
    made = method("veegan", noise=0.5, critic_updates="simultaneous")
    n = affine_networks(made, SPEC, PRIOR)
    (update,) = made.cycle()
    assert set(update.terms) == {"Dxz", "GE"} and update.steps == 1
    b, terms = forward(made, n, Table(SPEC, B), update)
    x, z = b.x.numpy(), b.z.numpy()
    code = affine(n.E, x) + 0.5 * drawn("G", "z_enc", B, 3).numpy()
    gen, enc = affine(n.Dxz, affine(n.G, z), z), affine(n.Dxz, x, code)
    agree({name: term.item() for name, term in terms.items()}, {
        "pair_gen": -np.log(sigmoid(gen)).mean(), "pair_enc": -np.log(1 - sigmoid(enc)).mean(),
        "ratio": gen.mean(), "dist_z": squared(z - affine(n.E, affine(n.G, z))),
    })  # fmt: skip
