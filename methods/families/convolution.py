"""Convolutions of few channels on a CPU, where a library's own kernels spend their time on layout and not on products.

A convolution of stride 2 and its transpose are each other's gradient, so each serves the other's backward pass. To few
channels the transpose is a convolution of stride 1 to four times the channels, one for each output phase, and a
depth-to-space: a dense channels_last map and no crop (Shi et al. 2016, arXiv:1609.05158, section 3.2). To a single channel
a convolution of stride 1 is one matrix product and a sum of shifted maps. Values are those of torch's kernels to rounding;
on a GPU, in bf16, and for a gradient's gradient they are torch's kernels.
"""

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

FEW = 16  # channels up to which the phases cost less than the transposed convolution
Pad = tuple[int, int]  # rows and columns of zeros before and after


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, pad: Pad) -> Tensor:
    """[B, n_in, H, W] with weight [n_out, n_in, k, k] -> [B, n_out, (H + sum(pad) - k) // stride + 1, ...]."""
    if bias is not None and _ours(x):
        if x.shape[1] == 1:  # whose strides name no memory format, so that torch would take NCHW from here on
            x = x.squeeze(1).unsqueeze(-1).permute(0, 3, 1, 2)
        if weight.shape[0] == 1 and stride == 1 and 2 * pad[0] + 1 == 2 * pad[1] + 1 == weight.shape[2]:
            return _Single.apply(x, weight, bias)
        if stride == 2 and weight.shape[1] <= FEW:
            return _Convolution.apply(x, weight, bias, pad)
    return plain(x, weight, bias, stride, pad)


def transpose(x: Tensor, weight: Tensor, bias: Tensor, side: int, before: int) -> Tensor:
    """The transpose of a convolution of stride 2 that pads `before`: [B, n_in, h, h] with weight [n_in, n_out, k, k] ->
    [B, n_out, side, side].
    """
    if _ours(x) and weight.shape[1] <= FEW:
        return _Transpose.apply(x, weight, bias, side, before)
    y = F.conv_transpose2d(x, weight, bias, 2, before)[..., :side, :side]
    return y.contiguous(memory_format=torch.channels_last)


def _ours(x: Tensor) -> bool:
    return x.device.type == "cpu" and not torch.is_autocast_enabled("cpu") and x.shape[2] == x.shape[3]


def plain(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, pad: Pad) -> Tensor:
    """torch's convolution."""
    before, after = pad
    if before != after:
        x, before = _padded(x, pad), 0
    return F.conv2d(x, weight, bias, stride, before)


def _padded(x: Tensor, pad: Pad) -> Tensor:
    """Zeros around [B, C, H, W]; outside autograd only the border is written twice over, not the whole map."""
    before, after = pad
    if torch.is_grad_enabled():
        return F.pad(x, (before, after, before, after))
    batch, channels, height, width = x.shape
    made = x.new_empty(batch, height + before + after, width + before + after, channels)
    made[:, before : before + height, before : before + width] = x.permute(0, 2, 3, 1)
    for border in [slice(before)] * (before > 0) + [slice(-after, None)] * (after > 0):
        made[:, border] = 0
        made[:, :, border] = 0
    return made.permute(0, 3, 1, 2)


