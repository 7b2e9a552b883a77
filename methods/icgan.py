"""ICGAN (Perarnau et al. 2016, arXiv:1611.06355, section 3): encoders for z and for labels over a trained
conditional generator.
"""

import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.losses import l2
from methods.priors import Prior


class ICGAN(Method):
    name = "icgan"
    title = "ICGAN"
    paper = "Perarnau et al. 2016, arXiv:1611.06355"
    summary = "over a trained, frozen G(z, y): E finds z of generated images, Ey the labels of real ones"
    base = "cgan"
    roles = {
        "G": Role("producer", ("z", "y"), "x"),
        "E": Role("producer", ("x",), "z"),
        "Ey": Role("producer", ("x",), "y"),
    }
    players = {"E": ("E",), "Ey": ("Ey",)}
    weights = {"rec_z": 1.0, "rec_y": 1.0}
    labelled = True
    # Deviation: labels are 0 and 1, and both encoders learn in the same updates; they share nothing.
    deviations = ("labels are 0 and 1, where the paper has -1 and 1",)

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return None if spec.labels else f"{cls.name} needs labelled data"

    def cycle(self) -> list[Update]:
        terms = {"E": self.active("rec_z"), "Ey": self.active("rec_y")}
        return [Update({player: names for player, names in terms.items() if names}, stream="E", steps=1)]

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """G(z, y'), y' from the training set."""
        return n.G(b.z, b.y)

    def term_rec_y(self, n: Networks, b: Batch) -> Tensor:
        """mean (y - Ey(x))^2 on real images; rec_z is mean (z - E(G(z, y')))^2."""
        return l2(n.Ey(b.x), b.y)

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """[B, d + L]: E(x) beside Ey(x)."""
        return torch.cat([n.E(x), n.Ey(x)], 1)

    def generate(self, n: Networks, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Images from latents [B, d] and labels [B, L], or from both side by side."""
        d = n.prior.latent
        return n.G(z[:, :d], z[:, d:] if y is None else y)

    def latents(self, prior: Prior, codes: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """[k, d + L]: the prior's z beside labels drawn from the training set's, `codes` [n, L]."""
        assert codes is not None
        with noise.using(rng):
            return torch.cat([prior.sample(k), codes[noise.integers(len(codes), k)]], 1)
