"""The dcgan family against Tables 3 to 6 of Luo et al. 2017: every layer's shape,
totals, padding.
"""

import numpy as np
import pytest
import torch

from methods.base import Role, Spec
from methods.families.dcgan import DCGANFamily, Deconv
from methods.families.layers import BatchNorm, Conv
from methods.priors import Prior
from tests.methods.harness import float64
from tests.methods.tables import Row, count, rows, total

D = 100
G, IG = Role("producer", ("z",), "x"), Role("producer", ("x",), "z")
DX, DXZ = Role("critic", ("x",), "score"), Role("critic", ("x", "z"), "score")
FULL = (64, 128, 256, 512)
SIZES = [(64, 1.0), (32, 1.0), (16, 1.0), (64, 1 / 8), (16, 1 / 8)]


def family(size: int, width: float = 1.0, **options: object) -> DCGANFamily:
    return DCGANFamily(Spec((3, size, size)), Prior.parse("uniform", D), width=width, **options)


def convs(n_in: int, side: int, channels: list[int]) -> list[Row]:
    table: list[Row] = []
    for n_out in channels:
        side //= 2
        table += [
            ("Conv", (n_out, n_in, 5, 5), (n_out, side, side)),
            ("BatchNorm", (n_out,), (n_out, side, side)),
        ]
        n_in = n_out
    return table


def table3(size: int, width: float) -> list[Row]:
    """Dense to 4x4x512 with BN; deconvolutions 256, 128, 64 with BN; 3 without. Smaller sizes end earlier."""
    layers = {64: 4, 32: 3, 16: 2}[size]
    before, side = int(512 * width), 8
    table: list[Row] = [("Dense", (16 * before, D), (16 * before,)), ("BatchNorm", (before,), (before, 4, 4))]
    for full in (256, 128, 64)[: layers - 1]:
        channels = int(full * width)
        table += [("Deconv", (before, channels, 5, 5), (channels, side, side))]
        table += [("BatchNorm", (channels,), (channels, side, side))]
        before, side = channels, side * 2
    return [*table, ("Deconv", (before, 3, 5, 5), (3, size, size))]


def table45(size: int, width: float, out: int) -> list[Row]:
    """Convolutions 64, 128, 256, 512, all with BN; smaller sizes begin later. Dense to `out`."""
    channels = [int(c * width) for c in FULL[{64: 0, 32: 1, 16: 2}[size] :]]
    return [*convs(3, size, channels), ("Dense", (out, 16 * channels[-1]), (out,))]


def table6(size: int, width: float) -> list[Row]:
    """To 8x8, then 64*4 + 100 channels, then 512 three times to 1x1."""
    first = [int(c * width) for c in FULL[:3][{64: 0, 32: 1, 16: 2}[size] :]]
    wide = int(512 * width)
    return [*convs(3, size, first), *convs(first[-1] + D, 8, [wide] * 3), ("Dense", (1, wide), (1,))]


@pytest.mark.parametrize(("size", "width"), SIZES)
def test_layers(size: int, width: float) -> None:
    made = family(size, width)
    x, z = torch.rand(2, 3, size, size), torch.rand(2, D)
    cases = {
        "G": (G, (z,), table3(size, width)),
        "IG": (IG, (x,), table45(size, width, D)),
        "D": (DX, (x,), table45(size, width, 1)),
        "Dxz": (DXZ, (x, z), table6(size, width)),
    }
    for name, (role, given, table) in cases.items():
        network = family(size, width, norm="batch").networks({name: role}, 0).modules[name]
        assert rows(network, *given) == table, name
        assert count(network) == total(table), name
    assert made.content is None


def test_356_channels_meet_the_latent() -> None:
    """The authors' code: z is tiled over 8x8 and concatenated, 356 channels."""
    assert table6(64, 1)[6] == ("Conv", (512, 356, 5, 5), (512, 4, 4))


def test_padding_is_tensorflow_s() -> None:
    """5x5, stride 2, 'same': one pixel before and two after; a deconvolution is the gradient of that
    convolution.
    """
    with float64():
        generator = torch.Generator().manual_seed(0)
        conv, deconv = Conv(3, 2, 5, None, stride=2), Deconv(2, 3)
        with torch.no_grad():
            deconv.weight.normal_(generator=generator)
            conv.weight.copy_(deconv.weight)
            conv.bias.zero_()
            deconv.bias.zero_()
        assert conv.pad == (1, 2)
        small = torch.randn(1, 2, 4, 4, generator=generator)
        big = torch.randn(1, 3, 8, 8, generator=generator).requires_grad_()
        (gradient,) = torch.autograd.grad((conv(big) * small).sum(), big)
        torch.testing.assert_close(deconv(small), gradient)
        # By hand: output (0, 0) sees inputs -1 .. 3, so taps 1 .. 4.
        w, a = conv.weight.detach().numpy(), big.detach().numpy()
        first = (w[0, :, 1:, 1:] * a[0, :, :4, :4]).sum()
        np.testing.assert_allclose(conv(big)[0, 0, 0, 0].item(), first)


def test_initial_values_and_norms() -> None:
    networks = family(64, norm="batch").networks({"G": G, "E": IG, "Dx": DX, "Dxz": DXZ}, 0).modules
    for name, parameter in networks.state_dict().items():
        if parameter.dim() > 1 and parameter.numel() > 5000:
            assert float(parameter.std()) == pytest.approx(0.02, rel=0.05), name
        elif name.endswith("bias"):
            assert not parameter.any(), name
    norms = [layer for layer in networks.modules() if isinstance(layer, BatchNorm)]
    assert len(norms) == 4 + 4 + 4 + 6
    assert all(layer.momentum == 0.1 and layer.eps == 1e-5 for layer in norms)
    slopes = {layer.negative_slope for layer in networks.modules() if isinstance(layer, torch.nn.LeakyReLU)}
    assert slopes == {0.2}


def test_ranges() -> None:
    """Images leave G in [0, 1]; a uniform prior gives IG a tanh; critics and encoders see images centred."""
    networks = family(16, 1 / 8).networks({"G": G, "E": IG, "Dx": DX}, 0)
    x = networks.G(torch.rand(4, D) * 2 - 1)
    assert x.min() >= 0 and x.max() <= 1
    assert networks.E(x).abs().max() <= 1
    for network in (networks.E, networks.Dx):
        seen: list[torch.Tensor] = []
        first = next(layer for layer in network.modules() if isinstance(layer, Conv))
        first.register_forward_pre_hook(lambda _, inputs, seen=seen: seen.append(inputs[0]))
        network(torch.full((2, 3, 16, 16), 0.5))
        assert not seen[0].any()


@pytest.mark.parametrize(
    ("norm", "independent", "expected"),
    [("batch", True, 0), ("batch", False, 2), ("layer", True, 0), ("none", False, 0)],
)
def test_no_batch_norm_where_samples_must_not_meet(norm: str, independent: bool, expected: int) -> None:
    """Under a gradient penalty (role.batch_independent) batch norm goes, layer norm stays."""
    critic = family(16, 1 / 8, norm=norm).build(
        Role("critic", ("x",), "score", batch_independent=independent)
    )
    assert sum(isinstance(layer, BatchNorm) for layer in critic.modules()) == expected


def test_sizes_it_cannot_draw() -> None:
    for shape in ((3, 128, 128), (3, 16, 32), (2,)):
        assert "8, 16, 32 or 64" in (DCGANFamily.fits(Spec(shape)) or "")
