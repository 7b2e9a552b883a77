"""Scores that methods share. Critics return logits [B, 1]; every loss is a mean over the batch."""

import torch
import torch.nn.functional as F
from torch import Tensor


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy of `logits` against one (possibly smoothed) target, in the softplus form."""
    return F.softplus(logits).mean() - target * logits.mean()


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference."""
    return (a - b).abs().mean()


def l2(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared difference."""
    return (a - b).square().mean()


def cross_entropy(x: Tensor, x_rec: Tensor) -> Tensor:
    """Per-pixel cross-entropy -x log x' - (1 - x) log(1 - x') of images in [0, 1] (Luo et al. 2017, Eq. 7), mean over pixels.

    Logarithms are bounded at -100, as in torch's own binary cross-entropy, so that a saturated pixel stays finite.
    """
    return F.binary_cross_entropy(x_rec.clamp(0, 1), x)


def gradient_penalty(critic: torch.nn.Module, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """(|grad D(x_mix)| - 1)^2, mean over the batch, at x_mix = share * real + (1 - share) * fake (Gulrajani et al. 2017, Eq. 3).

    real, fake [B, ...]; share [B, 1, ...] in [0, 1].
    """
    mixed = (share * real + (1 - share) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
