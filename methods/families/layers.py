"""Layers that families share. Feature maps are [B, C, H, W] in channels_last memory, so that norms over
channels are views.

Fold: nearest 2x upsampling and a k x k convolution are, exactly, one smaller convolution to four times the
channels and a pixel shuffle, the kernel's taps summed per output phase; a spatially constant map is convolved
once on a small map.
"""

import math
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.families.convolution import convolve, plain
from methods.priors import Prior


def normal(std: float) -> Any:
    """N(0, std)."""
    return lambda p, g: p.normal_(0, std, generator=g)


def truncated(std: float) -> Any:
    """N(0, std) within two standard deviations."""
    return lambda p, g: nn.init.trunc_normal_(p, 0, std, -2 * std, 2 * std, generator=g)


def zeros(p: Tensor, g: torch.Generator) -> None:
    p.zero_()


def ones(p: Tensor, g: torch.Generator) -> None:
    p.fill_(1)


def glorot(p: Tensor, g: torch.Generator) -> None:
    """Glorot uniform, of a weight [out, in, ...]."""
    fan_out, fan_in = p.shape[0] * p[0, 0].numel(), p[0].numel()
    bound = math.sqrt(6 / (fan_in + fan_out))
    p.uniform_(-bound, bound, generator=g)


def uniform(bound: float) -> Any:
    """Uniform in (-bound, bound)."""
    return lambda p, g: p.uniform_(-bound, bound, generator=g)


def he(p: Tensor, g: torch.Generator) -> None:
    """He normal, of a weight [out, in, ...]."""
    p.normal_(0, math.sqrt(2 / p[0].numel()), generator=g)


class Dense(nn.Linear):
    """A linear layer [B, in] -> [B, out]; weights by `init`, biases 0."""

    def __init__(self, n_in: int, n_out: int, init: Any, bias: bool = True) -> None:
        super().__init__(n_in, n_out, bias=bias)
        self.inits = {"weight": init, "bias": zeros}

    def reset_parameters(self) -> None:
        """Left to the family."""


def same(kernel: int, stride: int) -> tuple[int, int]:
    """Keras' 'same' padding (before, after) for sizes that the stride divides."""
    total = max(kernel - stride, 0)
    return total // 2, total - total // 2


class Conv(nn.Module):
    """A convolution, 'same' in the Keras sense, optionally behind a nearest 2x upsampling that is folded into
    it.
    """

    taps: Tensor

    def __init__(
        self, n_in: int, n_out: int, kernel: int, init: Any, stride: int = 1, up: int = 1, fold: bool = True,
        phases: bool = False,
    ) -> None:  # fmt: skip
        """phases: with the gradients of families.convolution, which pay for some widths and round otherwise."""
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_out, n_in, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(n_out))
        self.inits = {"weight": init, "bias": zeros}
        self.stride, self.up, self.fold = stride, up, fold
        self.pad, self.phases = same(kernel, stride), phases
        if up == 2 and fold:
            self.register_buffer("taps", _taps(kernel, self.pad[0]), persistent=False)
        self.reach = _reach(kernel, self.pad[0]) if up == 2 else self.pad

    def forward(self, x: Tensor, constant: Tensor | None = None) -> Tensor:
        """[B, C, H, W] -> [B, n_out, up * H / stride, ...]; constant [B, C', 1, 1] stands for C' further
        input channels that are the same at every pixel.
        """
        if self.phases:
            return convolve(x, self.weight, self.bias, self.stride, self.pad)
        if not self.fold:
            if constant is not None:
                x = torch.cat([x, constant.expand(-1, -1, *x.shape[2:])], 1)
            if self.up == 2:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            return plain(x, self.weight, self.bias, self.stride, self.pad)
        weight: Tensor = self.weight
        bias: Tensor = self.bias
        if self.up == 2:
            # [out, in, k, k] -> [out * 4, in, r, r]: rows and columns of taps summed by phase
            o, c, *_ = weight.shape
            weight = torch.einsum("pak,qbl,ockl->opqcab", self.taps, self.taps, weight).reshape(
                4 * o, c, *self.taps.shape[1:2] * 2
            )
            bias = bias.repeat_interleave(4)
        if constant is None:
            y = plain(x, weight, bias, self.stride, self.reach)
        else:
            split = x.shape[1]
            y = plain(x, weight[:, :split], bias, self.stride, self.reach)
            y = y + self._constant(constant, weight[:, split:], x.shape[2])
        return F.pixel_shuffle(y, 2) if self.up == 2 else y

    def _constant(self, value: Tensor, weight: Tensor, size: int) -> Tensor:
        """The convolution of a map that is constant but for its zero border: one interior pixel serves them
        all.
        """
        before, after = self.reach
        small = before + 1 + after
        if size <= small:
            return plain(value.expand(-1, -1, size, size), weight, None, 1, self.reach)
        y = plain(value.expand(-1, -1, small, small), weight, None, 1, self.reach)
        for dim in (2, 3):
            sizes = list(y.shape)
            sizes[dim] = size - before - after
            head, middle, tail = y.split([before, 1, after], dim)
            y = torch.cat([head, middle.expand(sizes), tail], dim)
        return y


