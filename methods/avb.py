"""AVB (Mescheder et al. 2017, arXiv:1701.04722, Algorithm 1): a VAE whose posterior is whatever E makes of x and noise; a joint
critic T estimates the KL divergence that has no formula then.

T tells (x, E(x, eps)) from (x, z), z of the prior: T* = log q(z|x) - log p(z) (Proposition 1). G and E lower
-log p(x|E(x, eps)) + T(x, E(x, eps)).
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.losses import bce, squared_distance
from methods.noise import normal
from methods.priors import Prior


class AVB(Method):
    name = "avb"
    title = "AVB"
    paper = "Mescheder et al. 2017, arXiv:1701.04722"
    summary = "VAE with any posterior: E takes noise beside x, and a joint critic estimates the divergence from the prior"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x", "z"), "z"),
        "T": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "T": ("T",)}
    # ratio: beta, the decoder's fixed variance, as in VAE: 0.01 is a standard deviation of 0.1
    weights = {"nll_x": 1.0, "ratio": 0.01}
    space = {"ratio": (1e-3, 0.1)}
    # the authors' (avb/avb/train.py and experiments/avb_mnist_8/run.py of LMescheder/AdversarialVariationalBayes)
    recommended = {"optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.5}, "batch": 64}
    deviations = (
        "without adaptive contrast (section 3.3)",
        "a Gaussian decoder of fixed variance; the paper's images are binary",
        "codes are E(x, 0), where the paper averages over noise",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return None if prior.is_normal else "avb's noise and prior are normal: take prior normal"

    def cycle(self) -> list[Update]:
        """All players from one batch and one forward pass, as in Algorithm 1."""
        return [Update({"T": ("real", "fake"), "GE": self.active(*self.weights)}, stream="G", steps=1)]

    def make_z_enc(self, n: Networks, b: Batch) -> Tensor:
        """E(x, eps), eps ~ N(0, I)."""
        return n.E(b.x, normal(len(b.x), n.prior.latent))

    def make_score_enc(self, n: Networks, b: Batch) -> Tensor:
        return n.T(b.x, b.z_enc)

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        """-log s(T(x, E(x, eps)))."""
        return bce(b.score_enc, 1)

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - s(T(x, z)))."""
        return bce(n.T(b.x, b.z), 0)

    def term_nll_x(self, n: Networks, b: Batch) -> Tensor:
        """sum over pixels of (x - G(z))^2 / 2, mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean() / 2

    def term_ratio(self, n: Networks, b: Batch) -> Tensor:
        """T(x, E(x, eps)), the estimate of log q(z|x) - log p(z), mean over the batch."""
        return b.score_enc.mean()

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        return n.E(x, torch.zeros(len(x), n.prior.latent, device=x.device))
