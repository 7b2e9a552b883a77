"""Losses of AGE, the WAEs, Soft-IntroVAE, D2GAN, MDGAN and InfoGAN against numpy in float64."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from methods.age import kl_of_batch
from methods.base import Method, Spec
from methods.d2gan import log_softplus
from methods.infogan import InfoGAN
from methods.priors import Prior
from methods.wae_mmd import mmd
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


def updates(made: Method, prior: Prior = PRIOR) -> Iterator[tuple[Any, Any, dict[str, float], Any]]:
    """Networks, batch, terms and update, for each distinct update of the cycle."""
    n = affine_networks(made, SPEC, prior)
    for update in {repr(u): u for u in made.cycle()}.values():
        b, terms = forward(made, n, Table(SPEC, B), update)
        yield n, b, {name: term.item() for name, term in terms.items()}, update


def loss(made: Method, player: str, terms: dict[str, float]) -> float:
    return float(made.combine(player, {k: torch.tensor(v) for k, v in terms.items()}, made.weights, {}))


def gauss_kl(codes: np.ndarray) -> float:
    """Mean over units of KL(N(m, s^2) || N(0, 1))."""
    variance = codes.var(0, ddof=0) + 1e-3
    return float(((codes.mean(0) ** 2 + variance - np.log(variance) - 1) / 2).mean())


def test_age() -> None:
    """E: KL(E(x)) - KL(E(x_gen)) + 10 |x - x_rec|; G: KL(E(x_gen)) + 1000 (1 - cosine) / d; two steps of G to one of E."""
    made = method("age")
    assert [list(u.terms) for u in made.cycle()] == [["E"], ["G"], ["G"]]
    for n, b, terms, _ in updates(made):
        z = b.z.numpy()
        z_rec = affine(n.E, affine(n.G, z))
        cosine = (z * z_rec).sum(1) / np.linalg.norm(z, axis=1) / np.linalg.norm(z_rec, axis=1)
        expected = {"kl_gen": gauss_kl(z_rec), "kl_away": -gauss_kl(z_rec), "cos_z": (1 - cosine).mean() / 3}
        if "kl_enc" in terms:
            x = b.x.numpy()
            z_enc = affine(n.E, x)
            expected |= {"kl_enc": gauss_kl(z_enc), "rec_x": 2 * np.abs(x - affine(n.G, z_enc)).mean()}
            assert loss(made, "E", terms) == pytest.approx(
                expected["kl_enc"] + expected["kl_away"] + 10 * expected["rec_x"]
            )
        else:
            assert loss(made, "G", terms) == pytest.approx(expected["kl_gen"] + 1000 * expected["cos_z"])
        agree(terms, expected)


def test_codes_that_do_not_vary_have_a_finite_divergence() -> None:
    codes = torch.ones(5, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(kl_of_batch(codes), codes)
    assert gradient.isfinite().all() and kl_of_batch(torch.randn(50_000, 3)).abs() < 1e-3


@pytest.mark.parametrize(("prior", "base"), [("normal", 6), ("uniform", 3)])
def test_wae_mmd_s_kernels_follow_the_prior(prior: str, base: int) -> None:
    """wae.py of tolstikhin/wae, mmd_penalty: Cbase is 2 d sigma^2 for a normal prior, d for a uniform one."""
    ((n, b, terms, _),) = updates(method("wae-mmd"), Prior.parse(prior, 3))
    z, z_enc = b.z.numpy(), affine(n.E, b.x.numpy())
    scales = [base * s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]

    def k(a: np.ndarray, c: np.ndarray) -> np.ndarray:
        return np.sum([s / (s + cdist(a, c, "sqeuclidean")) for s in scales], 0)

    own = [k(a, a)[~np.eye(B, dtype=bool)].mean() for a in (z, z_enc)]
    assert terms["mmd"] == pytest.approx(sum(own) - 2 * k(z, z_enc).mean())


def test_wae_mmd() -> None:
    """Algorithm 2 with the kernels of seven scales, over all pairs."""
    made = method("wae-mmd")
    ((n, b, terms, _),) = updates(made)
    x, z = b.x.numpy(), b.z.numpy()
    z_enc = affine(n.E, x)

    def k(a: np.ndarray, c: np.ndarray) -> np.ndarray:
        scales = [2 * 3 * s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        return np.sum([s / (s + cdist(a, c, "sqeuclidean")) for s in scales], 0)

    own = [k(a, a)[~np.eye(B, dtype=bool)].mean() for a in (z, z_enc)]
    expected = {
        "mmd": sum(own) - 2 * k(z, z_enc).mean(),
        "sq_x": ((x - affine(n.G, z_enc)) ** 2).reshape(B, -1).sum(1).mean(),
    }
    agree(terms, expected)
    assert loss(made, "GE", terms) == pytest.approx(expected["sq_x"] + 10 * expected["mmd"])


def test_the_mmd_is_unbiased() -> None:
    """0 on average between samples of one distribution; clearly above for another."""
    same = torch.stack([mmd(torch.randn(8, 2), torch.randn(8, 2), 4.0) for _ in range(600)])
    assert same.mean().abs() < 4 * same.std() / 600**0.5
    assert mmd(torch.randn(200, 2), torch.randn(200, 2) + 2, 4.0) > 1


def test_wae_gan() -> None:
    """Algorithm 1: the critic's cross-entropies, |x - x_rec|^2 - 10 log Dz(E(x))."""
    made = method("wae-gan")
    for n, b, terms, update in updates(made):
        x = b.x.numpy()
        z_enc = affine(n.E, x)
        q, p = sigmoid(affine(n.Dz, b.z.numpy())), sigmoid(affine(n.Dz, z_enc))
        expected = {
            "real_z": -np.log(q).mean(), "fake_z_enc": -np.log(1 - p).mean(), "adv_z_enc": -np.log(p).mean(),
            "sq_x": ((x - affine(n.G, z_enc)) ** 2).reshape(B, -1).sum(1).mean(),
        }  # fmt: skip
        agree(terms, expected)
        if "GE" in update.terms:
            assert loss(made, "GE", terms) == pytest.approx(expected["sq_x"] + 10 * expected["adv_z_enc"])


