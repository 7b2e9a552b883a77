"""WAE-GAN (Tolstikhin et al. 2017, arXiv:1711.01558, Algorithm 1): an autoencoder whose codes a latent critic compares with
the prior.

Dz: -log Dz(z) - log(1 - Dz(E(x))), times lambda; G and E: |x - x_rec|^2 - lambda log Dz(E(x)).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import bce, squared_distance


class WAEGAN(Method):
    name = "wae-gan"
    title = "WAE-GAN"
    paper = "Tolstikhin et al. 2017, arXiv:1711.01558"
    summary = "autoencoder on squared error whose codes a latent critic compares with the prior"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"GE": ("G", "E"), "Dz": ("Dz",)}
    weights = {"sq_x": 1.0, "adv_z_enc": 10.0}  # lambda
    space = {"adv_z_enc": (1.0, 100.0)}
    # the authors' for MNIST (tolstikhin/wae: configs.py, lines 71 to 105), whose code weighs |x - x_rec|^2 by 0.05 (wae.py, 342)
    recommended = {
        "optim": {"lr": 1e-3, "critic_lr": 5e-4, "beta1": 0.5},
        "batch": 100,
        "weights": {"sq_x": 0.05},
        "options": {"fakes": "train"},
    }
    # Deviation: lambda scales the critic's loss in the paper; under Adam a constant factor changes nothing.
    deviations = (
        "the critic's loss is not scaled by lambda",
        "the critic learns first, on a batch of its own (the authors': after the autoencoder, on the same images and z)",
        "E is not pretrained, its input has no noise, and the learning rates do not fall, as in the authors' code for MNIST",
    )

    def cycle(self) -> list[Update]:
        """Critic, then autoencoder, each on a batch of its own."""
        dz = Update({"Dz": ("real_z", "fake_z_enc")}, stream="fake_z_enc")
        return [dz, Update({"GE": self.active(*self.weights)}, stream="G", steps=1)]

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z), 1)

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 0)

    def term_sq_x(self, n: Networks, b: Batch) -> Tensor:
        """|x - x_rec|^2, summed over pixels, mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean()

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 1)
