"""Latent regressor (Donahue et al. 2016, arXiv:1605.09782, section 4.1): a GAN, and an E that finds z from G(z).

E lowers -log p(z | G(z)) while the GAN trains; in the joint variant G shares that loss, weighted. All players step together.
"""

from torch import Tensor

from methods._recommended import DONAHUE
from methods.base import Batch, Method, Networks, Role, Spec, Update, game_updates
from methods.losses import bce
from methods.priors import Prior


class LatentRegressor(Method):
    name = "lr"
    title = "Latent regressor"
    paper = "Donahue et al. 2016, arXiv:1605.09782, section 4.1"
    summary = "GAN and, in the same updates, an encoder E trained to find z from G(z)"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"G": ("G",), "E": ("E",), "Dx": ("Dx",)}
    version = 2  # 2: in the joint one, E's loss has the weight of G's
    weights = {"adv_x_gen": 1.0, "code": 1.0, "code_gen": 0.0}
    # as BiGAN's, whose authors do not halve these two losses (preset bigan2016-mnist)
    recommended = {**DONAHUE, "weights": {"adv_x_gen": 2.0, "code": 2.0}}

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        if any(kind == "sphere" for kind, _ in prior.parts):
            return f"{cls.name} regresses each unit of z by itself, which no sphere's are: take the prior normal or uniform"
        return None

    def cycle(self) -> list[Update]:
        terms = {"G": self.active("adv_x_gen", "code_gen"), "E": self.active("code")}
        producers = Update({player: names for player, names in terms.items() if names}, stream="G", steps=1)
        return game_updates("Dx", "real_x", "fake_x_gen", producers, "simultaneous")

    def make_score_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(b.x_gen)

    def make_mismatch(self, n: Networks, b: Batch) -> Tensor:
        """Of E(G(z)) and z, mean over units and batch: cross-entropy for units in (-1, 1), squared difference for normal ones."""
        return n.prior.mismatch(b.z_rec, b.z)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(b.score_gen, 0)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(b.score_gen, 1)

    def term_code(self, n: Networks, b: Batch) -> Tensor:
        """E's loss."""
        return b.mismatch

    def term_code_gen(self, n: Networks, b: Batch) -> Tensor:
        """The same as a part of G's loss: 0 in the latent regressor, 0.25 in the joint one."""
        return b.mismatch
