"""AAE (Makhzani et al. 2015, arXiv:1511.05644), deterministic encoder, as Lazarou 2020 trains it: Dz on z, Dz
on E(x), then G and E twice.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce


class AAE(Method):
    name = "aae"
    title = "AAE"
    paper = "Makhzani et al. 2015, arXiv:1511.05644"
    summary = "autoencoder whose codes a latent critic Dz compares with the prior"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"GE": ("G", "E"), "Dz": ("Dz",)}
    weights = {"rec_x": 10.0, "adv_z_enc": 1.0}
    options = {"critic_updates": "alternating", "smooth": 0.05}
    space = {"rec_x": (1.0, 100.0)}
    # Lazarou's (section 4: all three methods have AEGAN's), since terms and updates are his; nothing is taken from the AAE paper
    recommended = {
        "optim": {"kind": "keras-adam", "lr": 2e-4, "critic_lr": 5e-4, "beta1": 0.5, "eps": 1e-7},
        "batch": 16,
        "options": {"critic_updates": "alternating", "smooth": 0.05},
    }
    # Deviation: one optimiser step on reconstruction and adversarial term together (Lazarou's code), where
    # the AAE paper alternates a reconstruction and a regularisation phase.
    deviations = ("reconstruction and adversarial term in one step (Lazarou's code), not in two phases",)

    def cycle(self) -> list[Update]:
        fakes = [f"fake_{v}" for v in ("z_enc",) if self.active(f"adv_{v}")]
        dz = critic_updates("Dz", "real_z", fakes, self.options["critic_updates"])
        return balanced_cycle([dz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z), 1 - self.options["smooth"])

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), self.options["smooth"])

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dz(b.z_enc), 1)
