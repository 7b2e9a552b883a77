"""WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3 and Algorithm 1): Wasserstein critic with a
gradient penalty.
"""

from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import gradient_penalty


class WGANGP(Method):
    name = "wgan-gp"
    title = "WGAN-GP"
    paper = "Gulrajani et al. 2017, arXiv:1704.00028"
    version = 2  # 2: slopes are with respect to images in [-1, 1]
    summary = "critic without batch norm whose slope is kept near 1; five critic updates to each of G"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True),
    }
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_steps": 5, "penalty": 10.0}
    space = {"penalty": (1.0, 100.0)}
    # the authors' for 64 px (gan_64x64.py of igul222/improved_wgan_training, lines 29 to 33 and 542 to 545)
    recommended = {
        "optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.0, "beta2": 0.9},
        "batch": 64,
        "options": {"critic_steps": 5, "penalty": 10.0, "fakes": "train"},
    }
    unreached = ("Dx.last",)  # the output's bias adds the same to real and fake, and no slope

    def cycle(self) -> list[Update]:
        dx = Update({"Dx": ("real_x", "fake_x_gen", "slope")}, stream="fake_x_gen")
        return [dx] * self.options["critic_steps"] + [
            Update({"G": self.active(*self.weights)}, stream="G", steps=1)
        ]

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return -n.Dx(b.x).mean()

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(b.x_gen).mean()

    def term_slope(self, n: Networks, b: Batch) -> Tensor:
        """lambda (|grad Dx| - 1)^2 between pairs of real and generated samples."""
        share = noise.uniform(len(b.x))
        return self.options["penalty"] * gradient_penalty(n.Dx, (b.x,), (b.x_gen,), share)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return -n.Dx(b.x_gen).mean()
