"""ALAE (Pidhorskyi et al. 2020, arXiv:2004.04467, Eq. 3 to 7 and Algorithm 1): an autoencoder of a learned latent space, whose
encoder is also the lower part of the critic.

w = F(z), x_gen = G(w), critic D(E(x)). E and D: softplus(D(E(x_gen))) + softplus(-D(E(x))) + gamma/2 |grad_x D(E(x))|^2; F and
G: softplus(-D(E(x_gen))); E and G: |F(z) - E(x_gen)|^2. The latents of this method are w.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import bce, l2, slope_penalty


class ALAE(Method):
    name = "alae"
    title = "ALAE"
    paper = "Pidhorskyi et al. 2020, arXiv:2004.04467"
    version = 2  # 2: no batch norm in D, E always in training mode, slopes with respect to images in [-1, 1]
    summary = "G draws from w = F(z); E brings images back to w, where D judges them; E and G reconstruct w"
    roles = {
        "F": Role("producer", ("z",), "z"),
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", batch_independent=True, scores=True),
        "D": Role("critic", ("z",), "score", batch_independent=True),
    }
    players = {"FG": ("F", "G"), "ED": ("E", "D")}
    weights = {"adv_x_gen": 1.0, "rec_w": 1.0, "real": 1.0, "fake": 1.0, "r1": 5.0}  # r1: gamma / 2
    # the authors' for MNIST (podgorskiy/ALAE: configs/mnist_fc.yaml, lines 27 to 37, defaults.py, 63 and 64, losses.py, 39)
    recommended = {
        "optim": {"lr": 2e-3, "critic_lr": 2e-3, "beta1": 0.0, "beta2": 0.99},
        "batch": 128,
    }
    # Deviation: one step counts the updates of the three lines of Algorithm 1, the third on both players' optimisers.
    deviations = (
        "dense networks F and D, and G and E of the family, not StyleGAN's",
        "layers without equalised learning rates, so that the authors' 2e-3 is far more here than in theirs",
    )

    def cycle(self) -> list[Update]:
        adv, rec = self.active("adv_x_gen"), self.active("rec_w")
        critic = self.active("real", "fake", "r1")
        updates = [
            Update({"ED": critic}, stream="fake_x_gen"),
            Update({"FG": adv}, stream="G", steps=1),
            Update({"ED": rec, "FG": rec}, stream="rec_w", steps=int(not adv)),
        ]
        return [update for update in updates if all(update.terms.values())]

    def make_w(self, n: Networks, b: Batch) -> Tensor:
        return n.F(b.z)

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.w)

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D(n.E(b.x)), 1)

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D(n.E(b.x_gen)), 0)

    def term_r1(self, n: Networks, b: Batch) -> Tensor:
        return slope_penalty(lambda x: n.D(n.E(x)), (b.x,))

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D(n.E(b.x_gen)), 1)

    def term_rec_w(self, n: Networks, b: Batch) -> Tensor:
        """|w - E(G(w))|^2, mean over units; w is the target, and F learns through G (model.py of podgorskiy/ALAE, line 127)."""
        return l2(b.w.detach(), n.E(b.x_gen))

    def mapped(self, n: Networks, z: Tensor) -> Tensor:
        return n.F(z)
