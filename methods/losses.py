"""Scores that methods share. Critics return logits [B, 1]; every loss is a mean over the batch."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def width(x: Tensor) -> float:
    """How wide x's range is in the papers: 2 for images [B, C, H, W], which are [-1, 1] there and [0, 1] here; 1 for points."""
    return 2.0 if x.dim() == 4 else 1.0


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy of `logits` against one (possibly smoothed) target, in the softplus form."""
    return F.softplus(logits).mean() - target * logits.mean()


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference."""
    return (a - b).abs().mean()


def pixel_l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of images in the papers' range, [-1, 1]; of points as they are."""
    return width(a) * l1(a, b)


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


Critic = Callable[..., Tensor]
Sample = tuple[Tensor, ...]  # what a critic takes: (x,), (z,), or (x, z)


def _slopes(critic: Critic, sample: Sample) -> Tensor:
    """Gradients of each sample's score with respect to all that the critic takes, [B, n]; images in the papers' range."""
    inputs = tuple(value.detach().requires_grad_() for value in sample)
    slopes = torch.autograd.grad(critic(*inputs).sum(), inputs, create_graph=True)
    flat = [s.flatten(1) / width(value) for s, value in zip(slopes, inputs, strict=True)]
    return torch.cat(flat, 1) if len(flat) > 1 else flat[0]


def gradient_penalty(critic: Critic, real: Sample, fake: Sample, share: Tensor) -> Tensor:
    """(|grad D(x_mix)| - 1)^2, mean over the batch, at x_mix = share * real + (1 - share) * fake (Gulrajani
    et al. 2017, Eq. 3).

    share [B] in [0, 1], one for all of a sample. Slopes with respect to images are those in [-1, 1].
    """
    pairs = [(a, b, share.view(-1, *[1] * (a.dim() - 1))) for a, b in zip(real, fake, strict=True)]
    mixed = tuple(s * a + (1 - s) * b for a, b, s in pairs)
    return (_slopes(critic, mixed).norm(dim=1) - 1).square().mean()


def slope_penalty(critic: Critic, sample: Sample) -> Tensor:
    """|grad D(x)|^2, mean over the batch: R1 at real x, R2 at generated ones (Mescheder et al. 2018, Eq. 9 and 10).

    Slopes with respect to images are those in [-1, 1].
    """
    return _slopes(critic, sample).square().sum(1).mean()


def kl_normal(stats: Tensor) -> Tensor:
    """KL(N(mean, exp(logvar)) || N(0, I)) = -1/2 sum(1 + logvar - mean^2 - exp(logvar)) of each row; stats [B, 2 d]."""
    mean, logvar = stats.chunk(2, 1)
    return -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1)
