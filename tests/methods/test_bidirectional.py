"""Losses of ALAE, BigBiGAN, the encoder with descent and conditional AEGAN, and AEGAN over other games, by numpy in float64."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.snapshots.model import TrainedModel
from methods.base import Method, Spec
from methods.losses import cross_entropy
from methods.priors import Prior
from tests.methods.harness import (
    IMAGES,
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
    training,
    weights_of,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture
def wide() -> Iterator[None]:
    with float64():
        yield


def updates(made: Method) -> Iterator[tuple[Any, Any, dict[str, torch.Tensor], Any]]:
    """Networks, batch, terms and update, for each distinct update of the cycle."""
    n = affine_networks(made, SPEC, PRIOR)
    for update in {repr(u): u for u in made.cycle()}.values():
        yield n, *forward(made, n, Table(SPEC, B), update), update


def values(terms: dict[str, torch.Tensor]) -> dict[str, float]:
    return {name: term.item() for name, term in terms.items()}


@pytest.mark.usefixtures("wide")
def test_alae() -> None:
    """Eq. 3 to 7: the critic D(E(x)) with its slope, its maker F and G, and w that comes home, F learning through G alone."""
    made = method("alae")
    assert [(list(u.terms), u.steps) for u in made.cycle()] == [(["ED"], 0), (["FG"], 1), (["ED", "FG"], 0)]
    for n, b, terms, update in updates(made):
        w = affine(n.F, b.z.numpy())
        e_gen = affine(n.E, affine(n.G, w))
        d, d_gen = sigmoid(affine(n.D, affine(n.E, b.x.numpy()))), sigmoid(affine(n.D, e_gen))
        slope = (n.D.weight.detach() @ n.E.weight.detach()).square().sum().item() / 4  # images in [-1, 1]
        agree(values(terms), {
            "real": -np.log(d).mean(), "fake": -np.log(1 - d_gen).mean(), "r1": slope,
            "adv_x_gen": -np.log(d_gen).mean(), "rec_w": ((w - e_gen) ** 2).mean(),
        })  # fmt: skip
        if "rec_w" in terms:
            (gradient,) = torch.autograd.grad(terms["rec_w"], n.F.weight, retain_graph=True)
            target = torch.autograd.grad(
                (b.w - n.E(b.x_gen).detach()).square().mean(), n.F.weight, retain_graph=True
            )
            whole = torch.autograd.grad((b.w - n.E(b.x_gen)).square().mean(), n.F.weight, retain_graph=True)
            torch.testing.assert_close(gradient, whole[0] - target[0])  # through G, not through the target
            assert set(update.terms) == {"ED", "FG"}
        if "r1" in terms:
            total = made.combine("ED", terms, made.weights, {}).item()
            assert total == pytest.approx((terms["real"] + terms["fake"]).item() + 5 * slope)


def test_latents_of_a_learned_space_are_mapped() -> None:
    """What a model draws is w = F(z), which E returns and G takes."""
    run = training("alae", "aegan", IMAGES, 0)
    model = TrainedModel(run.config, IMAGES, lambda: None, None)  # type: ignore[arg-type, return-value]
    w = model.latents(5, torch.Generator().manual_seed(3))
    z = model.method.latents(model.networks.prior, None, 5, torch.Generator().manual_seed(3))
    assert torch.equal(w, model.networks.F(z)) and not torch.equal(w, z)
    assert model.generate(w).shape == (5, *IMAGES.shape)


@pytest.mark.usefixtures("wide")
def test_bigbigan() -> None:
    """Section 2: hinges of y s for the critics, y s for G and E, of three scores."""
    made = method("bigbigan")
    for n, b, terms, update in updates(made):
        x, z = b.x.numpy(), b.z.numpy()
        mean, logvar = np.split(affine(n.E, x), 2, 1)
        z_enc = mean + np.log1p(np.exp(logvar)) * drawn(update.stream, "z_enc", B, 3).numpy()
        x_gen = affine(n.G, z)
        real = {"x": affine(n.Dx, x), "z": affine(n.Dz, z_enc), "xz": affine(n.Dxz, x, z_enc)}
        fake = {"x": affine(n.Dx, x_gen), "z": affine(n.Dz, z), "xz": affine(n.Dxz, x_gen, z)}
        expected = {
            f"hinge_{k}": np.maximum(0, 1 - real[k]).mean() + np.maximum(0, 1 + fake[k]).mean() for k in real
        }
        expected |= {"adv_x": -fake["x"].mean(), "adv_z": real["z"].mean()}
        agree(values(terms), {**expected, "adv_xz": real["xz"].mean() - fake["xz"].mean()})


def test_without_a_unary_score_its_critic_rests() -> None:
    """BiGAN on a hinge: only the joint score is left."""
    terms = [u.terms for u in method("bigbigan", {"adv_x": 0, "adv_z": 0}).cycle()]
    assert terms == [{"D": ("hinge_xz",)}, {"D": ("hinge_xz",)}, {"GE": ("adv_xz",)}]


@pytest.mark.usefixtures("wide")
def test_descent_begins_with_the_encoder_s_answer() -> None:
    """No step: E(x). More steps: never worse for any image, and better for some; the rows do not depend on each other."""
    n = affine_networks(method("igan"), SPEC, PRIOR)
    n.modules.requires_grad_(False)
    x = torch.rand(5, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    rng = torch.Generator()
    start = n.E(x)
    assert torch.equal(method("igan", search_steps=0).encode(n, x, rng), start)
    made = method("igan", search_steps=30)
    found = made.encode(n, x, rng)
    misses = [cross_entropy(x, n.G(z)) for z in (start, found)]
    assert (misses[1] <= misses[0]).all() and (misses[1] < misses[0] - 1e-3).any()
    torch.testing.assert_close(made.encode(n, x[2:3], rng), found[2:3])
    ((n, b, terms, _),) = updates(method("igan"))
    x, rec = b.x.numpy(), affine(n.G, affine(n.E, b.x.numpy()))
    agree(values(terms), {"proj": -(x * np.log(rec) + (1 - x) * np.log(1 - rec)).mean()})


@pytest.mark.usefixtures("wide")
def test_conditional_aegan() -> None:
    """AEGAN's six terms with y in G and Dx, and the labels' squared error."""
    made = method("caegan")
    for n, b, terms, _ in updates(made):
        x, y, z = b.x.numpy(), b.y.numpy(), b.z.numpy()
        z_enc, x_gen = affine(n.E, x), affine(n.G, z, y)
        x_rec, z_rec = affine(n.G, z_enc, y), affine(n.E, x_gen)
        d = {k: sigmoid(affine(n.Dx, v, y)) for k, v in {"x": x, "x_gen": x_gen, "x_rec": x_rec}.items()}
        d |= {k: sigmoid(affine(n.Dz, v)) for k, v in {"z": z, "z_enc": z_enc, "z_rec": z_rec}.items()}
        made_up = ("x_gen", "x_rec", "z_enc", "z_rec")
        expected = {f"adv_{k}": -np.log(d[k]).mean() for k in made_up}
        expected |= {f"fake_{k}": -(0.05 * np.log(d[k]) + 0.95 * np.log(1 - d[k])).mean() for k in made_up}
        expected |= {f"real_{k}": -(0.95 * np.log(d[k]) + 0.05 * np.log(1 - d[k])).mean() for k in ("x", "z")}
        agree(values(terms), expected | {
            "rec_x": 2 * np.abs(x - x_rec).mean(), "rec_z": ((z - z_rec) ** 2).mean(),
            "rec_y": ((y - affine(n.Ey, x)) ** 2).mean(),
        })  # fmt: skip


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("game", ["relativistic", "wasserstein"])
def test_aegan_over_another_game(game: str) -> None:
    """R3GAN's pairs and penalties, WGAN-GP's means and penalty, of images and latents; reconstructions as they were."""
    made = method("aegan", game=game)
    assert made.roles["Dx"].batch_independent and made.roles["Dz"].batch_independent
    assert not method("aegan").roles["Dx"].batch_independent
    for n, b, terms, update in updates(made):
        for what, critic, names in (("x", n.Dx, ("x_gen", "x_rec")), ("z", n.Dz, ("z_enc", "z_rec"))):
            if not any(f"{kind}_{k}" in terms for kind in ("fake", "adv") for k in names):
                continue
            real = affine(critic, getattr(b, what).numpy())
            squared = critic.weight.detach().square().sum().item() / (4 if what == "x" else 1)  # [-1, 1]
            for k in names:
                fake = affine(critic, getattr(b, k).detach().numpy())
                pairs = np.log1p(np.exp(fake - real)).mean(), np.log1p(np.exp(real - fake)).mean()
                if game == "relativistic":
                    expected = {
                        f"fake_{k}": pairs[0] + 5 * squared,
                        f"adv_{k}": pairs[1],
                        f"real_{what}": 5 * squared,
                    }
                else:
                    slope = 10 * (squared**0.5 - 1) ** 2
                    expected = {
                        f"fake_{k}": fake.mean() + slope,
                        f"adv_{k}": -fake.mean(),
                        f"real_{what}": -real.mean(),
                    }
                agree({name: v for name, v in values(terms).items() if name in expected}, expected)
        assert set(update.terms) <= {"GE", "Dx", "Dz"}


def test_aegan_s_generator_alone_over_r3gan_is_r3gan() -> None:
    """So an ablation speaks of AEGAN's terms: the rest is the same loss, the same draws, the same updates."""
    only = dict.fromkeys(("rec_x", "rec_z", "adv_x_rec", "adv_z_enc", "adv_z_rec"), 0.0)
    wrapped = training("aegan", "mlp", Spec((2,)), 4, weights=only, game="relativistic")
    alone = training("r3gan", "mlp", Spec((2,)), 4)
    for run in (wrapped, alone):
        go(run)
    other = weights_of(wrapped)
    for key, value in weights_of(alone).items():
        torch.testing.assert_close(value, other[key], rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("wide")
def test_slopes_weigh_the_penalties_of_a_game_alone() -> None:
    """R1 and R2 by half; with 0 the relativistic pairs are left, and WGAN-GP's means."""
    for name in ("relativistic", "wasserstein"):
        terms = {
            slopes: {
                k: v
                for *_, t, _ in updates(method("aegan", game=name, slopes=slopes))
                for k, v in values(t).items()
            }
            for slopes in (0.0, 0.5, 1.0)
        }
        for key in ("fake_x_gen", "adv_x_gen", "rec_x"):
            low, half, whole = (terms[slopes][key] for slopes in (0.0, 0.5, 1.0))
            assert half == pytest.approx((low + whole) / 2)
            assert (low == whole) == (key != "fake_x_gen")


def test_an_unknown_game_is_named() -> None:
    with pytest.raises(ValueError, match="game = 'chess': known are bce, hinge, relativistic, wasserstein"):
        method("aegan", game="chess")
