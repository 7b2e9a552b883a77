"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761, Eq. 4 to 6 and Algorithm 1): E maps images back to noise, and the
autoencoder of noise bounds how far G's modes are from the data's.

Dxz is a logistic regression of (x_gen, z) against (x, E(x)); G lowers its logit Dxz(x_gen, z) + |z - E(x_gen)|^2, E the
second term.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class VEEGAN(Method):
    name = "veegan"
    title = "VEEGAN"
    paper = "Srivastava et al. 2017, arXiv:1705.07761"
    summary = "joint critic whose logit is the log ratio that G lowers; E reconstructs the noise of generated images"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"ratio": 1.0, "noise": 1.0}
    options = {"critic_updates": "joint"}
    # Deviation: E is deterministic where the paper has a Gaussian of fixed variance, whose log-density is the square.
    deviations = ("the reconstructor gives the mean of the paper's Gaussian; a fresh batch for each step",)

    def cycle(self) -> list[Update]:
        dxz = critic_updates("Dxz", "real_xz", ["fake_xz"], self.options["critic_updates"])
        return balanced_cycle([dxz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_fake_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log sigma(Dxz(x_gen, z)): generated pairs have the label 1."""
        return bce(n.Dxz(b.x_gen, b.z), 1)

    def term_real_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - sigma(Dxz(x, E(x))))."""
        return bce(n.Dxz(b.x, b.z_enc), 0)

    def term_ratio(self, n: Networks, b: Batch) -> Tensor:
        """The estimated log ratio of q(x, z) and p(x, z) at generated pairs."""
        return n.Dxz(b.x_gen, b.z).mean()

    def term_noise(self, n: Networks, b: Batch) -> Tensor:
        """|z - E(x_gen)|^2, summed over units, mean over the batch."""
        return (b.z - b.z_rec).square().sum(1).mean()
