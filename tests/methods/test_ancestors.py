"""alpha-GAN, RAE, AVB, IntroVAE and in-domain inversion against their papers' equations in float64 numpy."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from methods.base import Method, Spec
from methods.priors import Prior, mixture_like
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
    method,
    sigmoid,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


def updates(made: Method) -> Iterator[tuple[Any, Any, dict[str, float], Any]]:
    n = affine_networks(made, SPEC, PRIOR)
    for update in {repr(u): u for u in made.cycle()}.values():
        b, terms = forward(made, n, Table(SPEC, B), update)
        yield n, b, {name: term.item() for name, term in terms.items()}, update


def kl(stats: np.ndarray) -> float:
    mean, logvar = np.split(stats, 2, 1)
    return float(((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1).mean())


def test_alpha_gan() -> None:
    """E: 10 |x - x_rec| + log(1 - C) - log C; G the same of D(x_rec) and D(x_gen); a loss for each network."""
    made = method("alpha-gan")
    for n, b, terms, update in updates(made):
        x, z = b.x.numpy(), b.z.numpy()
        z_enc, x_gen = affine(n.E, x), affine(n.G, z)
        x_rec = affine(n.G, z_enc)
        d = {k: sigmoid(affine(n.Dx, v)) for k, v in {"x": x, "x_rec": x_rec, "x_gen": x_gen}.items()}
        d |= {k: sigmoid(affine(n.Dz, v)) for k, v in {"z": z, "z_enc": z_enc}.items()}
        expected = {f"adv_{k}": (np.log(1 - d[k]) - np.log(d[k])).mean() for k in ("x_rec", "x_gen", "z_enc")}
        expected |= {f"fake_{k}": -np.log(1 - d[k]).mean() for k in ("x_rec", "x_gen", "z_enc")}
        expected |= {f"real_{k}": -np.log(d[k]).mean() for k in ("x", "z")}
        agree(terms, expected | {"rec_x": np.abs(2 * x - 2 * x_rec).mean()})
        if "E" in update.terms:
            assert update.terms == {"E": ("rec_x", "adv_z_enc"), "G": ("rec_x", "adv_x_rec", "adv_x_gen")}
            assert made.weights["rec_x"] == 10


def test_rae() -> None:
    """|x - x_rec|^2 + 1e-4 |z|^2 + 1e-7 |theta_G|^2; G's weights alone."""
    ((n, b, terms, _),) = updates(method("rae"))
    x = b.x.numpy()
    z = affine(n.E, x)
    weight = n.G.weight.detach().numpy()
    agree(
        terms,
        {"sq_x": ((x - affine(n.G, z)) ** 2).mean(), "code": (z**2).mean(), "decay": (weight**2).sum()},
    )
    assert method("rae").weights == {"sq_x": 1, "code": 1e-4, "decay": 1e-7}


def test_codes_of_two_clusters_are_drawn_from_both() -> None:
    """A Gaussian would draw between them; a mixture does not."""
    rng = torch.Generator().manual_seed(0)
    codes = (
        torch.randn(400, 2, generator=rng) * 0.1
        + torch.tensor([5.0, 0.0]) * torch.tensor([1.0, -1.0]).repeat(200)[:, None]
    )
    drawn_ = mixture_like(codes, 300, 10, torch.Generator().manual_seed(1))
    assert drawn_.shape == (300, 2) and drawn_.dtype == codes.dtype
    assert (drawn_[:, 0].abs() > 4).all() and 0.3 < (drawn_[:, 0] > 0).double().mean() < 0.7
    assert torch.equal(drawn_, mixture_like(codes, 300, 10, torch.Generator().manual_seed(1)))
    assert mixture_like(codes[:3], 5, 10, rng).shape == (5, 2)


