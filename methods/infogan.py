"""InfoGAN (Chen et al. 2016, arXiv:1606.03657, Eq. 3 to 6): a GAN whose structured latent parts can be read off its images.

z is noise (the prior's normal and spherical parts) and codes c (its uniform, Bernoulli and categorical ones). G and E lower
lambda -log Q(c | x_gen), the bound of the mutual information: cross-entropies, and Gaussians of unit variance for uniform c.
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update, balanced_cycle, critic_updates
from methods.losses import bce, cross_entropy
from methods.priors import Prior

CODES = ("uniform", "bernoulli", "categorical")


class InfoGAN(Method):
    name = "infogan"
    title = "InfoGAN"
    paper = "Chen et al. 2016, arXiv:1606.03657"
    summary = "GAN whose uniform, Bernoulli and categorical latent parts E reads off generated images"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0, "info": 1.0}
    options = {"critic_updates": "joint"}
    # the authors' for MNIST (launchers/run_mnist_exp.py of openai/InfoGAN, lines 36 to 66), whose noise is uniform
    recommended = {
        "prior": "categorical:10+uniform:2+normal",
        "optim": {"lr": 1e-3, "critic_lr": 2e-4, "beta1": 0.5},
        "batch": 128,
        "options": {"fakes": "train"},
    }
    # Deviation: Q shares no layers with the critic; E's units for the noise are read by nobody, so it does not `encode`.
    deviations = (
        "Q is a network of its own, E, where the paper's shares all layers but the last with the critic",
        "Q's mean of a uniform code ends in tanh, as every encoder of a uniform prior here; the authors' is linear",
        "E learns at G's rate (the authors': at the critic's), and noise is normal (the authors': uniform)",
    )

    @classmethod
    def can(cls) -> frozenset[str]:
        return frozenset({"generate"})

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        if any(kind in CODES for kind, _ in prior.parts):
            return None
        return "infogan needs a prior with codes, uniform, bernoulli or categorical: such as normal+categorical:10"

    def cycle(self) -> list[Update]:
        dx = critic_updates("Dx", "real_x", ["fake_x_gen"], self.options["critic_updates"])
        return balanced_cycle([dx], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), 0)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), 1)

    def term_info(self, n: Networks, b: Batch) -> Tensor:
        """-log Q(c | x_gen), summed over the codes, mean over the batch."""
        read = n.prior.split(b.z_rec)
        losses = [surprise(kind, q, c) for (kind, q), (_, c) in zip(read, n.prior.split(b.z), strict=True)]
        return torch.stack([loss for loss in losses if loss is not None]).sum()


def surprise(kind: str, q: Tensor, c: Tensor) -> Tensor | None:
    """-log Q(c) of one part [B, units] without constants, from what E gives for it: softmax, tanh; None for noise."""
    match kind:
        case "categorical":
            return -(c * q.clamp(min=1e-7).log()).sum(1).mean()
        case "bernoulli":  # c is -1 or 1
            return cross_entropy((1 + c) / 2, (1 + q) / 2).mean() * c.shape[1]
        case "uniform":
            return (c - q).square().sum(1).mean() / 2
    return None
