"""Scores that methods share. Critics return logits [B, 1]; every loss is a mean over the batch."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# Deviation, of every method that penalises a critic's slope: its `deviations` hold this line.
SLOPES = (
    "slopes are with respect to images in [0, 1]: for networks that bring them to [-1, 1], twice the paper's"
)


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy of `logits` against one (possibly smoothed) target, in the softplus form."""
    return F.softplus(logits).mean() - target * logits.mean()


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference."""
    return (a - b).abs().mean()


def l2(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared difference."""
    return (a - b).square().mean()


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """Squared Euclidean distance of each pair [B], summed over all of a sample."""
    return (a - b).square().flatten(1).sum(1)


def weighted(term: Tensor, weight: float | Tensor) -> Tensor:
    """weight * term. A weight that changes over the run may be a tensor on a GPU, whose value nobody may ask for."""
    return term if isinstance(weight, float) and weight == 1 else weight * term


def cross_entropy(x: Tensor, x_rec: Tensor) -> Tensor:
    """Per-pixel cross-entropy -x log x' - (1 - x) log(1 - x') of images in [0, 1] (Luo et al. 2017, Eq. 7),
    as [B] means.

    x' is kept 1e-6 from 0 and 1, so that a saturated pixel stays finite.
    """
    p = x_rec.clamp(1e-6, 1 - 1e-6)
    return -(x * p.log() + (1 - x) * (-p).log1p()).flatten(1).mean(1)


def packed(x: Tensor, pack: int) -> Tensor:
    """[B, C, ...] -> [B / pack, pack * C, ...]: neighbours side by side (PacGAN). Raises ValueError if B does
    not divide.
    """
    if pack == 1:
        return x
    if len(x) % pack:
        raise ValueError(f"batch = {len(x)} cannot be packed by {pack}: take a multiple of {pack}")
    return x.reshape(len(x) // pack, pack * x.shape[1], *x.shape[2:])


def gradient_penalty(critic: torch.nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """(|grad D(x_mix)| - 1)^2, mean over the batch, at x_mix = share * real + (1 - share) * fake (Gulrajani
    et al. 2017, Eq. 3).

    real, fake [B, ...]; share [B, 1, ...] in [0, 1].
    """
    mixed = (share * real + (1 - share) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def kl_normal(stats: Tensor) -> Tensor:
    """KL(N(mean, exp(logvar)) || N(0, I)) = -1/2 sum(1 + logvar - mean^2 - exp(logvar)) of each row; stats [B, 2 d]."""
    mean, logvar = stats.chunk(2, 1)
    return -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1)


def slope_penalty(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """|grad D(x)|^2, mean over the batch: R1 at real x, R2 at generated ones (Mescheder et al. 2018, Eq. 9 and 10)."""
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return slope.square().flatten(1).sum(1).mean()
