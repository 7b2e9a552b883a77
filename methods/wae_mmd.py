"""WAE-MMD (Tolstikhin et al. 2017, arXiv:1711.01558, Algorithm 2): an autoencoder whose codes match the prior by their
maximum mean discrepancy.

|x - x_rec|^2 + lambda MMD_k(z, E(x)), k(a, b) = C / (C + |a - b|^2), summed over scales C = c s, s of SCALES: c = 2 d for a
normal prior and d for a uniform one (wae.py of tolstikhin/wae, lines 291 to 299).
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import squared_distance

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of the authors' code


class WAEMMD(Method):
    name = "wae-mmd"
    title = "WAE-MMD"
    paper = "Tolstikhin et al. 2017, arXiv:1711.01558"
    version = 2  # 2: kernels of a uniform prior are those of the authors' code
    summary = "autoencoder with the maximum mean discrepancy between codes and prior; no critic"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"GE": ("G", "E")}
    weights = {"sq_x": 1.0, "mmd": 10.0}  # lambda = 10 on MNIST, 100 on CelebA
    space = {"mmd": (1.0, 100.0)}
    # the authors' for MNIST (tolstikhin/wae: configs.py, lines 71 to 105), whose code weighs |x - x_rec|^2 by 0.05 (wae.py, 342)
    recommended = {"optim": {"lr": 1e-3, "beta1": 0.5}, "batch": 100, "weights": {"sq_x": 0.05}}
    deviations = (
        "E is not pretrained, its input has no noise, and the learning rate does not fall, as in the authors' code for MNIST",
    )

    def cycle(self) -> list[Update]:
        return [Update({"GE": self.active(*self.weights)}, stream="G", steps=1)]

    def term_sq_x(self, n: Networks, b: Batch) -> Tensor:
        """|x - x_rec|^2, summed over pixels, mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean()

    def term_mmd(self, n: Networks, b: Batch) -> Tensor:
        uniform = all(kind == "uniform" for kind, _ in n.prior.parts)
        return mmd(b.z, b.z_enc, b.z.shape[1] * (1 if uniform else 2))


def mmd(a: Tensor, b: Tensor, c: float) -> Tensor:
    """The unbiased estimate of MMD_k^2 between samples a and b, [n, d] each, n at least 2; c: the kernels' base."""
    off = 1 - torch.eye(len(a), dtype=a.dtype, device=a.device)
    pairs = off / (len(a) * (len(a) - 1))
    return ((kernel(a, a, c) + kernel(b, b, c)) * pairs).sum() - 2 * kernel(a, b, c).mean()


def kernel(a: Tensor, b: Tensor, c: float) -> Tensor:
    """Inverse multiquadratic kernels [n, m] of all pairs, summed over the scales."""
    distances = (a[:, None] - b[None]).square().sum(2)
    return sum((c * s / (c * s + distances) for s in SCALES), torch.zeros_like(distances))
