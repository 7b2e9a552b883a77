"""AEGAN (Lazarou 2020, arXiv:2004.05472, Eq. 2-7): G and E against an image critic Dx and a latent critic Dz,
with both reconstructions.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class AEGAN(Method):
    name = "aegan"
    title = "AEGAN"
    paper = "Lazarou 2020, arXiv:2004.05472"
    summary = "G and E against Dx and Dz; generated and reconstructed images and latents are all criticised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",), "Dz": ("Dz",)}
    weights = {
        "rec_x": 10.0,
        "rec_z": 5.0,
        "adv_x_gen": 1.0,
        "adv_x_rec": 1.0,
        "adv_z_enc": 1.0,
        "adv_z_rec": 1.0,
    }
    options = {"critic_updates": "alternating", "smooth": 0.05}

    def cycle(self) -> list[Update]:
        how = self.options["critic_updates"]
        dx = critic_updates(
            "Dx", "real_x", [f"fake_{v}" for v in ("x_gen", "x_rec") if self.active(f"adv_{v}")], how
        )
        dz = critic_updates(
            "Dz", "real_z", [f"fake_{v}" for v in ("z_enc", "z_rec") if self.active(f"adv_{v}")], how
        )
        return balanced_cycle([dx, dz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1 - self.options["smooth"])

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), self.options["smooth"])

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec), self.options["smooth"])

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z), 1 - self.options["smooth"])

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), self.options["smooth"])

    def term_fake_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_rec), self.options["smooth"])

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), 1)

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec), 1)

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 1)

    def term_adv_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_rec), 1)