def test_avb() -> None:
    """T: -log s(T(x, E(x, eps))) - log(1 - s(T(x, z))); G and E: |x - x_rec|^2 / 2 + 0.01 T(x, E(x, eps))."""
    made = method("avb")
    ((n, b, terms, update),) = updates(made)
    x, z = b.x.numpy(), b.z.numpy()
    z_enc = affine(n.E, x, drawn("G", "z_enc", B, 3).numpy())
    score = affine(n.T, x, z_enc)
    agree(terms, {
        "real": -np.log(sigmoid(score)).mean(), "fake": -np.log(1 - sigmoid(affine(n.T, x, z))).mean(),
        "nll_x": ((x - affine(n.G, z_enc)) ** 2).reshape(B, -1).sum(1).mean() / 2, "ratio": score.mean(),
    })  # fmt: skip
    assert update.terms == {"T": ("real", "fake"), "GE": ("nll_x", "ratio")} and made.weights["ratio"] == 0.01
    rng = torch.Generator()
    torch.testing.assert_close(made.encode(n, b.x, rng), n.E(b.x, torch.zeros(B, 3)))


def test_introvae() -> None:
    """E: KL(E(x)) + ([m - KL]+ of x_rec and x_gen) / 2; G: the two KL / 2; beta |x - x_rec|^2 in both."""
    made = method("introvae", m=4.0)
    for n, b, terms, update in updates(made):
        x, stream = b.x.numpy(), update.stream
        stats = affine(n.E, x)
        mean, logvar = np.split(stats, 2, 1)
        x_rec = affine(n.G, mean + np.exp(logvar / 2) * drawn(stream, "z_enc", B, 3).numpy())
        kls = kl(affine(n.E, x_rec)), kl(affine(n.E, affine(n.G, b.z.numpy())))
        agree(terms, {
            "rec": ((x - x_rec) ** 2).reshape(B, -1).sum(1).mean(), "kl": kl(stats),
            "margin": sum(max(0.0, 4 - value) for value in kls) / 2, "kl_gen": sum(kls) / 2,
        })  # fmt: skip


def test_e_s_margin_moves_no_generator() -> None:
    made = method("introvae", m=100.0)
    n = affine_networks(made, SPEC, PRIOR)
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[0])
    n.modules.requires_grad_(True)
    terms = {"margin": made.term_margin(n, b)}
    assert torch.autograd.grad(terms["margin"], n.G.weight, allow_unused=True) == (None,)


def test_in_domain_inversion() -> None:
    """z_{t+1} = z_t + E(x, G(z_t)) from 0; pixels in [-1, 1], features and score of every step, the last one's for the critic."""
    made = method("idinvert", refinements=2)
    n = affine_networks(made, SPEC, PRIOR)
    critic = n.modules["Dx"] = TwoAffine(18, (1,), 7)
    (update,) = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), update)
    x, z = b.x.numpy(), np.zeros((B, 3))
    steps = []
    for _ in range(2):
        z = z + affine(n.E, x, affine(n.G, z))
        steps.append(affine(n.G, z))

    def hidden(v: np.ndarray) -> np.ndarray:
        return affine(critic.first, v)

    def score(v: np.ndarray) -> np.ndarray:
        return affine(critic.second, hidden(v))

    slope = (critic.second.weight @ critic.first.weight).square().sum().item() / 4
    agree({name: term.item() for name, term in terms.items()}, {
        "pixel": np.mean([((2 * x - 2 * v) ** 2).mean() for v in steps]),
        "feature": np.mean([((hidden(x) - hidden(v)) ** 2).mean() for v in steps]),
        "adv": np.mean([np.log1p(np.exp(-score(v))).mean() for v in steps]),
        "real": np.log1p(np.exp(-score(x))).mean(), "fake": np.log1p(np.exp(score(steps[-1]))).mean(), "r1": slope,
    })  # fmt: skip
    np.testing.assert_allclose(made.encode(n, b.x, torch.Generator()).detach().numpy(), z)
    assert isinstance(n.E, Affine) and isinstance(critic, nn.Module)
