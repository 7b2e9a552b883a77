"""alpha-GAN (Rosca et al. 2017, arXiv:1706.04987, Algorithm 1): an autoencoder whose images and codes are both criticised.

Dx tells x from reconstructions and samples, Dz tells z from E(x). E lowers lambda |x - x_rec| - logit Dz(E(x)), G lowers
lambda |x - x_rec| - logit Dx(x_rec) - logit Dx(x_gen): the paper's log(1 - D) - log D is minus the logit of D.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class AlphaGAN(Method):
    name = "alpha-gan"
    title = "alpha-GAN"
    paper = "Rosca et al. 2017, arXiv:1706.04987"
    summary = "G and E against Dx and Dz, each with a loss of its own; images, generated or not, and codes are criticised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"E": ("E",), "G": ("G",), "Dx": ("Dx",), "Dz": ("Dz",)}
    weights = {"rec_x": 10.0, "adv_z_enc": 1.0, "adv_x_rec": 1.0, "adv_x_gen": 1.0}  # rec_x: lambda
    options = {"critic_updates": "joint"}
    space = {"rec_x": (1.0, 100.0)}
    # Deviation: Algorithm 1 states no optimisation. Eq. 16 and 17 of the paper's first version have prior and posterior swapped
    # in Dz's loss; here Dz gives 1 to z.
    deviations = (
        "the paper tunes lambda for each data set: 10 on mean absolute differences",
        "E and G step together, each along its own loss, after Dx and Dz; Algorithm 1 leaves the order of samples open",
    )

    def cycle(self) -> list[Update]:
        how = self.options["critic_updates"]
        dx = critic_updates(
            "Dx", "real_x", [f"fake_{v}" for v in ("x_rec", "x_gen") if self.active(f"adv_{v}")], how
        )
        dz = critic_updates("Dz", "real_z", ["fake_z_enc"] if self.active("adv_z_enc") else [], how)
        terms = {"E": self.active("rec_x", "adv_z_enc"), "G": self.active("rec_x", "adv_x_rec", "adv_x_gen")}
        producers = Update({player: names for player, names in terms.items() if names}, stream="G", steps=1)
        return balanced_cycle([dx, dz], producers)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1)

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec), 0)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), 0)

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z), 1)

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 0)

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        """log(1 - Dz(E(x))) - log Dz(E(x))."""
        return -n.Dz(b.z_enc).mean()

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        """log(1 - Dx(x_rec)) - log Dx(x_rec)."""
        return -n.Dx(b.x_rec).mean()

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """log(1 - Dx(x_gen)) - log Dx(x_gen)."""
        return -n.Dx(b.x_gen).mean()
