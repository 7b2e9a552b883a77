"""The conv family: PacGAN's layers for stacked digits, TensorFlow's padding at any side, and who has which layers."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from methods.base import Role, Spec
from methods.families.conv import ConvFamily, Convolution, Transposed, padding
from methods.priors import Prior
from tests.methods.harness import float64
from tests.methods.tables import rows

D = 256
G, E = Role("producer", ("z",), "x"), Role("producer", ("x",), "z", stochastic=True)


def built(role: Role, size: int = 28, **options: object) -> nn.Module:
    return (
        ConvFamily(Spec((3, size, size)), Prior.parse("normal", D), **options)
        .networks({"N": role}, 0)
        .modules["N"]
    )


def test_the_generator_of_pacgan_s_table_3() -> None:
    assert rows(built(G), torch.randn(2, D)) == [
        ("Dense", (1024, 256), (1024,)), ("BatchNorm", (64,), (64, 4, 4)),
        ("Transposed", (64, 32, 3, 3), (32, 7, 7)), ("BatchNorm", (32,), (32, 7, 7)),
        ("Transposed", (32, 16, 3, 3), (16, 14, 14)), ("BatchNorm", (16,), (16, 14, 14)),
        ("Transposed", (16, 8, 3, 3), (8, 28, 28)), ("BatchNorm", (8,), (8, 28, 28)),
        ("Convolution", (3, 8, 3, 3), (3, 28, 28)),
    ]  # fmt: skip


@pytest.mark.parametrize("pack", [1, 2, 4])
def test_the_critic_is_a_quarter(pack: int) -> None:
    """Channels 2, 4, 8; a pack widens the first layer alone."""
    critic = built(Role("critic", ("x",), "score", pack=pack), channels=8, norm="batch")
    x = torch.rand(2, 3 * pack, 28, 28)
    assert rows(critic, x) == [
        ("Convolution", (2, 3 * pack, 3, 3), (2, 14, 14)), ("BatchNorm", (2,), (2, 14, 14)),
        ("Convolution", (4, 2, 3, 3), (4, 7, 7)), ("BatchNorm", (4,), (4, 7, 7)),
        ("Convolution", (8, 4, 3, 3), (8, 4, 4)), ("BatchNorm", (8,), (8, 4, 4)),
        ("Dense", (1, 128), (1,)),
    ]  # fmt: skip
    assert sum(p.numel() for p in critic.parameters()) == 54 * pack + 2 + 76 + 296 + 129 + 2 * (2 + 4 + 8)


@pytest.mark.parametrize(
    ("size", "sides"), [(28, [28, 14, 7, 4]), (8, [8, 4]), (32, [32, 16, 8, 4]), (20, [20, 10, 5, 3])]
)
def test_sides_are_halved_upwards(size: int, sides: list[int]) -> None:
    family = ConvFamily(Spec((1, size, size)), Prior.parse("normal", 4), channels=16)
    assert family.sides == sides
    g, e = (family.networks({"N": role}, 0).modules["N"] for role in (G, E))
    x = g(torch.randn(2, 4))
    assert x.shape == (2, 1, size, size) and 0 < x.min() and x.max() < 1
    assert e(x).shape == (2, 8)


@pytest.mark.parametrize(("side", "pads"), [(7, (1, 1)), (14, (0, 1)), (28, (0, 1)), (5, (1, 1))])
def test_padding_is_tensorflow_s_and_the_transpose_is_the_adjoint(side: int, pads: tuple[int, int]) -> None:
    """<conv(x), y> = <x, transposed(y)> with the same kernels."""
    assert padding(side, 2) == pads and padding(side, 1) == (1, 1)
    with float64():
        down, up = Convolution(3, 2, side, 2, 0.1), Transposed(2, 3, side, 0.1)
        weight = torch.randn(2, 3, 3, 3)
        for layer in (down, up):
            layer.weight.data, layer.bias.data = weight.clone(), torch.zeros_like(layer.bias)
        x = torch.randn(1, 3, side, side)
        y = torch.randn(1, 2, -(-side // 2), -(-side // 2))
        padded = F.pad(x, (*pads, *pads)).numpy()
        first = np.einsum("cij,ocij->o", padded[0, :, :3, :3], weight.numpy())
        np.testing.assert_allclose(down(x)[0, :, 0, 0].detach().numpy(), first)
        assert (down(x) * y).sum().item() == pytest.approx((x * up(y)).sum().item())


def test_initial_weights_are_those_of_pacgan_s_code() -> None:
    g = built(G, std=0.02)
    assert g.dense.weight.std().item() == pytest.approx(0.02, rel=0.02)
    last = built(Role("critic", ("x",), "score"), channels=64).image[-3]
    assert isinstance(last, Convolution) and last.weight.abs().max() <= 0.04
    assert last.weight.std().item() == pytest.approx(
        0.02 * 0.8796, rel=0.03
    )  # of a normal cut at two deviations


def test_what_is_refused() -> None:
    for shape in ((3, 4, 4), (3, 16, 32), (2,)):
        assert "square images of at least 8 px" in str(ConvFamily.fits(Spec(shape)))
    assert ConvFamily.fits(Spec((1, 28, 28))) is None
