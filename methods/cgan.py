"""Conditional GAN (Mirza & Osindero 2014, arXiv:1411.1784, Eq. 2), as ICGAN builds on it: labels go into G
and Dx.
"""

from torch import Tensor

from methods._labelled import Labelled
from methods.base import Batch, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class CGAN(Labelled):
    name = "cgan"
    title = "Conditional GAN"
    paper = "Mirza & Osindero 2014, arXiv:1411.1784"
    summary = "GAN whose G and Dx are given labels; generated images take theirs from the training set"
    roles = {"G": Role("producer", ("z", "y"), "x"), "Dx": Role("critic", ("x", "y"), "score")}
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_updates": "joint"}
    # those of ICGAN's generator (cfg/mainConfig.lua of Guim3/IcGAN, lines 11 to 18); nothing is taken from Mirza & Osindero
    recommended = {
        "optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.5},
        "batch": 64,
        "options": {"critic_updates": "joint", "fakes": "train"},
    }
    deviations = ("Dx is not shown real images with wrong labels, as in ICGAN's code",)

    def cycle(self) -> list[Update]:
        dx = critic_updates("Dx", "real_x", ["fake_x_gen"], self.options["critic_updates"])
        return balanced_cycle([dx], Update({"G": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x, b.y), 1)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), 0)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen, b.y), 1)
