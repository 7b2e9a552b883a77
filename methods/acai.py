"""ACAI (Berthelot et al. 2018, arXiv:1807.07543, Eqs. 1-3): an autoencoder whose interpolations a critic cannot tell
from reconstructions.

x_mix = G(alpha E(x_1) + (1 - alpha) E(x_2)), alpha ~ U(0, 1/2), and the critic d estimates alpha.
L_{f,g} = |x - G(E(x))|^2 + lambda d(x_mix)^2, L_d = (d(x_mix) - alpha)^2 + d(gamma x + (1 - gamma) G(E(x)))^2.
"""

from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import l2, width


class ACAI(Method):
    name = "acai"
    title = "ACAI"
    paper = "Berthelot et al. 2018, arXiv:1807.07543"
    version = (
        2  # 2: no batch norm in Dx; squared errors are those of images in [-1, 1], as lib/data.py has them
    )
    summary = "autoencoder; a critic estimates the mixing share of interpolations, which G and E bring to 0"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True),
    }
    players = {"Dx": ("Dx",), "GE": ("G", "E")}
    weights = {"mse_x": 1.0, "adv_x_mix": 0.5}
    options = {"gamma": 0.2}
    # the authors' (lib/train.py of brain-research/acai, lines 32 and 33, which has the same weight 0.5 and gamma 0.2)
    recommended = {"optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.9}, "batch": 64}
    ex_post = True
    # Deviation: the paper's autoencoder draws no images; here latents come from a Gaussian fitted to the codes.
    deviations = ("the paper does not generate: samples come from a Gaussian fitted to the training codes",)

    def cycle(self) -> list[Update]:
        """Both players from one batch and one forward pass."""
        return [Update({"Dx": ("share", "near_real"), "GE": self.active(*self.weights)}, stream="G", steps=1)]

    def make_share(self, n: Networks, b: Batch) -> Tensor:
        """alpha [B, 1], uniform in [0, 1/2): 0 is a reconstruction of x_2."""
        return noise.uniform(len(b.x), 1) / 2

    def make_x_mix(self, n: Networks, b: Batch) -> Tensor:
        """Decoded mixtures of each code, x_2's, and its mirror image in the batch, x_1's."""
        return n.G(b.share * b.z_enc.flip(0) + (1 - b.share) * b.z_enc)

    def term_share(self, n: Networks, b: Batch) -> Tensor:
        return l2(n.Dx(b.x_mix), b.share)

    def term_near_real(self, n: Networks, b: Batch) -> Tensor:
        """d's output is 0 for what is not interpolated, real or reconstructed: so it learns before G does."""
        gamma = self.options["gamma"]
        return n.Dx(gamma * b.x + (1 - gamma) * b.x_rec).square().mean()

    def term_mse_x(self, n: Networks, b: Batch) -> Tensor:
        return width(b.x) ** 2 * l2(b.x, b.x_rec)

    def term_adv_x_mix(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(b.x_mix).square().mean()
