"""Soft-IntroVAE (Daniel & Tamar 2021, arXiv:2012.13253, Eq. 4 and 5): a VAE whose encoder is its own critic, by the
exponential of the bound of generated images.

ELBO(x) = -beta_rec |x - x_rec|^2 - beta_kl KL(E(x)). E raises s ELBO(x) - exp(2 s ELBO(x_gen)) / 2, in the second with
beta_neg for beta_kl; G raises s (ELBO(x) + ELBO(x_gen)), its reconstructions of generated images times gamma.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.losses import kl_normal
from methods.priors import Prior, reparametrised


class SoftIntroVAE(Method):
    name = "soft-introvae"
    title = "Soft-IntroVAE"
    paper = "Daniel & Tamar 2021, arXiv:2012.13253"
    summary = "VAE; E also pushes the bound of generated images down, by its exponential, and G pulls it up; no critic"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z", stochastic=True)}
    players = {"E": ("E",), "G": ("G",)}
    weights = {"rec": 1.0, "kl": 1.0, "exp_elbo": 1.0, "kl_gen": 1.0, "rec_gen": 1e-8}
    options = {
        "beta_rec": 1.0,
        "beta_kl": 1.0,
        "beta_neg": 256.0,
    }  # of images; the authors tune them for each data set
    recommended = {"optim": {"lr": 2e-4, "beta1": 0.9}, "batch": 32}
    # Deviation: what the authors' code does beyond the equations is left out: reconstructions as further generated
    # images, epochs of a plain VAE in the beginning.
    deviations = (
        "no warm-up as a plain VAE, reconstructions are no further generated images, E and G have batches of their own",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return (
            None
            if prior.is_normal
            else "the KL terms of soft-introvae are those of a normal prior: take prior normal"
        )

    def cycle(self) -> list[Update]:
        e, g = self.active("rec", "kl", "exp_elbo"), self.active("rec", "kl_gen", "rec_gen")
        updates = [Update({"E": e}, stream="E"), Update({"G": g}, stream="G", steps=1)]
        return [u for u in updates if any(u.terms.values())]

    @property
    def s(self) -> float:
        """One over the number of pixels or coordinates."""
        size = 1
        for side in self.shape:
            size *= side
        return 1 / size

    def make_stats_gen(self, n: Networks, b: Batch) -> Tensor:
        """E of generated images [B, 2 d], which get no gradient."""
        return n.E(b.x_gen.detach())

    def make_error_gen(self, n: Networks, b: Batch) -> Tensor:
        """[B]: errors of reconstructing generated images."""
        return error(b.x_gen.detach(), n.G(reparametrised(b.stats_gen)))

    def term_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_rec"] * error(b.x, b.x_rec).mean()

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_kl"] * kl_normal(b.z_stats).mean()

    def term_exp_elbo(self, n: Networks, b: Batch) -> Tensor:
        """exp(2 s ELBO(x_gen)) / 2, of each image, mean over the batch."""
        elbo = -self.options["beta_rec"] * b.error_gen - self.options["beta_neg"] * kl_normal(b.stats_gen)
        return (2 * self.s * elbo).exp().mean() / 2

    def term_kl_gen(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_kl"] * kl_normal(b.z_rec_stats).mean()

    def term_rec_gen(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_rec"] * b.error_gen.mean()


def error(x: Tensor, y: Tensor) -> Tensor:
    """|x - y|^2 of each row [B]."""
    return (x - y).square().flatten(1).sum(1)
