"""CycleGAN's losses beside numpy, its pool beside the authors' list of images, and its layers beside the paper's."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods import noise, pool
from methods.base import Method, Networks, Role, Spec
from methods.families.cyclegan import CycleGANFamily
from methods.priors import Prior
from tests.methods.harness import (
    IMAGES,
    POINTS,
    Table,
    affine,
    affine_networks,
    agree,
    float64,
    forward,
    go,
    method,
    training,
)
from tests.methods.tables import Row, rows

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture
def wide() -> Iterator[None]:
    with float64():
        yield


def tables() -> Table:
    """Two domains."""
    first, first.second = Table(SPEC, B), Table(SPEC, B)
    first.second.images = 1 - first.images.flip(0)
    return first


def networks(made: Method) -> Networks:
    return affine_networks(made, SPEC, PRIOR)


def test_equations_1_to_3(wide: None) -> None:
    """Squares in the place of logarithms, critics halved; cycles and identity in pixels of [-1, 1]."""
    made = method("cyclegan", {"idt_x": 5.0, "idt_x2": 5.0})
    n, source = networks(made), tables()
    (update,) = made.cycle()
    b, terms = forward(made, n, source, update)
    x, x2 = b.x.numpy(), b.x2.numpy()
    assert not np.array_equal(x, x2)
    fake2, fake = affine(n.G, x), affine(n.F, x2)

    def l1(a: np.ndarray, c: np.ndarray) -> float:
        return float(np.abs((2 * a - 1) - (2 * c - 1)).mean())

    agree({k: t.item() for k, t in terms.items()}, {
        "adv_x_gen": ((affine(n.Dx, fake) - 1) ** 2).mean(),
        "adv_x2_gen": ((affine(n.Dx2, fake2) - 1) ** 2).mean(),
        "rec_x": l1(affine(n.F, fake2), x),
        "rec_x2": l1(affine(n.G, fake), x2),
        "idt_x": l1(affine(n.F, x), x),
        "idt_x2": l1(affine(n.G, x2), x2),
        "real_x": ((affine(n.Dx, x) - 1) ** 2).mean() / 2,
        "real_x2": ((affine(n.Dx2, x2) - 1) ** 2).mean() / 2,
        "fake_x_gen": (affine(n.Dx, fake) ** 2).mean() / 2,
        "fake_x2_gen": (affine(n.Dx2, fake2) ** 2).mean() / 2,
    })  # fmt: skip


def test_equation_3_weighs_cycles_by_ten_and_leaves_the_identity_out() -> None:
    made = method("cyclegan")
    t = {name: torch.tensor(2.0) for name in made.cycle()[0].terms["GF"]}
    assert set(t) == {"adv_x_gen", "adv_x2_gen", "rec_x", "rec_x2"}
    assert float(made.combine("GF", t, made.weights, {})) == 2 * (1 + 1 + 10 + 10)
    assert made.two_domains() and made.can() == {"translate"}


def test_no_gradient_of_a_critic_reaches_a_translator(wide: None) -> None:
    made = method("cyclegan")
    n = networks(made)
    _, terms = forward(made, n, tables(), made.cycle()[0])
    found = torch.autograd.grad(
        terms["fake_x_gen"], list(n.F.parameters()) + list(n.Dx.parameters()), allow_unused=True
    )
    assert [g is None for g in found] == [True, True, False, False]


class AuthorsPool:
    """The list of images of the authors' code, with the draws given."""

    def __init__(self, size: int) -> None:
        self.size, self.images = size, list[float]()

    def query(self, fakes: list[float], places: list[int], coins: list[float]) -> list[float]:
        seen = []
        for fake, place, coin in zip(fakes, places, coins, strict=True):
            if len(self.images) < self.size:
                self.images.append(fake)
                seen.append(fake)
            elif coin < 0.5:
                seen.append(self.images[place])
                self.images[place] = fake
            else:
                seen.append(fake)
        return seen