def _up(y: Tensor, weight: Tensor, bias: Tensor | None, side: int, before: int) -> Tensor:
    """The transpose by phases: output row 2 q + p sums the taps of parity p (of p + 1, if `before` is odd) over rows around q."""
    batch, n_out, odd = len(y), weight.shape[1], before % 2
    which = _phases(weight.shape[2], odd)
    taps = which.shape[-1]
    phases = F.pad(weight.flatten(2), (0, 1))[:, :, which.flatten()].view(len(weight), n_out, 4, taps, taps)
    phases = phases.permute(2, 1, 0, 3, 4).reshape(4 * n_out, len(weight), taps, taps)

    half, shift = -(-side // 2), (before + odd) // 2
    pad = taps - 1 - shift, half + shift - y.shape[2]
    y = plain(y, phases, None if bias is None else bias.repeat(4), 1, pad)

    # [B, 2 * 2 * C, h, h] -> [B, C, 2 h, 2 h], channels last
    y = y.permute(0, 2, 3, 1).reshape(batch, half, half, 2, 2, n_out).transpose(2, 3)
    y = y.reshape(batch, 2 * half, 2 * half, n_out).permute(0, 3, 1, 2)
    return y if side == 2 * half else y[..., :side, :side].contiguous(memory_format=torch.channels_last)


@lru_cache
def _phases(k: int, odd: int) -> Tensor:
    """[4, taps, taps]: which of the k * k taps, or the zero behind them, each phase's kernel has where."""
    taps = -(-(k + odd) // 2)
    line = torch.arange(taps).flip(0) * 2 + torch.arange(2)[:, None] - odd  # [phase, place]
    inside = (line >= 0) & (line < k)
    both = line[:, None, :, None] * k + line[None, :, None, :]
    return both.where(inside[:, None, :, None] & inside[None, :, None, :], k * k).reshape(4, taps, taps)


def _gradients(
    g: Tensor, x: Tensor, weight: Tensor, stride: int, pad: Pad, wanted: tuple[bool, bool, bool]
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """torch's gradients of a convolution, which have gradients themselves."""
    before, after = pad
    if before != after:
        wide = _padded(x, pad)
        gx, gw, gb = _gradients(g, wide, weight, stride, (0, 0), wanted)
        cut = slice(before, before + x.shape[2])
        return None if gx is None else gx[:, :, cut, cut], gw, gb
    if not any(wanted):
        return None, None, None
    made = torch.ops.aten.convolution_backward(
        g, x, weight, [len(weight)], [stride] * 2, [before] * 2, [1, 1], False, [0, 0], 1, list(wanted)
    )
    return tuple(each if asked else None for each, asked in zip(made, wanted, strict=True))  # type: ignore[return-value]


class _Convolution(torch.autograd.Function):
    """A convolution of stride 2, the gradient to its input by phases."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, pad: Pad) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.pad = pad
        return plain(x, weight, bias, 2, pad)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, weight = ctx.saved_tensors
        asked = ctx.needs_input_grad[:3]
        if torch.is_grad_enabled():
            return *_gradients(g, x, weight, 2, ctx.pad, asked), None
        gx = _up(g, weight, None, x.shape[2], ctx.pad[0]) if asked[0] else None
        _, gw, gb = _gradients(g, x, weight, 2, ctx.pad, (False, *asked[1:]))
        return gx, gw, gb, None


class _Transpose(torch.autograd.Function):
    """A transposed convolution of stride 2 by phases."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, side: int, before: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.pad = before, max(2 * (x.shape[2] - 1) + weight.shape[2] - side - before, 0)
        return _up(x, weight, bias, side, before)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, weight = ctx.saved_tensors
        asked = ctx.needs_input_grad[:3]
        wide = _padded(g, ctx.pad)
        gx = F.conv2d(wide, weight, None, 2) if asked[0] else None
        gw = _gradients(x, wide, weight, 2, (0, 0), (False, True, False))[1] if asked[1] else None
        return gx, gw, g.sum((0, 2, 3)) if asked[2] else None, None, None


class _Single(torch.autograd.Function):
    """A convolution of stride 1 to one channel: each pixel's products with all taps, summed where they fall."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        k, (batch, _, height, width) = weight.shape[2], x.shape
        made = (_taps(weight) @ _rows(x).t()).view(k, k, batch, height, width)
        y = made.new_zeros(batch, height + k - 1, width + k - 1)
        for i in range(k):
            for j in range(k):
                y[:, k - 1 - i : k - 1 - i + height, k - 1 - j : k - 1 - j + width] += made[i, j]
        cut = k // 2
        return (y[:, cut : cut + height, cut : cut + width] + bias).unsqueeze(1)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, weight = ctx.saved_tensors
        k, (batch, channels, height, width) = weight.shape[2], x.shape
        asked_x, asked_w, asked_b = ctx.needs_input_grad
        cut = k // 2
        if torch.is_grad_enabled():
            return _gradients(g, x, weight, 1, (cut, cut), (asked_x, asked_w, asked_b))
        wide = F.pad(g[:, 0], (cut, cut, cut, cut))
        seen = [
            wide[:, k - 1 - i : k - 1 - i + height, k - 1 - j : k - 1 - j + width]
            for i in range(k)
            for j in range(k)
        ]
        shifted = torch.stack(seen).view(k * k, -1)  # what each tap's product went into, [k * k, B * H * W]
        gx = gw = None
        if asked_x:
            gx = (shifted.t() @ _taps(weight)).view(batch, height, width, channels).permute(0, 3, 1, 2)
        if asked_w:
            gw = (shifted @ _rows(x)).t().reshape(1, channels, k, k)
        return gx, gw, g.sum((0, 2, 3)) if asked_b else None


def _rows(x: Tensor) -> Tensor:
    """[B, C, H, W] -> [B * H * W, C], a view of a channels_last map."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _taps(weight: Tensor) -> Tensor:
    """[1, C, k, k] -> [k * k, C]."""
    return weight[0].flatten(1).t()