def test_soft_introvae() -> None:
    """Eq. 4 and 5 with s = 1/18: E on -s ELBO(x) + exp(2 s ELBO'(x_gen)) / 2, G on -s ELBO(x) - s ELBO''(x_gen)."""
    made, s = method("soft-introvae", beta_rec=0.7, beta_kl=0.3, beta_neg=2.0), 1 / 18
    for n, b, terms, update in updates(made):
        (stream,) = {update.stream}
        x, x_gen = b.x.numpy(), affine(n.G, b.z.numpy())

        def reconstructed(
            images: np.ndarray, scope: str, n: Any = n, stream: str = stream
        ) -> tuple[Any, Any]:
            mean, logvar = np.split(affine(n.E, images), 2, 1)
            z = mean + np.exp(logvar / 2) * drawn(stream, scope, B, 3).numpy()
            kl = ((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1)
            return ((images - affine(n.G, z)) ** 2).reshape(B, -1).sum(1), kl

        error, kl = reconstructed(x, "z_enc")
        error_gen, kl_gen = reconstructed(x_gen, "error_gen")
        agree(terms, {
            "rec": 0.7 * s * error.mean(), "kl": 0.3 * s * kl.mean(), "kl_gen": 0.3 * s * kl_gen.mean(),
            "exp_elbo": (np.exp(2 * s * (-0.7 * error_gen - 2 * kl_gen)) / 2).mean(),
            "rec_gen": 0.7 * s * error_gen.mean(),
        })  # fmt: skip
        assert set(terms) == ({"rec", "kl", "exp_elbo"} if stream == "E" else {"rec", "kl_gen", "rec_gen"})


def test_soft_introvae_s_reconstructions_may_count_as_generated() -> None:
    """Half and half with x_gen, as in the authors' code; E's exponential moves x_rec as the target too, G's error does not."""
    made, s = method("soft-introvae", beta_rec=0.7, beta_kl=0.3, beta_neg=2.0, reconstructions=True), 1 / 18
    for n, b, terms, update in updates(made):
        stream = update.stream

        def bound(
            images: np.ndarray, scope: str, n: Any = n, stream: str = stream
        ) -> tuple[np.ndarray, np.ndarray]:
            mean, logvar = np.split(affine(n.E, images), 2, 1)
            z = mean + np.exp(logvar / 2) * drawn(stream, scope, B, 3).numpy()
            kl = ((mean**2 + np.exp(logvar) - logvar - 1) / 2).sum(1)
            return ((images - affine(n.G, z)) ** 2).reshape(B, -1).sum(1), kl

        fakes = {"error_gen": b.x_gen, "x_again": b.x_rec}
        both = [bound(x.detach().numpy(), scope) for scope, x in fakes.items()]
        expected = {
            "exp_elbo": np.mean([np.exp(2 * s * (-0.7 * error - 2 * kl)) for error, kl in both]) / 2,
            "kl_gen": 0.3 * s * np.mean([kl for _, kl in both]),
            "rec_gen": 0.7 * s * np.mean([error for error, _ in both]),
        }
        agree({k: v for k, v in terms.items() if k in expected}, expected)


def test_soft_introvae_s_targets_are_fixed_for_g_alone() -> None:
    made = method("soft-introvae", reconstructions=True)
    n = affine_networks(made, SPEC, PRIOR)
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[0])
    assert torch.autograd.grad(terms["exp_elbo"], b.x_rec, retain_graph=True)[0].abs().max() > 0
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[1])
    assert torch.autograd.grad(terms["rec_gen"], b.x_rec, allow_unused=True)[0] is None
    assert torch.autograd.grad(terms["kl_gen"], b.x_rec)[0].abs().max() > 0