@pytest.mark.parametrize(("size", "batch"), [(5, 2), (3, 4), (1, 1), (0, 3)])
def test_the_pool_is_the_authors(size: int, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through filling, the batch in which it gets full, and exchange."""
    dice = random.Random(0)
    theirs, ours = AuthorsPool(size), pool.empty(size, (2,))
    for i in range(12):
        fakes = [float(i * batch + j + 1) for j in range(batch)]
        places, coins = [dice.randrange(max(size, 1)) for _ in fakes], [dice.random() for _ in fakes]
        monkeypatch.setattr(noise, "integers", lambda high, n, places=places: torch.tensor(places))
        monkeypatch.setattr(noise, "uniform", lambda n, coins=coins: torch.tensor(coins))
        before = ours[0].clone()
        seen, moved = pool.query(ours, torch.tensor(fakes)[:, None].expand(-1, 2))
        assert torch.equal(ours[0], before), "a pool that is asked stays as it is"
        expected = theirs.query(fakes, places, coins) if size else fakes
        assert seen[:, 0].tolist() == expected and torch.equal(seen[:, 0], seen[:, 1])
        ours = moved
    assert ours[0][:, 0].tolist() == theirs.images


def test_half_of_what_a_full_pool_answers_is_earlier() -> None:
    with noise.using(torch.Generator().manual_seed(0)):
        seen, _ = pool.query((torch.zeros(20_000, 1), torch.tensor(20_000)), torch.ones(2000, 1))
    assert float(seen.mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("stop", [2, 6])
def test_the_pool_is_checkpointed(stop: int) -> None:
    """A run that stops while its pools fill, or after, goes on to the same bits, pools' images included."""
    whole, half, rest = (training("cyclegan", "mlp", POINTS, n, pool=12) for n in (9, stop, 9))
    go(whole)
    go(half)
    assert int(half.state["count_x"]) == min(4 * stop, 12) and half.state["pool_x2"].shape == (12, 2)
    rest.load({k: v.clone() for k, v in half.tensors().items()}, half.step, half.counts)
    go(rest)
    ours, theirs = rest.tensors(), whole.tensors()
    assert ours.keys() == theirs.keys() and any(k.startswith("state.pool") for k in ours)
    assert all(torch.equal(ours[k], theirs[k]) for k in ours)


def test_images_of_both_domains_are_drawn_apart() -> None:
    """Rows of x2 do not follow those of x: the data are unpaired, though one index could serve both."""
    run = training("cyclegan", "mlp", POINTS, 1)
    b, _ = forward(run.method, run.networks, run.source, run.method.cycle()[0])
    twin = 1 - b.x  # the harness' second domain, row by row
    assert not any((twin[:, None] == b.x2[None]).all(2).all(1).tolist())
    assert all((1 - b.x2[i] == run.source.x(torch.arange(32))).all(1).any() for i in range(len(b.x2)))


def network(name: str, size: int, width: float = 1.0) -> nn.Module:
    made = method("cyclegan")
    with torch.device("meta"):
        family = CycleGANFamily(Spec((3, size, size)), Prior.parse("normal", 4), width=width)
        return family.build(made.roles[name])


def translator_rows(size: int, blocks: int) -> list[Row]:
    """c7s1-64, d128, d256, R256 (each two convolutions), u128, u64, c7s1-3."""
    s, q = size // 2, size // 4
    return [
        ("Mirrored", (64, 3, 7, 7), (64, size, size)),
        ("Convolution", (128, 64, 3, 3), (128, s, s)),
        ("Convolution", (256, 128, 3, 3), (256, q, q)),
        *[("Mirrored", (256, 256, 3, 3), (256, q, q))] * (2 * blocks),
        ("Upward", (256, 128, 3, 3), (128, s, s)),
        ("Upward", (128, 64, 3, 3), (64, size, size)),
        ("Mirrored", (3, 64, 7, 7), (3, size, size)),
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "blocks"), [(128, 6), (256, 9)])
def test_the_translators_layers(size: int, blocks: int) -> None:
    given = torch.rand(1, 3, size, size, device="meta")
    assert rows(network("G", size), given) == translator_rows(size, blocks)


def test_the_critics_layers_at_256() -> None:
    """C64-C128-C256-C512 and a logit for each patch of 70 x 70; no norm behind the first."""
    made = network("Dx", 256)
    table = rows(made, torch.rand(1, 3, 256, 256, device="meta"))
    assert [row[1] for row in table] == [
        (64, 3, 4, 4), (128, 64, 4, 4), (256, 128, 4, 4), (512, 256, 4, 4), (1, 512, 4, 4)
    ]  # fmt: skip
    assert table[-1][2] == (1, 30, 30)
    assert [layer.num_features for layer in made.modules() if isinstance(layer, nn.InstanceNorm2d)] == [
        128,
        256,
        512,
    ]


@pytest.mark.parametrize(("size", "patch"), [(256, 70), (128, 34), (64, 16), (32, 16)])
def test_what_a_logit_sees(size: int, patch: int) -> None:
    """The receptive field, by the pixels whose gradient is not zero (norms, which see everything, left out)."""
    family = CycleGANFamily(Spec((3, size, size)), Prior.parse("normal", 4), width=1 / 32)
    critic = family.networks({"Dx": Role("critic", ("x",), "score", patches=True)}, 0).Dx
    layers = nn.Sequential(*[m for m in critic.children() if not isinstance(m, nn.InstanceNorm2d)])
    x = torch.rand(1, 3, size, size, requires_grad=True)
    out = layers(x)
    at = out.shape[2] // 2
    (slope,) = torch.autograd.grad(out[0, 0, at, at], x)
    seen = slope[0].abs().sum(0) > 0
    assert int(seen.any(0).sum()) == int(seen.any(1).sum()) == patch


def test_which_data_the_family_draws() -> None:
    role = Role("producer", ("x",), "x2")
    assert CycleGANFamily.fits(Spec((3, 128, 96)), role) is None
    assert "sides divisible by 4" in (CycleGANFamily.fits(Spec((3, 30, 30)), role) or "")
    assert "with a z" in (CycleGANFamily.fits(Spec((3, 128, 128)), Role("producer", ("z",), "x")) or "")
    assert CycleGANFamily.fits(IMAGES, Role("producer", ("z",), "x")) is None


def test_labels_reach_a_translator_as_channels() -> None:
    family = CycleGANFamily(IMAGES, Prior.parse("normal", 4), width=1 / 16)
    n = family.networks({"G": Role("producer", ("x", "y"), "x2")}, 0)
    x, y = torch.rand(2, 3, 8, 8), torch.eye(4)[:2]

    def made(labels: Tensor) -> Tensor:
        return n.G(x, labels)

    assert made(y).shape == x.shape and not torch.equal(made(y), made(y.flip(0)))


@pytest.mark.parametrize(("instance_norm", "blind"), [("everywhere", True), ("residual", False)])
def test_what_instance_norm_hides(instance_norm: str, blind: bool) -> None:
    """With a norm behind the first, linear layer an image and its tinted or flattened copy have one translation."""
    family = CycleGANFamily(
        Spec((3, 16, 16)), Prior.parse("normal", 4), width=1 / 8, instance_norm=instance_norm
    )
    g = family.networks({"G": Role("producer", ("x",), "x2")}, 0).G
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) / 2
    tinted = x + torch.tensor([0.3, 0.1, 0.0])[:, None, None]
    for other in (tinted, 1.5 * x):
        assert torch.allclose(g(x), g(other), atol=1e-3) == blind
