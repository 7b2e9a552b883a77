"""BiGAN (Donahue et al. 2016, arXiv:1605.09782, Eq. 2-3): a joint critic Dxz tells (x, E(x)) from (G(z),
z).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class BiGAN(Method):
    name = "bigan"
    title = "BiGAN"
    paper = "Donahue et al. 2016, arXiv:1605.09782"
    summary = "joint critic Dxz of images with their latents; G and E on swapped labels, non-saturating"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"adv_xz_enc": 1.0, "adv_xz_gen": 1.0}
    options = {"critic_updates": "joint"}
    # Deviation: G and E take their step after the critic's, on a batch of their own.
    deviations = ("the critic's step and that of G and E alternate, a fresh batch each",)

    def cycle(self) -> list[Update]:
        dxz = critic_updates("Dxz", "real_xz", ["fake_xz"], self.options["critic_updates"])
        return balanced_cycle([dxz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_xz(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dxz(b.x, b.z_enc), 1)

    def term_fake_xz(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dxz(b.x_gen, b.z), 0)

    def term_adv_xz_enc(self, n: Networks, b: Batch) -> Tensor:
        """E's part: encoded pairs taken for generated ones."""
        return bce(n.Dxz(b.x, b.z_enc), 0)

    def term_adv_xz_gen(self, n: Networks, b: Batch) -> Tensor:
        """G's part: generated pairs taken for encoded ones."""
        return bce(n.Dxz(b.x_gen, b.z), 1)
