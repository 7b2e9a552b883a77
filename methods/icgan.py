"""ICGAN (Perarnau et al. 2016, arXiv:1611.06355, section 3): encoders for z and for labels over a trained
conditional generator.
"""

import torch
from torch import Tensor

from methods._labelled import Labelled
from methods.base import Batch, Networks, Role, Update
from methods.losses import l2


class ICGAN(Labelled):
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
    # the authors' for both encoders (cfg/mainConfig.lua of Guim3/IcGAN, lines 39 to 49 and 61 to 76)
    recommended = {"optim": {"lr": 1e-4, "beta1": 0.1}, "batch": 64}
    # Deviation: labels are 0 and 1, and both encoders learn in the same updates; they share nothing.
    deviations = ("labels are 0 and 1, where the paper has -1 and 1",)

    def cycle(self) -> list[Update]:
        terms = {"E": self.active("rec_z"), "Ey": self.active("rec_y")}
        return [Update({player: names for player, names in terms.items() if names}, stream="E", steps=1)]

    def term_rec_y(self, n: Networks, b: Batch) -> Tensor:
        """mean (y - Ey(x))^2 on real images; rec_z is mean (z - E(G(z, y')))^2."""
        return l2(n.Ey(b.x), b.y)

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """Returns [B, d + L]: E(x) and Ey(x), side by side."""
        return torch.cat([n.E(x), n.Ey(x)], 1)
