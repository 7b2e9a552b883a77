"""ALI (Dumoulin et al. 2016, arXiv:1606.00704, Algorithm 1): Dxz tells (x, z^) with z^ ~ q(z|x) from (G(z),
z) with z ~ p(z).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class ALI(Method):
    name = "ali"
    title = "ALI"
    paper = "Dumoulin et al. 2016, arXiv:1606.00704"
    summary = "BiGAN's game with a stochastic encoder: z is drawn from E's Gaussian, reparametrised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"adv_xz_enc": 1.0, "adv_xz_gen": 1.0}
    options = {"critic_updates": "joint"}
    # Deviation: Algorithm 1 takes both steps from one batch; here each has its own.
    deviations = ("the critic's step and that of G and E alternate, a fresh batch each",)

    def cycle(self) -> list[Update]:
        dxz = critic_updates("Dxz", "real_xz", ["fake_xz"], self.options["critic_updates"])
        return balanced_cycle([dxz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log rho_q, rho_q = D(x, z^)."""
        return bce(n.Dxz(b.x, b.z_enc), 1)

    def term_fake_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - rho_p), rho_p = D(G(z), z)."""
        return bce(n.Dxz(b.x_gen, b.z), 0)

    def term_adv_xz_enc(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - rho_q)."""
        return bce(n.Dxz(b.x, b.z_enc), 0)

    def term_adv_xz_gen(self, n: Networks, b: Batch) -> Tensor:
        """-log rho_p."""
        return bce(n.Dxz(b.x_gen, b.z), 1)
