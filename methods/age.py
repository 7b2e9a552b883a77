"""AGE (Ulyanov et al. 2017, arXiv:1704.02304, Eq. 5 to 9): G and E alone, without a critic; what E makes of real images shall
look like the prior, what it makes of generated ones shall not.

KL of a batch's codes: mean of (m^2 + s^2)/2 - log s - 1/2 over units, m and s their mean and standard deviation. E lowers
KL(E(x)) - KL(E(x_gen)) + mu |x - x_rec|, G lowers KL(E(x_gen)) + lambda |z - z_rec|^2.
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.priors import Prior


class AGE(Method):
    name = "age"
    title = "AGE"
    paper = "Ulyanov et al. 2017, arXiv:1704.02304"
    version = 3  # 3: E, which is the critic, is always in training mode; variances are biased
    summary = (
        "G against E: divergences of batches of codes from the prior, with both reconstructions; no critic"
    )
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z", scores=True)}
    players = {"E": ("E",), "G": ("G",)}
    weights = {"kl_enc": 1.0, "kl_away": 1.0, "rec_x": 10.0, "kl_gen": 1.0, "cos_z": 1000.0}
    options = {"g_steps": 2}
    # In the authors' code networks are never in evaluation mode: E's batch norm keeps the codes of a batch from falling together.
    # Rates halve in epochs 40, 80 and 120 (adjust_lr; README.md, Cifar10), of 781 cycles and twice as many steps of G.
    recommended = {
        "prior": "sphere",
        "optim": {
            "lr": 2e-4,
            "critic_lr": 2e-4,
            "beta1": 0.5,
            "decay_at": (60918, 123398, 185878),
            "decay_by": 0.5,
        },
        "batch": 64,
        "options": {"fakes": "train"},
    }
    # Deviation: distances of latents by their angle, and means over units and pixels, are those of the authors' code.
    deviations = (
        "distances of latents are 1 - cosine, all terms are means (the authors' code); mu = 10, lambda = 1000 as for CIFAR",
        "KL is the paper's, of variances with 1e-3 added (the authors' code squares the variance and adds nothing)",
        "the sphere has radius sqrt(d), so that its units have the variance 1 of which the KL speaks",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        known = all(kind in ("normal", "sphere") for kind, _ in prior.parts)
        return (
            None if known else "age's divergence is from N(0, I): take prior sphere (the authors') or normal"
        )

    def cycle(self) -> list[Update]:
        e, g = self.active("kl_enc", "kl_away", "rec_x"), self.active("kl_gen", "cos_z")
        steps = [Update({"G": g}, stream="G", steps=1)] * self.options["g_steps"] if g else []
        return ([Update({"E": e}, stream="E", steps=0 if steps else 1)] if e else []) + steps

    def term_kl_enc(self, n: Networks, b: Batch) -> Tensor:
        """KL(E(x))."""
        return kl_of_batch(b.z_enc)

    def term_kl_away(self, n: Networks, b: Batch) -> Tensor:
        """-KL(E(x_gen)): E drives the codes of generated images away from the prior."""
        return -kl_of_batch(b.z_rec)

    def term_kl_gen(self, n: Networks, b: Batch) -> Tensor:
        """KL(E(x_gen)): G brings them back."""
        return kl_of_batch(b.z_rec)

    def term_cos_z(self, n: Networks, b: Batch) -> Tensor:
        """1 - cosine of z and E(x_gen), over d: half of the squared distance on the unit sphere, a mean over units."""
        return (1 - torch.nn.functional.cosine_similarity(b.z, b.z_rec, dim=1)).mean() / b.z.shape[1]


def kl_of_batch(codes: Tensor) -> Tensor:
    """KL of the Gaussian with the units' means and variances over the batch from N(0, I), mean over units; codes [B, d].

    A tenth of a percent of variance is added, so that units which do not vary have a finite divergence.
    """
    variance, mean = torch.var_mean(codes, 0, correction=0)  # as src/utils.py, var, has it
    variance = variance + 1e-3
    return ((mean.square() + variance - variance.log() - 1) / 2).mean()
