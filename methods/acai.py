"""ACAI (Berthelot et al. 2018, arXiv:1807.07543, Eq. 1 and 2): an autoencoder whose interpolations fool a critic that
regresses how much was mixed.

x_mix = G(a E(x_1) + (1 - a) E(x_2)), a ~ U(0, 1/2). Dx: |Dx(x_mix) - a|^2 + |Dx(gamma x + (1 - gamma) x_rec)|^2; G and E:
|x - x_rec|^2 + lambda |Dx(x_mix)|^2.
"""

from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import l2


class ACAI(Method):
    name = "acai"
    title = "ACAI"
    paper = "Berthelot et al. 2018, arXiv:1807.07543"
    summary = "autoencoder whose interpolations a critic shall take for unmixed; samples from a Gaussian fitted to codes"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",)}
    weights = {"sq_x": 1.0, "fool": 0.5}  # lambda = 0.5
    options = {"gamma": 0.2}
    ex_post = True

    def cycle(self) -> list[Update]:
        """Both players from one batch and one forward pass, as in the authors' code."""
        terms = {"Dx": ("mix", "unmixed"), "GE": self.active(*self.weights)}
        return [Update(terms, stream="G", steps=1)]

    def make_share(self, n: Networks, b: Batch) -> Tensor:
        """a [B, 1], at most one half."""
        return noise.uniform(len(b.x), 1) / 2

    def make_x_mix(self, n: Networks, b: Batch) -> Tensor:
        """Each code with its neighbour's, of which there is less."""
        return n.G(b.share * b.z_enc.roll(1, 0) + (1 - b.share) * b.z_enc)

    def make_score_mix(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(b.x_mix)

    def term_sq_x(self, n: Networks, b: Batch) -> Tensor:
        return l2(b.x_rec, b.x)

    def term_fool(self, n: Networks, b: Batch) -> Tensor:
        return b.score_mix.square().mean()

    def term_mix(self, n: Networks, b: Batch) -> Tensor:
        return l2(b.score_mix, b.share)

    def term_unmixed(self, n: Networks, b: Batch) -> Tensor:
        """Blends of images with their own reconstructions hold nothing of another one: 0."""
        gamma = self.options["gamma"]
        return n.Dx(gamma * b.x + (1 - gamma) * b.x_rec).square().mean()
