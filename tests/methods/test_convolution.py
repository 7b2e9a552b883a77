"""Convolutions of few channels against torch's own, values and every gradient, and a gradient's gradient."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from methods.families import convolution
from methods.families.convolution import convolve, transpose

# n_in, n_out, side, kernel, stride, pad: conv's and dcgan's layers
DOWN = [
    *[(n_in, 16, 28, 3, 2, (0, 1)) for n_in in (1, 3, 16)],
    (16, 32, 7, 3, 2, (1, 1)), (3, 8, 5, 3, 2, (1, 1)), (3, 16, 16, 5, 2, (1, 2)), (2, 1, 2, 5, 2, (1, 2)),
    (8, 1, 28, 3, 1, (1, 1)), (5, 1, 4, 5, 1, (2, 2)),
]  # fmt: skip
# n_in, n_out, small side, side, kernel, before
UP = [
    (16, 8, 14, 28, 3, 0),
    (32, 16, 4, 7, 3, 1),
    (4, 2, 3, 5, 3, 1),
    (16, 3, 8, 16, 5, 1),
    (4, 1, 1, 2, 5, 1),
]


def torch_s(x: Tensor, weight: Tensor, bias: Tensor, stride: int, pad: tuple[int, int]) -> Tensor:
    return F.conv2d(F.pad(x, (*pad, *pad)), weight, bias, stride)


def torch_s_transpose(x: Tensor, weight: Tensor, bias: Tensor, side: int, before: int) -> Tensor:
    y = F.conv_transpose2d(x, weight, bias, 2)
    return y[..., before : before + side, before : before + side]


def drawn(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]


def agree(ours: Tensor, plain: Tensor, inputs: list[Tensor]) -> None:
    """Values within 1e-5 of their largest, gradients within 1e-4 relative, and the slope of the gradient to the input."""
    assert ours.shape == plain.shape
    assert (ours - plain).abs().max() <= 1e-5 * plain.abs().max()
    assert ours.is_contiguous(memory_format=torch.channels_last)
    (g,) = drawn(tuple(plain.shape))

    def gradients(y: Tensor, create: bool) -> tuple[Tensor, ...]:
        return torch.autograd.grad(y, inputs, g, create_graph=create, retain_graph=True)

    pairs = [*zip(gradients(ours, False), gradients(plain, False), strict=True)]
    pairs += zip(gradients(ours, True), gradients(plain, True), strict=True)
    slopes = [
        torch.autograd.grad(pair[0].square().sum(), inputs[1])[0] for pair in zip(*pairs[3:], strict=True)
    ]
    for got, expected in [*pairs, tuple(slopes)]:
        assert (got - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.mark.parametrize(("n_in", "n_out", "side", "k", "stride", "pad"), DOWN)
def test_a_convolution_is_torch_s(
    n_in: int, n_out: int, side: int, k: int, stride: int, pad: tuple[int, int]
) -> None:
    inputs = drawn((4, n_in, side, side), (n_out, n_in, k, k), (n_out,))
    x = inputs[0].contiguous(memory_format=torch.channels_last)
    ours = convolve(x, *inputs[1:], stride, pad)
    assert type(ours.grad_fn).__name__ in ("_ConvolutionBackward", "_SingleBackward")
    agree(ours, torch_s(inputs[0], *inputs[1:], stride, pad), inputs)


@pytest.mark.parametrize(("n_in", "n_out", "small", "side", "k", "before"), UP)
def test_a_transposed_convolution_is_torch_s(
    n_in: int, n_out: int, small: int, side: int, k: int, before: int
) -> None:
    inputs = drawn((4, n_in, small, small), (n_in, n_out, k, k), (n_out,))
    x = inputs[0].contiguous(memory_format=torch.channels_last)
    ours = transpose(x, *inputs[1:], side, before)
    assert type(ours.grad_fn).__name__ == "_TransposeBackward"
    agree(ours, torch_s_transpose(inputs[0], *inputs[1:], side, before), inputs)


def test_what_needs_no_gradient_gets_none() -> None:
    """A frozen critic's weights, and images as input."""
    x, weight, bias = drawn((2, 3, 8, 8), (4, 3, 3, 3), (4,))
    convolve(x, weight.detach(), bias.detach(), 2, (0, 1)).sum().backward()
    assert x.grad is not None and weight.grad is None and bias.grad is None
    convolve(x.detach(), weight, bias, 2, (0, 1)).sum().backward()
    assert weight.grad is not None and bias.grad is not None


def test_wide_layers_and_bf16_are_torch_s_own() -> None:
    wide = drawn((2, convolution.FEW + 1, 8, 8), (4, convolution.FEW + 1, 3, 3), (4,))
    assert type(convolve(*wide, 2, (0, 1)).grad_fn).__name__ == "ConvolutionBackward0"
    with torch.autocast("cpu", torch.bfloat16):
        few = convolve(*drawn((2, 3, 8, 8), (4, 3, 3, 3), (4,)), 2, (0, 1))
    assert few.dtype == torch.bfloat16
    y = transpose(*drawn((2, 4, 4, 4), (4, convolution.FEW + 1, 3, 3), (convolution.FEW + 1,)), 8, 0)
    assert y.is_contiguous(memory_format=torch.channels_last)
