"""Losses against values computed here from the papers' equations, in float64 numpy or by autograd, on small
fixed inputs.
"""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from methods.base import Batch, Method, Networks, Spec
from methods.losses import cross_entropy, packed
from methods.priors import Prior
from tests.methods.harness import (
    Table,
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


def updates(made: Method) -> Iterator[tuple[Networks, Batch, dict[str, float]]]:
    """Networks, batch and terms of each distinct update of the cycle."""
    n = affine_networks(made, SPEC, PRIOR)
    for update in dict.fromkeys(repr(u) for u in made.cycle()):
        chosen = next(u for u in made.cycle() if repr(u) == update)
        b, terms = forward(made, n, Table(SPEC, B), chosen)
        yield n, b, {name: term.item() for name, term in terms.items()}


def test_vae() -> None:
    """-L = |x - G(z)|^2 / 2 + beta * sum (mean^2 + var - log var - 1) / 2, z = mean + std * eps."""
    ((n, b, terms),) = updates(method("vae"))
    x = b.x.numpy()
    mean, logvar = np.split(affine(n.E, x), 2, 1)
    z = mean + np.exp(logvar / 2) * drawn("G", "z_enc", B, 3).numpy()
    nll = ((x - affine(n.G, z)) ** 2).reshape(B, -1).sum(1).mean() / 2
    kl = ((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1).mean()
    agree(terms, {"nll_x": nll, "kl": kl})
    made = method("vae")
    assert made.combine(
        "GE", {k: torch.tensor(v) for k, v in terms.items()}, made.weights, {}
    ) == pytest.approx(nll + 0.01 * kl)


def test_the_kl_term_is_the_gaussian_one() -> None:
    """Against torch's own divergence."""
    ((n, b, terms),) = updates(method("vae"))
    mean, logvar = n.E(b.x).chunk(2, 1)
    q = torch.distributions.Normal(mean, (logvar / 2).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0, 1)).sum(1).mean()
    assert terms["kl"] == pytest.approx(kl.item(), rel=1e-10)


@pytest.mark.parametrize("name", ["bigan", "ali"])
def test_joint_critics(name: str) -> None:
    """D: -log D(x, z^) - log(1 - D(G(z), z)); E and G the same with swapped labels."""
    seen = set()
    for n, b, terms in updates(method(name)):
        x, z = b.x.numpy(), b.z.numpy()
        z_enc = affine(n.E, x)
        if name == "ali":
            stream = "G" if "adv_xz_enc" in terms else "fake_xz"
            mean, logvar = np.split(z_enc, 2, 1)
            z_enc = mean + np.exp(logvar / 2) * drawn(stream, "z_enc", B, 3).numpy()
        q, p = sigmoid(affine(n.Dxz, x, z_enc)), sigmoid(affine(n.Dxz, affine(n.G, z), z))
        agree(terms, {
            "real_xz": -np.log(q).mean(), "fake_xz": -np.log(1 - p).mean(),
            "adv_xz_enc": -np.log(1 - q).mean(), "adv_xz_gen": -np.log(p).mean(),
        })  # fmt: skip
        seen |= set(terms)
    assert seen == {"real_xz", "fake_xz", "adv_xz_enc", "adv_xz_gen"}


@pytest.mark.parametrize("name", ["bigan", "ali"])
def test_joint_critics_teach_the_encoder(name: str) -> None:
    """The classic bug: E's gradient is that of -log(1 - D(x, E(x))), through the critic's input z, and G's is
    not in it.
    """
    made = method(name)
    n = affine_networks(made, SPEC, PRIOR)
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[-1])
    e = list(n.E.parameters())
    got = torch.autograd.grad(terms["adv_xz_enc"] + terms["adv_xz_gen"], e, retain_graph=True)
    eps = drawn("G", "z_enc", B, 3)
    stats = n.E(b.x)
    z = stats if name == "bigan" else stats[:, :3] + (stats[:, 3:] / 2).exp() * eps
    expected = torch.autograd.grad(-(1 - n.Dxz(b.x, z).sigmoid()).log().mean(), e)
    for a, c in zip(got, expected, strict=True):
        assert a.abs().max() > 0
        torch.testing.assert_close(a, c)
    alone = torch.autograd.grad(terms["adv_xz_gen"], e, allow_unused=True)
    assert all(gradient is None for gradient in alone)


