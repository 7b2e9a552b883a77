"""D2GAN (Nguyen et al. 2017, arXiv:1709.03831, Eq. 1): two critics with positive scores, one that rewards real images and one
that rewards generated ones.

J = alpha log D1(x) - D1(x_gen) - D2(x) + beta log D2(x_gen); D1 and D2 raise it, G lowers it. D = softplus of the logit.
"""

import torch.nn.functional as F
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update


class D2GAN(Method):
    name = "d2gan"
    title = "D2GAN"
    paper = "Nguyen et al. 2017, arXiv:1709.03831"
    summary = "G against two critics, whose optima are the KL divergence and the reverse one; no encoder"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "D1": Role("critic", ("x",), "score"),
        "D2": Role("critic", ("x",), "score"),
    }
    players = {"G": ("G",), "D1": ("D1",), "D2": ("D2",)}
    weights = {"adv_1": 1.0, "adv_2": 1.0}
    options = {"alpha": 0.2, "beta": 0.1}
    deviations = (
        "alpha = 0.2 and beta = 0.1, which the paper searches for each data set (1 and 1 for eight Gaussians, tund/D2GAN)",
    )
    # learning rate and beta1 of models.py of tund/D2GAN, lines 27 and 117; its batch of 512 is that of eight Gaussians
    recommended = {"optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.5}, "batch": 64}

    def cycle(self) -> list[Update]:
        """Both critics from one batch, then G."""
        critics = Update({"D1": ("real_1", "fake_1"), "D2": ("real_2", "fake_2")}, stream="fake_x_gen")
        return [critics, Update({"G": self.active("adv_1", "adv_2")}, stream="G", steps=1)]

    def term_real_1(self, n: Networks, b: Batch) -> Tensor:
        """-alpha log D1(x)."""
        return -self.options["alpha"] * log_softplus(n.D1(b.x)).mean()

    def term_fake_1(self, n: Networks, b: Batch) -> Tensor:
        return F.softplus(n.D1(b.x_gen)).mean()

    def term_real_2(self, n: Networks, b: Batch) -> Tensor:
        return F.softplus(n.D2(b.x)).mean()

    def term_fake_2(self, n: Networks, b: Batch) -> Tensor:
        """-beta log D2(x_gen)."""
        return -self.options["beta"] * log_softplus(n.D2(b.x_gen)).mean()

    def term_adv_1(self, n: Networks, b: Batch) -> Tensor:
        """-D1(x_gen)."""
        return -F.softplus(n.D1(b.x_gen)).mean()

    def term_adv_2(self, n: Networks, b: Batch) -> Tensor:
        """beta log D2(x_gen)."""
        return self.options["beta"] * log_softplus(n.D2(b.x_gen)).mean()


def log_softplus(logits: Tensor) -> Tensor:
    """log softplus(l), which is l itself far below 0, where softplus underflows."""
    low = logits < -15
    return logits.where(low, F.softplus(logits.masked_fill(low, 0.0)).log())
