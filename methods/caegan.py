"""Conditional AEGAN, which Lazarou 2020 (arXiv:2004.05472, section 5) leaves for further work: AEGAN's six terms with labels in G
and Dx, as Mirza & Osindero 2014 condition a GAN, and an encoder of labels as ICGAN has it.

x_gen = G(z, y), x_rec = G(E(x), y), Dx(x, y); E finds z alone, Ey the labels of real images.
"""

import torch
from torch import Tensor

from methods._labelled import Labelled
from methods.base import Batch, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce, l2


class ConditionalAEGAN(Labelled):
    name = "caegan"
    title = "Conditional AEGAN"
    paper = "after Lazarou 2020, arXiv:2004.05472, and Mirza & Osindero 2014, arXiv:1411.1784"
    summary = "AEGAN whose G and Dx are given labels; E finds what labels leave open, Ey the labels"
    roles = {
        "G": Role("producer", ("z", "y"), "x"),
        "E": Role("producer", ("x",), "z"),
        "Ey": Role("producer", ("x",), "y"),
        "Dx": Role("critic", ("x", "y"), "score"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"GE": ("G", "E", "Ey"), "Dx": ("Dx",), "Dz": ("Dz",)}
    weights = {
        "rec_x": 10.0,
        "rec_z": 5.0,
        "rec_y": 1.0,
        "adv_x_gen": 1.0,
        "adv_x_rec": 1.0,
        "adv_z_enc": 1.0,
        "adv_z_rec": 1.0,
    }
    options = {"critic_updates": "alternating", "smooth": 0.05}

    def cycle(self) -> list[Update]:
        how = self.options["critic_updates"]
        x = [f"fake_{v}" for v in ("x_gen", "x_rec") if self.active(f"adv_{v}")]
        z = [f"fake_{v}" for v in ("z_enc", "z_rec") if self.active(f"adv_{v}")]
        critics = [critic_updates("Dx", "real_x", x, how), critic_updates("Dz", "real_z", z, how)]
        return balanced_cycle(critics, Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def make_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z_enc, b.y)

    def term_rec_y(self, n: Networks, b: Batch) -> Tensor:
        """mean (y - Ey(x))^2 on real images."""
        return l2(n.Ey(b.x), b.y)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x, b.y), 1 - self.options["smooth"])

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), self.options["smooth"])

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec, b.y), self.options["smooth"])

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z), 1 - self.options["smooth"])

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), self.options["smooth"])

    def term_fake_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_rec), self.options["smooth"])

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), 1)

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec, b.y), 1)

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 1)

    def term_adv_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_rec), 1)

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """Returns [B, d + L]: E(x) and Ey(x), side by side."""
        return torch.cat([n.E(x), n.Ey(x)], 1)
