"""Soft-IntroVAE (Daniel & Tamar 2021, arXiv:2012.13253, Eq. 4 and 5): a VAE whose encoder is its own critic, by the
exponential of the bound of generated images.

ELBO(x) = -beta_rec |x - x_rec|^2 - beta_kl KL(E(x)). E raises s ELBO(x) - exp(2 s ELBO(x_gen)) / 2, in the second with
beta_neg for beta_kl; G raises s (ELBO(x) + ELBO(x_gen)), its reconstructions of generated images times gamma.
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import kl_normal, squared_distance
from methods.priors import reparametrised


class SoftIntroVAE(Method):
    name = "soft-introvae"
    title = "Soft-IntroVAE"
    paper = "Daniel & Tamar 2021, arXiv:2012.13253"
    version = 2  # 2: E, which is the critic, is always in training mode
    summary = "VAE; E also pushes the bound of generated images down, by its exponential, and G pulls it up; no critic"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True, scores=True),
    }
    players = {"E": ("E",), "G": ("G",)}
    weights = {"rec": 1.0, "kl": 1.0, "exp_elbo": 1.0, "kl_gen": 1.0, "rec_gen": 1e-8}
    # The betas are those of images; the authors tune them for each data set. reconstructions: x_rec counts as generated too,
    # half and half with x_gen, as in the authors' code. Weights such as switch:2000:0:1 begin with a plain VAE, as it does.
    options = {"beta_rec": 1.0, "beta_kl": 1.0, "beta_neg": 256.0, "reconstructions": False}
    choices = {"reconstructions": (False, True)}
    later = ("reconstructions",)
    # the authors' defaults (soft_intro_vae/main.py of taldatech/soft-intro-vae-pytorch, lines 26 to 28), with networks that are
    # never in evaluation mode (train_soft_intro_vae.py, 497); the warm-up of their points is off for images
    recommended = {
        "optim": {"lr": 2e-4, "beta1": 0.9},
        "batch": 32,
        "options": {"fakes": "train", "reconstructions": True},
    }
    # Deviation: the authors' G takes its step on the batch and the noise of E's; reconstructions is on in their code.
    deviations = (
        "E and G have batches of their own",
        "no warm-up, and x_rec is not generated, unless options say so",
    )

    def cycle(self) -> list[Update]:
        e, g = self.active("rec", "kl", "exp_elbo"), self.active("rec", "kl_gen", "rec_gen")
        updates = [Update({"E": e}, stream="E"), Update({"G": g}, stream="G", steps=1)]
        return [u for u in updates if any(u.terms.values())]

    @property
    def s(self) -> float:
        """One over the number of pixels or coordinates."""
        return 1 / torch.Size(self.shape).numel()

    def make_stats_gen(self, n: Networks, b: Batch) -> Tensor:
        """E of generated images [B, 2 d], which get no gradient."""
        return n.E(b.x_gen.detach())

    def make_stats_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.E(b.x_rec.detach())

    def make_error_gen(self, n: Networks, b: Batch) -> Tensor:
        """[B]: errors of reconstructing generated images."""
        return squared_distance(b.x_gen.detach(), n.G(reparametrised(b.stats_gen)))

    def make_x_again(self, n: Networks, b: Batch) -> Tensor:
        """Reconstructions of reconstructions."""
        return n.G(reparametrised(b.stats_rec))

    def term_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_rec"] * squared_distance(b.x, b.x_rec).mean()

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        return self.s * self.options["beta_kl"] * kl_normal(b.z_stats).mean()

    def term_exp_elbo(self, n: Networks, b: Batch) -> Tensor:
        """exp(2 s ELBO(x_gen)) / 2, of each image, mean over the batch."""

        def exponential(errors: Tensor, stats: Tensor) -> Tensor:
            elbo = -self.options["beta_rec"] * errors - self.options["beta_neg"] * kl_normal(stats)
            return (2 * self.s * elbo).exp().mean()

        gen = exponential(b.error_gen, b.stats_gen)
        more = self.options["reconstructions"]
        return (gen + (exponential(squared_distance(b.x_rec, b.x_again), b.stats_rec) if more else gen)) / 4

    def term_kl_gen(self, n: Networks, b: Batch) -> Tensor:
        gen = kl_normal(b.z_rec_stats).mean()
        rec = kl_normal(n.E(b.x_rec)).mean() if self.options["reconstructions"] else gen
        return self.s * self.options["beta_kl"] * ((gen + rec) / 2)

    def term_rec_gen(self, n: Networks, b: Batch) -> Tensor:
        gen = b.error_gen.mean()
        rec = squared_distance(b.x_rec.detach(), b.x_again).mean() if self.options["reconstructions"] else gen
        return self.s * self.options["beta_rec"] * ((gen + rec) / 2)
