"""IntroVAE (Huang et al. 2018, arXiv:1807.06358, Eq. 11 and 12, Algorithm 1): a VAE whose encoder is its own critic, by a hinge
on the KL divergence of what G makes.

E lowers beta |x - x_rec|^2 + KL(E(x)) + alpha ([m - KL(E(x_rec))]+ + [m - KL(E(x_gen))]+) / 2, x_rec and x_gen taken as given; G
lowers beta |x - x_rec|^2 + alpha (KL(E(x_rec)) + KL(E(x_gen))) / 2.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.losses import kl_normal, squared_distance
from methods.priors import Prior


class IntroVAE(Method):
    name = "introvae"
    title = "IntroVAE"
    paper = "Huang et al. 2018, arXiv:1807.06358"
    summary = "VAE; E also pushes the KL divergence of generated images above a margin, and G pulls it down; no critic"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True, scores=True),
    }
    players = {"E": ("E",), "G": ("G",)}
    # weight_rec, weight_kl, and weight_neg of the authors (main.py of hhb072/IntroVAE; 0.05, 1 and 0.5 in run_256.sh)
    weights = {"rec": 0.05, "kl": 1.0, "margin": 0.5, "kl_gen": 1.0}
    options = {"m": 120.0}
    space = {"rec": (5e-3, 0.5)}
    # the authors' run_256.sh, for 256 px and a latent of 512
    recommended = {
        "optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.9},
        "batch": 16,
        "options": {"fakes": "train", "m": 120.0},
        "weights": {"rec": 0.05, "margin": 0.5},
    }
    deviations = (
        "E and G have batches of their own",
        "the margin 120 is the authors' for a latent of 512 and their weights for images of 256 px; both follow the data set",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        normal = "the KL terms of introvae are those of a normal prior: take prior normal"
        return None if prior.is_normal else normal

    def cycle(self) -> list[Update]:
        terms = {"E": self.active("rec", "kl", "margin"), "G": self.active("rec", "kl_gen")}
        updates = [Update({"E": terms["E"]}, stream="E"), Update({"G": terms["G"]}, stream="G", steps=1)]
        return [u for u in updates if any(u.terms.values())]

    def term_rec(self, n: Networks, b: Batch) -> Tensor:
        """|x - x_rec|^2, summed over pixels in [0, 1] as the authors', mean over the batch."""
        return squared_distance(b.x, b.x_rec).mean()

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        return kl_normal(b.z_stats).mean()

    def term_margin(self, n: Networks, b: Batch) -> Tensor:
        """[m - KL]+ of reconstructions and of samples, each after its mean over the batch, as in the authors' code."""
        kls = [kl_normal(n.E(x.detach())).mean() for x in (b.x_rec, b.x_gen)]
        return sum((self.options["m"] - kl).relu() for kl in kls) / 2  # type: ignore[return-value]

    def term_kl_gen(self, n: Networks, b: Batch) -> Tensor:
        return (kl_normal(n.E(b.x_rec)).mean() + kl_normal(b.z_rec_stats).mean()) / 2
