"""Descent on z: searches the latents whose images are closest to given ones, from any start, such as an encoder's answer."""

import torch
from torch import Tensor

from methods.base import Networks
from methods.losses import cross_entropy


def descend(n: Networks, x: Tensor, z: Tensor, steps: int, lr: float) -> Tensor:
    """`steps` RMSprop steps from z [B, d] on the cross-entropy of x and G(z), within a uniform part's (-1, 1); rows do not
    depend on each other.
    """
    box = [torch.full((units,), 1.0 if kind == "uniform" else torch.inf) for kind, units in n.prior.parts]
    bound = torch.cat(box).to(z)
    square = torch.zeros_like(z)
    with torch.enable_grad():
        for _ in range(steps):
            z.requires_grad_()
            (slope,) = torch.autograd.grad(cross_entropy(x, n.G(z)).sum(), z)
            square = 0.9 * square + 0.1 * slope.square()
            z = (z.detach() - lr * slope / (square.sqrt() + 1e-8)).clamp(-bound, bound)
    return z


def continuous(kinds: tuple[tuple[str, int], ...]) -> bool:
    """Whether a prior of these parts can be descended in."""
    return all(kind in ("normal", "uniform") for kind, _ in kinds)
