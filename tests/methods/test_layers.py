"""Layers: fold against the plain form in float64, 'same' padding, norms and noise against their formulas."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods import noise
from methods.families.layers import (
    BatchNorm,
    ChannelNorm,
    Conv,
    Dense,
    glorot,
    he,
    normal,
    same,
)
from methods.families.stochastic import Dropout, GaussianDropout, GaussianNoise
from tests.methods.harness import float64


def pair(n_in: int, n_out: int, kernel: int, stride: int, up: int) -> tuple[Conv, Conv]:
    """The same convolution folded and plain, with random weights and bias."""
    folded, plain = (
        Conv(n_in, n_out, kernel, normal(1), stride=stride, up=up, fold=fold) for fold in (True, False)
    )
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for a, b in zip(folded.parameters(), plain.parameters(), strict=True):
            a.normal_(generator=generator)
            b.copy_(a)
    return folded, plain


@pytest.mark.parametrize(
    ("kernel", "stride", "up", "size", "constant"),
    [
        *[(4, 1, 2, size, constant) for size in (1, 4, 8) for constant in (0, 3)],
        *[(4, 1, 1, size, constant) for size in (4, 9) for constant in (0, 3)],
        *[(kernel, 1, up, 5, constant) for kernel in (3, 5) for up in (1, 2) for constant in (0, 3)],
        *[(kernel, 2, 1, 8, 0) for kernel in (3, 4)],
    ],
)
def test_fold_is_exact(kernel: int, stride: int, up: int, size: int, constant: int) -> None:
    """Values and every gradient (input, constant part, weight, bias) agree with the plain form."""
    with float64():
        folded, plain = pair(5 + constant, 6, kernel, stride, up)
        generator = torch.Generator().manual_seed(4)
        x = torch.randn(2, 5, size, size, generator=generator).requires_grad_()
        y = torch.randn(2, constant, 1, 1, generator=generator).requires_grad_() if constant else None
        inputs = [x, y] if y is not None else [x]
        a, b = folded(x, y), plain(x, y)
        assert a.shape == b.shape == (2, 6, size * up // stride, size * up // stride)
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
        weigh = torch.randn(a.shape, generator=generator)
        for got, expected in zip(
            torch.autograd.grad((a * weigh).sum(), [*inputs, *folded.parameters()]),
            torch.autograd.grad((b * weigh).sum(), [*inputs, *plain.parameters()]),
            strict=True,
        ):
            torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize(
    ("kernel", "stride", "pad"),
    [(4, 1, (1, 2)), (4, 2, (1, 1)), (3, 2, (0, 1)), (3, 1, (1, 1)), (5, 2, (1, 2))],
)
def test_same_pads_as_keras(kernel: int, stride: int, pad: tuple[int, int]) -> None:
    """The padding of Lazarou 2020 and its code, and the convolution with it by its definition."""
    assert same(kernel, stride) == pad
    with float64():
        conv, _ = pair(2, 3, kernel, stride, 1)
        x = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(0))
        padded = np.pad(x.numpy(), ((0, 0), (0, 0), pad, pad))
        weight, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy()
        out = 8 // stride
        expected = np.zeros((1, 3, out, out))
        for i in range(out):
            for j in range(out):
                patch = padded[0, :, i * stride : i * stride + kernel, j * stride : j * stride + kernel]
                expected[0, :, i, j] = (weight * patch).sum((1, 2, 3)) + bias
        np.testing.assert_allclose(conv(x).detach().numpy(), expected, atol=1e-12)


def filled(layer: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(generator=generator)
    return layer


@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3, 4)])
def test_channel_norm(shape: tuple[int, ...]) -> None:
    """(x - mean) / sqrt(var + 1e-3) over channels alone, biased variance, times gain plus bias."""
    with float64():
        layer = filled(ChannelNorm(5))
        x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        a = x.numpy()
        unit = (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-3)
        gain, bias = (p.detach().numpy().reshape(1, 5, *[1] * (len(shape) - 2)) for p in layer.parameters())
        np.testing.assert_allclose(layer(x).detach().numpy(), unit * gain + bias, atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3, 4)])
def test_batch_norm_is_torch_s(shape: tuple[int, ...]) -> None:
    """Also for codes [B, C]; running statistics move by a tenth."""
    layer = BatchNorm(5)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.bias.zero_()
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)) + 3
    reference = nn.BatchNorm2d(5) if len(shape) == 4 else nn.BatchNorm1d(5)
    torch.testing.assert_close(layer(x), reference(x))
    torch.testing.assert_close(layer.running_mean, reference.running_mean)
    torch.testing.assert_close(layer.eval()(x), reference.eval()(x))


def test_noise_layers() -> None:
    """Additive std 0.01, multiplicative std sqrt(r / (1 - r)); nothing in evaluation mode."""
    x = torch.full((40, 8, 16, 16), 2.0).contiguous(memory_format=torch.channels_last)
    with noise.using(torch.Generator().manual_seed(0)):
        added, dropped = GaussianNoise(0.01)(x), GaussianDropout(0.005)(x)
    assert float((added - x).std()) == pytest.approx(0.01, rel=0.02)
    assert float((dropped / x).std()) == pytest.approx(0.0709, rel=0.02)
    assert float((dropped / x).mean()) == pytest.approx(1, abs=1e-3)
    assert torch.equal(GaussianNoise(0.01).eval()(x), x) and torch.equal(GaussianDropout(0.005).eval()(x), x)
    assert added.is_contiguous(memory_format=torch.channels_last)


def test_dropout_leaves_units_out_and_keeps_the_mean() -> None:
    x = torch.full((400, 100), 2.0)
    with noise.using(torch.Generator().manual_seed(0)):
        dropped = Dropout(0.25)(x)
    assert dropped.unique().tolist() == [0.0, pytest.approx(2 / 0.75)]
    assert float((dropped == 0).double().mean()) == pytest.approx(0.25, abs=0.01)
    assert torch.equal(Dropout(0.25).eval()(x), x) and torch.equal(Dropout(0.0)(x), x)
    with pytest.raises(ValueError, match="below 1"):
        Dropout(1.0)


def test_initialisers() -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(rule: object) -> Tensor:
        weight = torch.empty(64, 32, 4, 4)
        rule(weight, generator)  # type: ignore[operator]
        return weight

    assert float(drawn(normal(0.02)).std()) == pytest.approx(0.02, rel=0.02)
    assert float(drawn(he).std()) == pytest.approx(math.sqrt(2 / (32 * 16)), rel=0.02)
    uniform, bound = drawn(glorot), math.sqrt(6 / (32 * 16 + 64 * 16))
    assert float(uniform.abs().max()) == pytest.approx(bound, rel=0.01)
    assert float(uniform.std()) == pytest.approx(bound / math.sqrt(3), rel=0.02)


def test_a_dense_layer_is_a_matrix_product() -> None:
    layer = Dense(3, 2, glorot)
    filled(layer)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(layer(x), F.linear(x, layer.weight, layer.bias))