@pytest.mark.parametrize("name", ["inverse", "direct"])
def test_inverse_generators(name: str) -> None:
    """Eq. 7 on generated images alone, or mean (z - z')^2; only the one term is evaluated."""
    ((n, b, terms),) = updates(method(name))
    z = b.z.numpy()
    x = affine(n.G, z)
    z_rec = affine(n.E, x)
    x_rec = affine(n.G, z_rec)
    v = -x * np.log(x_rec) - (1 - x) * np.log(1 - x_rec)
    agree(
        terms,
        {
            "rec_x_gen" if name == "inverse" else "rec_z": v.mean()
            if name == "inverse"
            else ((z - z_rec) ** 2).mean()
        },
    )
    assert "x" not in b.__dict__, "no real image is drawn"


def test_cross_entropy_is_torch_s_and_stays_finite() -> None:
    generator = torch.Generator().manual_seed(0)
    x, p = torch.rand(4, 3, 2, 2, generator=generator), torch.rand(4, 3, 2, 2, generator=generator)
    torch.testing.assert_close(cross_entropy(x, p).mean(), nn.functional.binary_cross_entropy(p, x))
    saturated = torch.tensor([[0.0, 1.0]]).requires_grad_()
    loss = cross_entropy(torch.tensor([[1.0, 0.0]]), saturated).sum()
    (gradient,) = torch.autograd.grad(loss, saturated)
    assert loss.isfinite() and gradient.isfinite().all()


def test_conditional_gan_and_icgan() -> None:
    """Labels reach G and Dx; E learns z of G(z, y'), Ey the labels of real images."""
    for n, b, terms in updates(method("cgan")):
        x, y, z = b.x.numpy(), b.y.numpy(), b.z.numpy()
        q, p = sigmoid(affine(n.Dx, x, y)), sigmoid(affine(n.Dx, affine(n.G, z, y), y))
        agree(
            terms,
            {
                "real_x": -np.log(q).mean(),
                "fake_x_gen": -np.log(1 - p).mean(),
                "adv_x_gen": -np.log(p).mean(),
            },
        )
    ((n, b, terms),) = updates(method("icgan"))
    x, y, z = b.x.numpy(), b.y.numpy(), b.z.numpy()
    rec_z = ((z - affine(n.E, affine(n.G, z, y))) ** 2).mean()
    agree(terms, {"rec_z": rec_z, "rec_y": ((y - affine(n.Ey, x)) ** 2).mean()})


def test_packing() -> None:
    """Two samples side by side; the packed GAN's losses by numpy; a batch that does not divide is an
    error.
    """
    x = torch.arange(24.0).view(4, 2, 3)
    assert torch.equal(packed(x, 2), torch.stack([torch.cat([x[0], x[1]]), torch.cat([x[2], x[3]])]))
    with pytest.raises(ValueError, match="batch = 5 cannot be packed by 2"):
        packed(torch.zeros(5, 2), 2)
    made = method("pacgan2")
    assert made.roles["Dx"].pack == 2 and method("gan").roles["Dx"].pack == 1
    for n, b, terms in updates(made):  # as many packs as the batch has samples
        pairs = b.x.numpy().reshape(B, -1), affine(n.G, b.z.numpy()).reshape(B, -1)
        q, p = (sigmoid(affine(n.Dx, pair)) for pair in pairs)
        real = -(0.95 * np.log(q) + 0.05 * np.log(1 - q)).mean()
        fake = -(0.05 * np.log(p) + 0.95 * np.log(1 - p)).mean()
        agree(terms, {"real_x": real, "fake_x_gen": fake, "adv_x_gen": -np.log(p).mean()})
