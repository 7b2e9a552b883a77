"""Layers that draw while a network trains and do nothing while it is evaluated."""

import math

import torch
from torch import Tensor, nn

from methods import noise


def _like(x: Tensor) -> Tensor:
    """Standard normals with the shape and the memory order of x, drawn contiguously."""
    if x.dim() < 4:
        return noise.normal(*x.shape)
    b, c, h, w = x.shape
    return noise.normal(b, h, w, c).permute(0, 3, 1, 2)


class GaussianNoise(nn.Module):
    """x + std * N(0, 1) while training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x, _like(x), alpha=self.std) if self.training and self.std else x


class GaussianDropout(nn.Module):
    """x * N(1, sqrt(rate / (1 - rate))) while training (multiplicative, as Keras has it)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.std = math.sqrt(rate / (1 - rate))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(x, x, _like(x), value=self.std) if self.training and self.std else x


class Dropout(nn.Module):
    """Each unit 0 with probability `rate`, else divided by 1 - rate, while training. Raises ValueError for a rate of 1."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"dropout = {rate}: choose 0 or more, below 1")
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and self.rate):
            return x
        kept = noise.uniform(*x.shape) >= self.rate
        return x * kept.to(x.dtype) / (1 - self.rate)
