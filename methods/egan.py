"""EGAN (Lazarou's code, an autoencoder with an image critic, after VAE-GAN): Dx as in AEGAN, G and E on L1
and Dx(G(E(x))).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class EGAN(Method):
    name = "egan"
    title = "EGAN"
    paper = "Lazarou 2020, arXiv:2004.05472 (code); after Larsen et al. 2015, arXiv:1512.09300"
    summary = "autoencoder with image critic Dx; Dx also sees G(z), but G gets no gradient from it"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",)}
    weights = {"rec_x": 10.0, "adv_x_rec": 1.0}
    options = {"critic_updates": "alternating", "critic_sees": ("x_gen", "x_rec"), "smooth": 0.05}
    space = {"rec_x": (1.0, 100.0)}
    # Lazarou's code, as AEGAN's; whether his runs were clipped is not known: the preset's clip stays
    recommended = {
        "optim": {"kind": "keras-adam", "lr": 2e-4, "critic_lr": 5e-4, "beta1": 0.5, "eps": 1e-7},
        "batch": 16,
        "options": {"critic_updates": "alternating", "smooth": 0.05},
    }

    def cycle(self) -> list[Update]:
        fakes = [f"fake_{v}" for v in self.options["critic_sees"] if self.active("adv_x_rec")]
        dx = critic_updates("Dx", "real_x", fakes, self.options["critic_updates"])
        return balanced_cycle([dx], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1 - self.options["smooth"])

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), self.options["smooth"])

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec), self.options["smooth"])

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_rec), 1)
