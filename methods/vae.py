"""VAE (Kingma & Welling 2013, arXiv:1312.6114, Eq. 7 and appendix B): reconstruction and KL of a
reparametrised Gaussian encoder.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import kl_normal, squared_distance


class VAE(Method):
    name = "vae"
    title = "VAE"
    paper = "Kingma & Welling 2013, arXiv:1312.6114"
    summary = "Gaussian encoder; reconstruction |x - G(z)|^2 / 2 and beta KL(q(z|x) || N(0, I)), beta = 0.01"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z", stochastic=True)}
    players = {"GE": ("G", "E")}
    # beta, the weight of kl, is the variance of a Gaussian decoder N(G(z), beta): 0.01 is a std of 0.1.
    weights = {"nll_x": 1.0, "kl": 0.01}
    space = {"kl": (1e-3, 0.1)}
    # Deviation: the loss is the paper's bound times beta, one draw of z per image; only N(0, I) priors.
    deviations = (
        "the bound is scaled by beta, the decoder's fixed variance (0.01), which the paper leaves open",
    )

    def cycle(self) -> list[Update]:
        return [Update({"GE": self.active(*self.weights)}, stream="G", steps=1)]

    def term_nll_x(self, n: Networks, b: Batch) -> Tensor:
        """sum over pixels of (x - G(z))^2 / 2, z ~ N(mean, exp(logvar)); mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean() / 2

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        """KL(N(mean, exp(logvar)) || N(0, I)), mean over the batch."""
        return kl_normal(b.z_stats).mean()
