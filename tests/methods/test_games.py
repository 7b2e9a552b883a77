"""Games of one critic: players that step together, k : 1 updates, packs that multiply the batch, cycles and regressors."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from methods.base import Spec
from methods.priors import Prior
from tests.methods.harness import (
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
    weights_of,
)
from tests.methods.test_schedules import trace

SPEC, B = Spec((2, 3, 3)), 6


@pytest.fixture
def _wide() -> Iterator[None]:
    with float64():
        yield


def terms_of(name: str, prior: str = "normal", **options: Any) -> tuple[Any, Any, dict[str, float]]:
    """Networks, batch and terms of a method's one update."""
    made = method(name, **options)
    n = affine_networks(made, SPEC, Prior.parse(prior, 3))
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    return n, b, {k: t.item() for k, t in terms.items()}


def test_players_step_together() -> None:
    """One update of all, on the producers' stream, which counts one step."""
    together = {"critic_updates": "simultaneous"}
    assert trace(method("gan", **together).cycle()) == [("Dx:real_x+fake_x_gen G:adv_x_gen", "G", 1)]
    for name in ("bigan", "ali"):
        (made,) = trace(method(name, **together).cycle())
        assert made == ("Dxz:real_xz+fake_xz GE:adv_xz_enc+adv_xz_gen", "G", 1)


def test_both_gradients_are_taken_before_either_step() -> None:
    """BiGAN by hand: gradients of both losses at the initial weights, then Adam's first step, which has the sign of each."""
    run = training("bigan", "mlp", spec_of("mlp"), 1, critic_updates="simultaneous")
    before = weights_of(run)
    made, n = run.method, run.networks
    (update,) = made.cycle()
    _, terms = forward(made, n, run.source, update, seed=0)
    signs = {}
    for player, wanted in update.terms.items():
        parameters = run.optimisers[player].parameters
        grads = torch.autograd.grad(
            sum(terms[k] for k in wanted), list(parameters.values()), retain_graph=True
        )
        signs |= {name: g.sign() for name, g in zip(parameters, grads, strict=True)}
    go(run)
    for name, after in weights_of(run).items():
        if name in signs:
            moved = (before[name] - after) * (signs[name] != 0)
            assert torch.equal(moved.sign(), signs[name]), name


def test_k_to_one_updates() -> None:
    made = trace(method("bigan", critic_steps=2, generator_steps=3).cycle())
    assert made == [("Dxz:real_xz+fake_xz", "fake_xz", 0)] * 2 + [("GE:adv_xz_enc+adv_xz_gen", "G", 1)] * 3
    assert [steps for *_, steps in trace(method("alice", generator_steps=5).cycle())] == [0, 1, 1, 1, 1, 1]
    with pytest.raises(ValueError, match="are 1 where critic_updates is simultaneous"):
        method("gan", critic_updates="simultaneous", generator_steps=5).cycle()


@pytest.mark.parametrize(
    ("name", "seen"), [("gan", B), ("pacgan2", 2 * B), ("pacgan3", 3 * B), ("pacgan4", 4 * B)]
)
def test_packs_multiply_the_batch(name: str, seen: int, _wide: None) -> None:
    """As many packs as the batch has samples; the losses of packs by numpy."""
    n, b, terms = terms_of(name, critic_updates="simultaneous", pack_batch=True, smooth=0.0)
    pack, x, z = seen // B, b.x.numpy(), b.z.numpy()
    assert len(x) == len(z) == seen
    q = sigmoid(affine(n.Dx, x.reshape(B, pack * 2, 3, 3)))
    p = sigmoid(affine(n.Dx, affine(n.G, z).reshape(B, pack * 2, 3, 3)))
    agree(terms, {
        "real_x": -np.log(q).mean(), "fake_x_gen": -np.log(1 - p).mean(), "adv_x_gen": -np.log(p).mean(),
    })  # fmt: skip


def test_alice(_wide: None) -> None:
    """ALI's game with mean (x - G(z^))^2 and mean (z - z~)^2, z^ and z~ draws from E's Gaussians."""
    n, b, terms = terms_of("alice", critic_updates="simultaneous")
    x, z = b.x.numpy(), b.z.numpy()

    def draw(stats: np.ndarray, name: str) -> np.ndarray:
        mean, logvar = np.split(stats, 2, 1)
        return mean + np.exp(logvar / 2) * drawn("G", name, *mean.shape).numpy()

    x_gen = affine(n.G, z)
    z_enc, z_rec = draw(affine(n.E, x), "z_enc"), draw(affine(n.E, x_gen), "z_rec")
    q, p = sigmoid(affine(n.Dxz, x, z_enc)), sigmoid(affine(n.Dxz, x_gen, z))
    agree(terms, {
        "real_xz": -np.log(q).mean(), "fake_xz": -np.log(1 - p).mean(), "adv_xz_enc": -np.log(1 - q).mean(),
        "adv_xz_gen": -np.log(p).mean(), "sq_x": ((x - affine(n.G, z_enc)) ** 2).mean(),
        "rec_z": ((z - z_rec) ** 2).mean(),
    })  # fmt: skip


