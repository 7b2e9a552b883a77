"""Conditional GAN (Mirza & Osindero 2014, arXiv:1411.1784, Eq. 2), as ICGAN builds on it: labels go into G
and Dx.
"""

import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Spec, Update, balanced_cycle, critic_updates
from methods.losses import bce
from methods.priors import Prior


class CGAN(Method):
    name = "cgan"
    title = "Conditional GAN"
    paper = "Mirza & Osindero 2014, arXiv:1411.1784"
    summary = "GAN whose G and Dx are given labels; generated images take theirs from the training set"
    roles = {"G": Role("producer", ("z", "y"), "x"), "Dx": Role("critic", ("x", "y"), "score")}
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_updates": "joint"}
    labelled = True

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return None if spec.labels else f"{cls.name} needs labelled data"

    def cycle(self) -> list[Update]:
        dx = critic_updates("Dx", "real_x", ["fake_x_gen"], self.options["critic_updates"])
        return balanced_cycle([dx], Update({"G": self.active(*self.weights)}, stream="G", steps=1))

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z, b.y)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x, b.y), 1)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), 0)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), 1)

    def generate(self, n: Networks, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Images from latents [B, d] and labels [B, L], or from both side by side."""
        d = n.prior.latent
        return n.G(z[:, :d], z[:, d:] if y is None else y)

    def latents(self, prior: Prior, codes: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """[k, d + L]: the prior's z beside labels drawn from the training set's, `codes` [n, L]."""
        assert codes is not None
        with noise.using(rng):
            return torch.cat([prior.sample(k), codes[noise.integers(len(codes), k)]], 1)
