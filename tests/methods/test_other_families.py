"""The mlp and munit families against Sainburg et al. 2018 and its code, and what every family must do for every role."""

import re
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from benchmarks.planning.registry import FAMILIES, METHODS
from methods import noise
from methods.base import Role, Spec
from methods.families.layers import Dense
from methods.families.mlp import MLPFamily
from methods.families.munit import MUNITFamily
from methods.priors import Prior
from tests.methods.harness import IMAGES, POINTS, SMALL, float64
from tests.methods.tables import Row, count, rows, total

PRODUCERS = {"G": (("z",), "x"), "E": (("x",), "z"), "Gy": (("z", "y"), "x"), "Ey": (("x",), "y")}
CRITICS = {"Dx": ("x",), "Dz": ("z",), "Dxz": ("x", "z"), "Dxy": ("x", "y")}
ROLES = {
    **{name: Role("producer", src, dst) for name, (src, dst) in PRODUCERS.items()},
    **{name: Role("critic", src, "score") for name, src in CRITICS.items()},
    "D": Role("critic", ("x",), "x"),
    "Dmap": Role("critic", ("x",), "x", batch_independent=True, spatial=True),
    "Gx": Role("producer", ("x",), "x"),
    "Es": Role("producer", ("x",), "z", stochastic=True),
    "Dp": Role("critic", ("x",), "score", pack=2),
    "Dzp": Role("critic", ("z",), "score", pack=2),
    "Dgp": Role("critic", ("x",), "score", batch_independent=True),
    "T": Role("producer", ("x",), "x2"),
    "Tback": Role("producer", ("x2",), "x"),
    "Ty": Role("producer", ("x", "y"), "x2"),
    "Tz": Role("producer", ("z", "x2"), "x"),
    "T2": Role("producer", ("x", "x2"), "x"),
    "E2": Role("producer", ("x", "x2"), "z"),
    "Dpatch": Role("critic", ("x2",), "score", patches=True),
    "Dpaired": Role("critic", ("x", "x2"), "score", patches=True),
    "D2": Role("critic", ("x", "x2"), "score"),
    "D2z": Role("critic", ("x", "x2", "z"), "score"),
}


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("side", [8, 17, 28, 30, 200])
def test_every_family_draws_square_images_or_names_the_nearest_size(family: str, side: int) -> None:
    kind = FAMILIES.get(family)
    reason = kind.fits(Spec((3, side, side), 0, None))
    if reason is not None and kind.fits(IMAGES) is None:
        (named,) = re.findall(r"the nearest is (\d+) px: --set data.size=\1$", reason)
        assert kind.fits(Spec((3, int(named), int(named)), 0, None)) is None
    assert "nearest" not in (kind.fits(POINTS) or "")


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("role", ROLES)
def test_every_family_gives_every_role(family: str, role: str) -> None:
    """Right shapes out of right shapes in, and no parameter left without its initial value."""
    kind = FAMILIES.get(family)
    spec = IMAGES if kind.fits(IMAGES) is None else POINTS
    place, d, b = ROLES[role], 4, 6
    network = (
        kind(spec, Prior.parse("normal", d), **SMALL.get(family, {})).networks({role: place}, 0).modules[role]
    )
    c, *hw = spec.shape
    given = {
        "x": torch.rand(b, c * place.pack, *hw),
        "x2": torch.rand(b, c * place.pack, *hw),
        "z": torch.randn(b, d * place.pack),
        "y": torch.ones(b, spec.labels),
    }
    with noise.using(torch.Generator().manual_seed(0)):
        out = network(*[given[name] for name in place.src])
    sizes = {
        "x": spec.shape,
        "x2": spec.shape,
        "z": (d * (1 + place.stochastic),),
        "y": (spec.labels,),
        "score": (1,),
    }
    patches = tuple(out.shape[2:]) if place.patches and spec.images else ()
    assert out.shape == (b, *sizes[place.dst], *patches) and all(side > 1 for side in patches)
    assert all(torch.isfinite(p).all() and p.abs().max() < 10 for p in network.parameters())


def degrees_of_freedom(network: nn.Module, x: Tensor) -> int:
    """The rank of an autoencoder's Jacobian at one image."""
    with noise.using(torch.Generator().manual_seed(0)):
        slopes = torch.autograd.functional.jacobian(network.eval(), x)
    return int(torch.linalg.matrix_rank(slopes.reshape(x.numel(), x.numel())))


@pytest.mark.parametrize("family", ["conv", "dcgan", "munit"])
def test_a_spatial_autoencoder_has_no_narrow_code(family: str) -> None:
    """At an image of 192 numbers its output moves in more than twice as many directions as z has units; the other's in no
    more, where the family has one with a layer of z's units.
    """
    kind, x = FAMILIES.get(family), torch.rand(1, *IMAGES.shape, generator=torch.Generator().manual_seed(1))
    made = kind(IMAGES, Prior.parse("normal", 2), **SMALL[family])
    with float64():
        networks = made.networks({name: ROLES[name] for name in ("D", "Dmap")}, 0)
        ranks = {name: degrees_of_freedom(networks.modules[name], x.double()) for name in networks.modules}
    assert ranks["Dmap"] > 4, ranks
    assert family == "munit" or ranks["D"] <= 2, ranks