@pytest.mark.parametrize("name", ["bigan", "veegan"])
@pytest.mark.parametrize("game", ["hinge", "relativistic", "wasserstein"])
def test_joint_critics_over_later_games(name: str, game: str, _wide: None) -> None:
    """Critic and producers by the papers' formulas, of pairs; slopes on (x, z), images in [-1, 1]."""
    made = method(name, game=game, **({"noise": 0.0} if name == "veegan" else {}))
    role = made.roles["Dxz"]
    assert role.batch_independent and role.spectral == (game == "hinge")
    n = affine_networks(made, SPEC, Prior.parse("normal", 3))
    w = n.Dxz.weight.detach().numpy()[0]
    squared = (w[:18] ** 2).sum() / 4 + (w[18:] ** 2).sum()
    steps = [u for u in made.cycle() if "Dxz" in u.terms]
    assert len(steps) == (5 if game == "wasserstein" else 1) and len(made.cycle()) == len(steps) + 1
    for update in (steps[0], made.cycle()[-1]):
        b, terms = forward(made, n, Table(SPEC, B), update)
        x, z = b.x.numpy(), b.z.numpy()
        enc, gen = affine(n.Dxz, x, affine(n.E, x)), affine(n.Dxz, affine(n.G, z), z)
        high, low = (enc, gen) if name == "bigan" else (gen, enc)  # whose scores the critic raises
        apart = np.log1p(np.exp(low - high)).mean(), np.log1p(np.exp(high - low)).mean()
        raised, lowered, makes_low, makes_high = {
            "hinge": (
                np.maximum(0, 1 - high).mean(), np.maximum(0, 1 + low).mean(), -low.mean(), high.mean(),
            ),
            "relativistic": (5 * squared, apart[0] + 5 * squared, apart[1], apart[1]),
            "wasserstein": (
                -high.mean(), low.mean() + 10 * (squared**0.5 - 1) ** 2, -low.mean(), high.mean(),
            ),
        }[game]  # fmt: skip
        expected = (
            {"real_xz": raised, "fake_xz": lowered, "adv_xz_gen": makes_low, "adv_xz_enc": makes_high}
            if name == "bigan"
            else {
                "pair_gen": raised,
                "pair_enc": lowered,
                "ratio": makes_high,
                "dist_z": ((z - affine(n.E, affine(n.G, z))) ** 2).sum(1).mean(),
            }
        )
        agree({k: v.item() for k, v in terms.items()}, expected)


@pytest.mark.parametrize("name", ["lr", "jlr"])
@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_latent_regressors(name: str, prior: str, _wide: None) -> None:
    """A GAN; E's loss is the square of z - E(G(z)), or the cross-entropy of (z + 1) / 2 and (E(G(z)) + 1) / 2."""
    made = method(name)
    n = affine_networks(made, SPEC, Prior.parse(prior, 3))
    if prior == "uniform":
        squash = n.E.forward
        n.E.forward = lambda x: squash(x).tanh()  # type: ignore[method-assign]
    (update,) = made.cycle()
    assert set(update.terms["G"]) == {"adv_x_gen", *(["code_gen"] if name == "jlr" else [])}
    b, terms = forward(made, n, Table(SPEC, B), update)
    x, z = b.x.numpy(), b.z.numpy()
    x_gen = affine(n.G, z)
    code = affine(n.E, x_gen)
    a, c = (z + 1) / 2, (np.tanh(code) + 1) / 2
    loss = ((z - code) ** 2) if prior == "normal" else -(a * np.log(c) + (1 - a) * np.log(1 - c))
    q, p = sigmoid(affine(n.Dx, x)), sigmoid(affine(n.Dx, x_gen))
    expected = {
        "real_x": -np.log(q).mean(), "fake_x_gen": -np.log(1 - p).mean(), "adv_x_gen": -np.log(p).mean(),
        "code": loss.mean(), "code_gen": loss.mean(),
    }  # fmt: skip
    agree({k: t.item() for k, t in terms.items()}, {k: v for k, v in expected.items() if k in terms})


def test_only_the_joint_regressor_teaches_g_to_be_inverted() -> None:
    """With no weight on the adversarial term LR's G would learn nothing; its E learns all the same."""
    for name, moves in (("lr", False), ("jlr", True)):
        run = training(name, "mlp", spec_of("mlp"), 3, weights={"adv_x_gen": 1e-12 if not moves else 0})
        (update,) = run.method.cycle()
        _, terms = forward(run.method, run.networks, run.source, update)
        inverted = terms.get("code_gen")
        assert (inverted is not None) == moves
        if inverted is not None:
            grads = torch.autograd.grad(inverted, list(run.networks.G.parameters()))
            assert all(g.abs().max() > 0 for g in grads)


def test_mismatch_of_each_part_of_a_prior(_wide: None) -> None:
    prior = Prior.parse("normal:1+uniform:1+categorical:2", 4)
    z, code = torch.tensor([[1.0, 0.5, 0.0, 1.0]]), torch.tensor([[0.0, 0.0, 0.25, 0.75]])
    expected = (1.0 + np.log(2) + 0 - np.log(0.75)) / 4
    assert prior.mismatch(code, z).item() == pytest.approx(expected)
