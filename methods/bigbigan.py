"""BigBiGAN (Donahue & Simonyan 2019, arXiv:1907.02544, section 2): BiGAN's game with unary scores of image and latent added to
the joint one, each on a hinge.

s_x = Dx(x), s_z = Dz(z), s_xz = Dxz(x, z), with y = 1 for (x, E(x)) and -1 for (x_gen, z). Critics: h(y s_x) + h(y s_z)
+ h(y s_xz), h(t) = max(0, 1 - t); G and E lower y (s_x + s_z + s_xz).
"""

import torch.nn.functional as F
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Update


class BigBiGAN(Method):
    name = "bigbigan"
    title = "BigBiGAN (scores)"
    paper = "Donahue & Simonyan 2019, arXiv:1907.02544"
    version = 2  # 2: no batch norm in critics, the deviation of z^ is a softplus
    summary = "BiGAN on hinges with critics of images and of latents beside the joint one"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dx": Role("critic", ("x",), "score", batch_independent=True),
        "Dz": Role("critic", ("z",), "score", batch_independent=True),
        "Dxz": Role("critic", ("x", "z"), "score", batch_independent=True),
    }
    players = {"GE": ("G", "E"), "D": ("Dx", "Dz", "Dxz")}
    weights = {"adv_x": 1.0, "adv_z": 1.0, "adv_xz": 1.0}
    seldom_reached = (
        "Dx.last",
        "Dz.last",
        "Dxz.last",
    )  # within the hinges real and generated scores cancel there
    # BigGAN's critic steps and betas, from memory: the authors published trained models, but no code that trains them
    recommended = {"optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.0}}
    # Deviation: three critics of the family, where the paper's joint one reads the features of the other two.
    deviations = (
        "the joint critic reads x and z, where the paper's reads the features of the two unary ones",
        "two critic steps to one of G and E, and the recommended rates, are from memory (no code that trains it was found)",
    )

    def cycle(self) -> list[Update]:
        """Two updates of the critics to one of G and E; a score whose term is off is given by nobody."""
        adv = self.active("adv_x", "adv_z", "adv_xz")
        critics = Update({"D": tuple(name.replace("adv", "hinge") for name in adv)}, stream="D")
        return [critics, critics, Update({"GE": adv}, stream="G", steps=1)]

    def make_z_enc(self, n: Networks, b: Batch) -> Tensor:
        """mean + softplus(rho) eps, where other stochastic encoders have exp(rho / 2)."""
        mean, rho = b.z_stats.chunk(2, 1)
        return mean + F.softplus(rho) * noise.normal(*mean.shape)

    def term_hinge_x(self, n: Networks, b: Batch) -> Tensor:
        return hinge(n.Dx(b.x)) + hinge(-n.Dx(b.x_gen))

    def term_hinge_z(self, n: Networks, b: Batch) -> Tensor:
        return hinge(n.Dz(b.z_enc)) + hinge(-n.Dz(b.z))

    def term_hinge_xz(self, n: Networks, b: Batch) -> Tensor:
        return hinge(n.Dxz(b.x, b.z_enc)) + hinge(-n.Dxz(b.x_gen, b.z))

    def term_adv_x(self, n: Networks, b: Batch) -> Tensor:
        """Of the two scores s_x only that of x_gen depends on a producer."""
        return -n.Dx(b.x_gen).mean()

    def term_adv_z(self, n: Networks, b: Batch) -> Tensor:
        return n.Dz(b.z_enc).mean()

    def term_adv_xz(self, n: Networks, b: Batch) -> Tensor:
        return n.Dxz(b.x, b.z_enc).mean() - n.Dxz(b.x_gen, b.z).mean()


def hinge(score: Tensor) -> Tensor:
    """max(0, 1 - t), mean over the batch."""
    return (1 - score).relu().mean()
