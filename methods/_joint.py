"""The game of BiGAN and ALI (arXiv:1605.09782, Eq. 2-3; arXiv:1606.00704, Algorithm 1): Dxz tells (x, z^) from (x^, z).

x^ = G(z) with z from the prior; z^ = E(x), or a draw from it where E is stochastic. rho_q = D(x, z^), rho_p = D(x^, z).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Update, balanced_cycle, critic_updates
from methods.losses import bce


class JointGame(Method):
    """Base of the methods that play it; a subclass says which E it has."""

    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"adv_xz_enc": 1.0, "adv_xz_gen": 1.0}
    options = {"critic_updates": "joint"}
    # Deviation: G and E take their step after the critic's, on a batch of their own.
    deviations = ("the critic's step and that of G and E alternate, a fresh batch each",)

    def cycle(self) -> list[Update]:
        dxz = critic_updates("Dxz", "real_xz", ["fake_xz"], self.options["critic_updates"])
        return balanced_cycle([dxz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log rho_q."""
        return bce(n.Dxz(b.x, b.z_enc), 1)

    def term_fake_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - rho_p)."""
        return bce(n.Dxz(b.x_gen, b.z), 0)

    def term_adv_xz_enc(self, n: Networks, b: Batch) -> Tensor:
        """E's part, -log(1 - rho_q): encoded pairs taken for generated ones."""
        return bce(n.Dxz(b.x, b.z_enc), 0)

    def term_adv_xz_gen(self, n: Networks, b: Batch) -> Tensor:
        """G's part, -log rho_p: generated pairs taken for encoded ones."""
        return bce(n.Dxz(b.x_gen, b.z), 1)