def test_whose_critic_is_spatial() -> None:
    """GAIA's, as in timsainb/GAIA, network.py, `encoder`: no linear layer where `discriminator`; BEGAN's has its h."""
    roles = {
        (name, role)
        for name in METHODS.names()
        for role, place in METHODS.get(name).cls.roles.items()
        if place.spatial
    }
    assert roles == {("gaia", "D"), ("gaia-nodist", "D")}


def dense(*sizes: int) -> list[Row]:
    return [("Dense", (b, a), (b,)) for a, b in pairwise(sizes)]


def test_mlp_layers() -> None:
    """Six dense layers of 256 and an output, each network; two latent units; the autoencoder critic both
    ways.
    """
    family, six = MLPFamily(Spec((2,)), Prior.parse("normal", 2)), [256] * 6
    x, z = torch.rand(3, 2), torch.randn(3, 2)
    cases = {
        "G": ((z,), dense(2, *six, 2)), "E": ((x,), dense(2, *six, 2)), "Es": ((x,), dense(2, *six, 4)),
        "Dx": ((x,), dense(2, *six, 1)), "Dz": ((z,), dense(2, *six, 1)), "Dxz": ((x, z), dense(4, *six, 1)),
        "D": ((x,), dense(2, *six, 2) + dense(2, *six, 2)),
    }  # fmt: skip
    for name, (given, table) in cases.items():
        network = family.networks({name: ROLES[name]}, 0).modules[name]
        assert rows(network, *given) == table, name
        assert count(network) == total(table), name


def test_mlp_outputs() -> None:
    """Linear by default, so that any units can be drawn; a sigmoid for data in [0, 1], GAIA's critic
    included.
    """
    for output, inside in (("linear", False), ("sigmoid", True)):
        family = MLPFamily(Spec((2,)), Prior.parse("normal", 2), output=output)
        networks = family.networks({"G": ROLES["G"], "D": ROLES["D"]}, 0)
        far = 50 * torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
        for network in (networks.G, networks.D):
            points = network(far)
            assert bool((points.min() >= 0) & (points.max() <= 1)) is inside


S = 512  # units of style and of content


def munit_rows(size: int, base: int) -> dict[str, list[Row]]:
    """Convolutions, norms and dense layers of the encoders and the decoder, by the published numbers."""
    wide, small = 4 * base, size // 4
    down: list[Row] = [
        ("MirrorConv", (base, 3, 7, 7), (base, size, size)),
        ("MirrorConv", (2 * base, base, 4, 4), (2 * base, size // 2, size // 2)),
        ("MirrorConv", (wide, 2 * base, 4, 4), (wide, small, small)),
    ]
    conv: Row = ("MirrorConv", (wide, wide, 3, 3), (wide, small, small))
    instance: Row = ("GroupNorm", (wide,), (wide, small, small))
    mlp = 256 * base // 64
    decoder: list[Row] = [
        *dense(S, mlp, mlp, 4 * 2 * 2 * wide), *[conv] * 8,
        ("MirrorConv", (2 * base, wide, 5, 5), (2 * base, size // 2, size // 2)),
        ("GroupNorm", (2 * base,), (2 * base, size // 2, size // 2)),
        ("MirrorConv", (base, 2 * base, 5, 5), (base, size, size)), ("GroupNorm", (base,), (base, size, size)),
        ("MirrorConv", (3, base, 7, 7), (3, size, size)),
    ]  # fmt: skip
    content, style = [*down, *[conv, instance] * 8], [*down, *dense(wide, S)]
    return {"content": content, "style": style, "decoder": decoder, "flat": dense(wide * small * small, S)}


@pytest.mark.parametrize("size", [128, 64, 32])
def test_munit_layers(size: int) -> None:
    """GAIA's generator and critic at base widths 64 and 32, on the meta device: shapes without memory."""
    full, half = munit_rows(size, 64), munit_rows(size, 32)
    spread = dense(S, 256 * (size // 4) ** 2)
    cases = {
        "E": (torch.rand(1, 3, size, size), full["content"] + full["flat"] + full["style"]),
        "G": (torch.randn(1, 2 * S), spread + full["decoder"]),
        "D": (torch.rand(1, 3, size, size), half["content"] + half["style"] + half["decoder"]),
    }
    for name, (given, table) in cases.items():
        with torch.device("meta"):
            network = MUNITFamily(Spec((3, size, size)), Prior.parse("normal", 2 * S)).build(ROLES[name])
        assert rows(network, given.to("meta")) == table, name
        assert count(network) == total(table), name


def test_munit_keeps_content_and_style_apart() -> None:
    """Content is the first half of z; style alone reaches AdaIN, and moves the image; both ranges are [0,
    1].
    """
    family = MUNITFamily(IMAGES, Prior.parse("normal", 8), width=1 / 16)
    n = family.networks({"G": ROLES["G"], "E": ROLES["E"]}, 0)
    assert n.content == family.content == 4
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    other = torch.cat([z[:, :4], z[:, 4:] + 1], 1)
    image, styled = n.G(z), n.G(other)
    assert not torch.equal(image, styled) and image.min() >= 0 and image.max() <= 1
    layers = [layer for layer in n.G.modules() if isinstance(layer, Dense)]
    assert [layer.in_features for layer in layers[:2]] == [4, 4]


def test_what_they_cannot_draw() -> None:
    assert "points" in (MLPFamily.fits(Spec((3, 8, 8))) or "")
    assert "divisible by 4" in (MUNITFamily.fits(Spec((3, 30, 30))) or "")
    assert MUNITFamily.fits(Spec((3, 128, 128))) is None and MUNITFamily.fits(Spec((2,)))
