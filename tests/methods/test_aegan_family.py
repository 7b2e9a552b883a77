"""The aegan family against Lazarou 2020 and its code: every layer's shape, parameter totals, initial values, keyed
initialisation.
"""

import math

import pytest
import torch

from methods import noise
from methods.base import Role, Spec
from methods.families.aegan import AEGANFamily
from methods.families.layers import ChannelNorm, Conv
from methods.families.stochastic import GaussianDropout, GaussianNoise
from methods.priors import Prior
from tests.methods.tables import Row, count, rows, total

D = 32
G, E = Role("producer", ("z",), "x"), Role("producer", ("x",), "z")
DX, DZ = Role("critic", ("x",), "score"), Role("critic", ("z",), "score")
STRIDES = {64: (2, 2, 2, 2, 1, 1), 32: (2, 2, 2, 1, 1, 1), 16: (2, 2, 1, 1, 1, 1)}
UPS = {64: (2, 2, 2, 2, 1), 32: (2, 2, 2, 1, 1), 16: (2, 2, 1, 1, 1)}
SIZES = [(64, 1.0), (32, 1.0), (16, 1.0), (64, 1 / 8), (32, 1 / 8), (16, 1 / 8)]


def trunk(size: int, width: float, kernel: int) -> list[Row]:
    """Six convolutions and their norms, by the table's channels and the size's strides."""
    table: list[Row] = []
    before, side = 3, size
    for full, stride in zip((64, 64, 128, 128, 128, 256), STRIDES[size], strict=True):
        channels, side = int(full * width), side // stride
        table.append(("Conv", (channels, before, kernel, kernel), (channels, side, side)))
        table.append(("ChannelNorm", (channels,), (channels, side, side)))
        before = channels
    assert side == 4
    return table


def expected_g(size: int, width: float) -> list[Row]:
    y = int(64 * width)
    flat = 16 * y
    table: list[Row] = [
        ("Dense", (flat, D), (flat,)), ("ChannelNorm", (flat,), (flat,)),
        ("Dense", (y, D), (y,)), ("ChannelNorm", (y,), (y,)),
    ]  # fmt: skip
    x, side = y, 4
    for full, up in zip((256, 128, 128, 64, 64), UPS[size], strict=True):
        channels, side = int(full * width), side * up
        table.append(("Conv", (channels, x + y, 4, 4), (channels, side, side)))
        table.append(("ChannelNorm", (channels,), (channels, side, side)))
        x = channels
    return [*table, ("Conv", (3, x + y, 4, 4), (3, size, size))]


def expected_dz() -> list[Row]:
    table: list[Row] = []
    n_in = D
    for _ in range(16):
        table += [("Dense", (16, n_in), (16,)), ("ChannelNorm", (16,), (16,))]
        n_in += 16
    return [*table, ("Dense", (128, n_in), (128,)), ("Dense", (1, 128), (1,))]


def family(size: int, width: float, **options: object) -> AEGANFamily:
    return AEGANFamily(Spec((3, size, size)), Prior.parse("normal", D), width=width, **options)


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_layers(size: int, width: float, fold: bool) -> None:
    """G, E, Dx and Dz have exactly the table's layers, at every size and width."""
    made = family(size, width, fold=fold)
    x, z = torch.rand(1, 3, size, size), torch.randn(1, D)
    flat = 16 * int(256 * width)
    expected = {
        "G": (made.build(G), z, expected_g(size, width)),
        "E": (made.build(E), x, [*trunk(size, width, 4), ("Dense", (D, flat), (D,))]),
        "Dx": (made.build(DX), x, [*trunk(size, width, 3), ("Dense", (1, flat), (1,))]),
        "Dz": (made.build(DZ), z, expected_dz()),
    }
    for name, (network, given, table) in expected.items():
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.normal_(0, 0.1)
        assert rows(network, given) == table, name
        assert count(network) == total(table), name


def test_noise_stands_where_the_code_has_it() -> None:
    """0.01 on the input, multiplicative 0.005 behind each convolution of E and Dx and each block of Dz; none
    in G.
    """
    made = family(16, 1 / 8)
    for role, inside in ((E, 6), (DX, 6), (DZ, 16), (G, 0)):
        layers = list(made.build(role).modules())
        added = [layer.std for layer in layers if isinstance(layer, GaussianNoise)]
        assert added == ([0.01] if inside else [])
        dropped = [layer.std for layer in layers if isinstance(layer, GaussianDropout)]
        assert dropped == [pytest.approx(0.0709, abs=5e-5)] * inside
    quiet = family(16, 1 / 8, noise=False).build(E)
    assert not any(
        isinstance(layer, GaussianDropout) or getattr(layer, "std", 0) for layer in quiet.modules()
    )


def test_initial_values() -> None:
    """N(0, 0.02), but Glorot uniform in G's path Y and all of Dz; biases 0, gains 1."""
    networks = family(64, 1).networks({"G": G, "E": E, "Dx": DX, "Dz": DZ}, seed=0).modules
    gains = {f"{name}.weight" for name, layer in networks.named_modules() if isinstance(layer, ChannelNorm)}
    for name, parameter in networks.state_dict().items():
        if parameter.dim() == 1:
            assert name.endswith("bias") or name in gains
            assert torch.all(parameter == float(name in gains)), name
        elif name.startswith("Dz") or name == "G.path_y.0.weight":
            bound = math.sqrt(6 / sum(parameter.shape))
            assert parameter.abs().max() <= bound, name
            assert float(parameter.std()) == pytest.approx(bound / 3**0.5, rel=0.2), name
        elif parameter.numel() > 2000:
            assert float(parameter.std()) == pytest.approx(0.02, rel=0.05), name


@pytest.mark.parametrize("role", [DX, DZ])
def test_slopes(role: Role) -> None:
    leaky = [
        layer for layer in family(16, 1 / 8).build(role).modules() if isinstance(layer, torch.nn.LeakyReLU)
    ]
    assert leaky and all(layer.negative_slope == 0.02 for layer in leaky)


@pytest.mark.parametrize("size", [8, 16, 64, 128])
def test_fold_changes_no_value(size: int) -> None:
    """G folded and plain, same parameters, float64: images agree."""
    torch.set_default_dtype(torch.float64)
    try:
        folded, plain = (family(size, 1 / 16, fold=fold).networks({"G": G}, 5).G for fold in (True, False))
        z = torch.randn(2, D, generator=torch.Generator().manual_seed(0))
        image = folded(z)
        assert image.shape == (2, 3, size, size) and image.min() >= 0 and image.max() <= 1
        torch.testing.assert_close(image, plain(z), rtol=0, atol=1e-12)
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_first_convolution_sees_centred_images() -> None:
    """Inside, images are [-1, 1]: grey 0.5 reaches the first convolution as 0."""
    network = family(16, 1 / 8).networks({"E": E}, 0).E.eval()
    seen = []
    first = next(layer for layer in network.modules() if isinstance(layer, Conv))
    first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with noise.using(torch.Generator()):
        for grey in (0.0, 0.5, 1.0):
            network(torch.full((1, 3, 16, 16), grey))
    assert [float(x.mean()) for x in seen] == [-1, 0, 1]


def test_sizes_it_cannot_draw() -> None:
    for shape in ((3, 48, 48), (3, 16, 32), (2,)):
        assert "8, 16, 32, 64 or 128" in (AEGANFamily.fits(Spec(shape)) or "")