def test_soft_introvae_s_generated_images_are_pulled_through_e_alone() -> None:
    """G gets gradient from KL(E(x_gen)) through x_gen, and none from E's exponential."""
    made = method("soft-introvae")
    n = affine_networks(made, SPEC, PRIOR)
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[1])
    assert torch.autograd.grad(terms["kl_gen"], n.G.weight)[0].abs().max() > 0
    b, terms = forward(made, n, Table(SPEC, B), made.cycle()[0])
    assert torch.autograd.grad(terms["exp_elbo"], n.E.weight)[0].abs().max() > 0
    assert b.x_gen.grad_fn is None, "G is frozen while E learns"


def test_d2gan() -> None:
    """Eq. 1: the sum of the critics' losses is -J, that of G's is J without what it does not reach."""
    made = method("d2gan")
    for n, b, terms, update in updates(made):
        x, x_gen = b.x.numpy(), affine(n.G, b.z.numpy())
        d1, d1_gen, d2, d2_gen = (np.log1p(np.exp(affine(d, v))) for d in (n.D1, n.D2) for v in (x, x_gen))
        expected = {
            "real_1": -0.2 * np.log(d1).mean(), "fake_1": d1_gen.mean(), "real_2": d2.mean(),
            "fake_2": -0.1 * np.log(d2_gen).mean(), "adv_1": -d1_gen.mean(), "adv_2": 0.1 * np.log(d2_gen).mean(),
        }  # fmt: skip
        agree(terms, expected)
        assert list(update.terms) == (["G"] if "adv_1" in terms else ["D1", "D2"])


def test_log_softplus_stays_finite() -> None:
    logits = torch.tensor([-800.0, -20.0, -15.0, 0.0, 30.0], requires_grad=True)
    made = log_softplus(logits)
    (gradient,) = torch.autograd.grad(made.sum(), logits)
    assert made.tolist() == pytest.approx(
        [-800, -20, np.log(np.log1p(np.exp(-15))), np.log(np.log(2)), np.log(30)]
    )
    assert gradient.isfinite().all() and gradient[0] == 1


def test_mdgan() -> None:
    """Algorithm 1: four updates; D1 on x against x_rec, D2 on x_rec against x_gen."""
    made = method("mdgan")
    assert [u.steps for u in made.cycle()] == [0, 0, 0, 1]
    for n, b, terms, _ in updates(made):
        x, x_gen = b.x.numpy(), affine(n.G, b.z.numpy())
        x_rec = affine(n.G, affine(n.E, x))
        one, one_rec = (sigmoid(affine(n.D1, v)) for v in (x, x_rec))
        two_rec, two_gen = (sigmoid(affine(n.D2, v)) for v in (x_rec, x_gen))
        agree(terms, {
            "real_manifold": -np.log(one).mean(), "fake_manifold": -np.log(1 - one_rec).mean(),
            "sq_x": ((x - x_rec) ** 2).reshape(len(x), -1).sum(1).mean(), "adv_manifold": -np.log(one_rec).mean(),
            "real_diffusion": -np.log(two_rec).mean(), "fake_diffusion": -np.log(1 - two_gen).mean(),
            "adv_diffusion": -np.log(two_gen).mean(),
        })  # fmt: skip


@pytest.mark.parametrize("off", ["sq_x", "adv_manifold", "adv_diffusion"])
def test_mdgan_without_a_term_still_counts_one_step_a_cycle(off: str) -> None:
    made = method("mdgan", {off: 0})
    assert sum(u.steps for u in made.cycle()) == 1 and all(
        names for u in made.cycle() for names in u.terms.values()
    )


def test_infogan() -> None:
    """-log Q(c | x_gen): log softmax at the drawn class, half the squared distance of uniform codes, nothing for noise."""
    made, prior = method("infogan"), Prior.parse("normal:1+categorical:3+uniform:2+bernoulli:1", 7)
    n = affine_networks(made, SPEC, prior)
    n.E.squash = True  # outputs in (0, 1), as a softmax and tanh would give them
    for update in made.cycle():
        b, found = forward(made, n, Table(SPEC, B), update)
        z = b.z.numpy()
        x_gen = affine(n.G, z)
        q = affine(n.E, x_gen)
        c, u, sign = z[:, 1:4], z[:, 4:6], z[:, 6:]
        right = np.where(sign > 0, (1 + q[:, 6:]) / 2, (1 - q[:, 6:]) / 2)
        info = -(c * np.log(q[:, 1:4])).sum(1) + ((u - q[:, 4:6]) ** 2).sum(1) / 2 - np.log(right).sum(1)
        agree({name: term.item() for name, term in found.items()}, {
            "real_x": -np.log(sigmoid(affine(n.Dx, b.x.numpy()))).mean(),
            "fake_x_gen": -np.log(1 - sigmoid(affine(n.Dx, x_gen))).mean(),
            "adv_x_gen": -np.log(sigmoid(affine(n.Dx, x_gen))).mean(), "info": info.mean(),
        })  # fmt: skip


def test_infogan_needs_codes() -> None:
    assert "infogan needs a prior with codes" in str(InfoGAN.fits(SPEC, PRIOR))
    assert InfoGAN.fits(SPEC, Prior.parse("sphere:3+categorical", 5)) is None
