"""MDGAN (Che et al. 2016, arXiv:1612.02136, section 3.3 and Algorithm 1): the data's manifold first, then how samples lie on it.

Manifold step: D1 tells x from x_rec = G(E(x)); G and E lower |x - x_rec|^2 - lambda log D1(x_rec). Diffusion step: D2 tells
x_rec from x_gen; G lowers -log D2(x_gen).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import bce, squared_distance


class MDGAN(Method):
    name = "mdgan"
    title = "MDGAN"
    paper = "Che et al. 2016, arXiv:1612.02136"
    version = 2  # 2: |x - x_rec|^2 is summed over x, where it was a mean
    summary = "one critic of reconstructions against images, another of samples against reconstructions"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "D1": Role("critic", ("x",), "score"),
        "D2": Role("critic", ("x",), "score"),
    }
    players = {"GE": ("G", "E"), "D1": ("D1",), "D2": ("D2",)}
    weights = {"sq_x": 1.0, "adv_manifold": 0.01, "adv_diffusion": 1.0}
    # Deviation: the optimiser of G and E takes both steps, with whichever of its parameters have a gradient.
    deviations = (
        "the manifold critic's weight lambda is 0.01, which the paper searches for each data set; no code of theirs was found",
    )

    def cycle(self) -> list[Update]:
        """The four updates of Algorithm 1, each on a batch of its own; one cycle is one step."""
        manifold, diffusion = self.active("sq_x", "adv_manifold"), self.active("adv_diffusion")
        updates = [
            Update(
                {"D1": ("real_manifold", "fake_manifold")} if self.active("adv_manifold") else {}, stream="D1"
            ),
            Update({"GE": manifold}, stream="manifold", steps=int(not diffusion)),
            Update({"D2": ("real_diffusion", "fake_diffusion")} if diffusion else {}, stream="D2"),
            Update({"GE": diffusion}, stream="diffusion", steps=1),
        ]
        return [u for u in updates if any(u.terms.values())]

    def term_real_manifold(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D1(b.x), 1)

    def term_fake_manifold(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D1(b.x_rec), 0)

    def term_sq_x(self, n: Networks, b: Batch) -> Tensor:
        """|x - x_rec|^2, summed over x; mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean()

    def term_adv_manifold(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D1(b.x_rec), 1)

    def term_real_diffusion(self, n: Networks, b: Batch) -> Tensor:
        """Reconstructions are what is real here."""
        return bce(n.D2(b.x_rec), 1)

    def term_fake_diffusion(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D2(b.x_gen), 0)

    def term_adv_diffusion(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.D2(b.x_gen), 1)