def _reach(kernel: int, before: int) -> tuple[int, int]:
    """How many small pixels the folded kernel reaches before and after."""
    return (before + 1) // 2, (kernel - before) // 2


def _taps(kernel: int, before: int) -> Tensor:
    """[2, r, kernel]: which small pixel, counted from the first one reached, each tap of an output phase
    falls on.
    """
    low, high = _reach(kernel, before)
    taps = torch.zeros(2, low + 1 + high, kernel)
    for phase in range(2):
        for tap in range(kernel):
            taps[phase, (phase + tap - before) // 2 + low, tap] = 1
    return taps


class ChannelNorm(nn.Module):
    """Layer norm over the channels alone, at each pixel (Keras' default axis), eps 1e-3, with gain and
    bias.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(channels)), nn.Parameter(torch.empty(channels))
        self.inits = {"weight": ones, "bias": zeros}

    def forward(self, x: Tensor) -> Tensor:
        """[B, C] or [B, C, H, W], normalised over C."""
        if x.dim() == 2:
            return F.layer_norm(x, x.shape[1:], self.weight, self.bias, 1e-3)
        y = F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], self.weight, self.bias, 1e-3)
        return y.permute(0, 3, 1, 2)


class BatchNorm(nn.BatchNorm2d):
    """Batch norm of [B, C, H, W] or [B, C]; running statistics weigh the new batch by `momentum`."""

    def __init__(self, channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__(channels, eps=eps, momentum=momentum)
        self.inits = {"weight": ones, "bias": zeros}

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) if x.dim() == 4 else super().forward(x[:, :, None, None]).view_as(x)


class Centre(nn.Module):
    """Images in [0, 1] brought to [-1, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return (x * 2 - 1).contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x * 2 - 1


class Flatten(nn.Module):
    """[B, C, H, W] -> [B, H * W * C], pixel by pixel as Keras does."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class Activate(nn.Module):
    """E's output activation, from the prior; a log-variance, if there is one, stays linear."""

    def __init__(self, prior: Prior) -> None:
        super().__init__()
        self.prior = prior

    def forward(self, code: Tensor) -> Tensor:
        mean, rest = code[:, : self.prior.latent], code[:, self.prior.latent :]
        mean = self.prior.activate(mean)
        return torch.cat([mean, rest], 1) if rest.shape[1] else mean


def norm_layer(kind: str, channels: int) -> nn.Module:
    """`layer` (over channels, at each pixel), `batch` or `none`."""
    if kind == "layer":
        return ChannelNorm(channels)
    return BatchNorm(channels) if kind == "batch" else nn.Identity()


class SpatialAutoencoder(nn.Module):
    """Images to images through a map of a quarter of their side: two 3x3 convolutions of stride 2 that double the channels, two
    behind nearest upsampling; He weights, leaky ReLU, no norm. A side that 4 does not divide is continued by its edge.
    """

    def __init__(self, n_in: int, base: int) -> None:
        super().__init__()
        widths = [base, 2 * base, 4 * base]
        layers: list[nn.Module] = [Centre(), Conv(n_in, base, 3, he)]
        for wide, wider in pairwise(widths):
            layers += [nn.LeakyReLU(0.2), Conv(wide, wider, 3, he, stride=2)]
        for wide, narrow in pairwise(widths[::-1]):
            layers += [nn.LeakyReLU(0.2), Conv(wide, narrow, 3, he, up=2)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.2), Conv(base, n_in, 3, he), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] in [0, 1] -> the same."""
        h, w = x.shape[2:]
        padded = F.pad(x, (0, -w % 4, 0, -h % 4), "replicate") if h % 4 or w % 4 else x
        return self.layers(padded)[..., :h, :w]
