"""In-domain inversion (Zhu et al. 2020, arXiv:2004.00049, Eq. 2 and 3) by a residual encoder (Alaluf et al. 2021,
arXiv:2104.02699, Eq. 1 and 2): E learns to invert a frozen G on real images, against a critic that keeps what it gives back real.

z_0 is the prior's mean, x_t = G(z_t), z_{t+1} = z_t + E(x, x_t). In every step t E lowers
|x - x_t|^2 + l_feat |f(x) - f(x_t)|^2 + l_adv softplus(-D(x_t)); D lowers softplus(D(x_T))
+ softplus(-D(x)) + gamma/2 |grad D(x)|^2.
"""

from typing import ClassVar

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.features import features
from methods.losses import bce, l2, slope_penalty, width
from methods.priors import Prior


class InDomainInversion(Method):
    name = "idinvert"
    title = "In-domain inversion"
    paper = "Zhu et al. 2020, arXiv:2004.00049; Alaluf et al. 2021, arXiv:2104.02699"
    summary = (
        "E refines z step by step over a trained, frozen G, by pixels, a critic's features and its score"
    )
    base = "gan"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x", "x"), "z"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True),
    }
    players: ClassVar[dict[str, tuple[str, ...]]] = {"Dx": ("Dx",), "E": ("E",)}
    # training/loss_encoder.py and train_encoder.py of genforce/idinvert, in images of [-1, 1]; r1: gamma / 2
    weights = {"pixel": 1.0, "feature": 5e-5, "adv": 0.08, "real": 1.0, "fake": 1.0, "r1": 5.0}
    options = {"refinements": 3}
    # the authors' (train_encoder.py, lines 30 to 34), whose rate then falls
    recommended = {"optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.9, "beta2": 0.99}, "batch": 128}
    deviations = (
        "features are those of the critic's last hidden layer, where the paper has VGG's",
        "the critic starts from its own initial weights, not from those of G's training",
        "three refinements, where ReStyle has five; all of a batch make one optimiser step, each from the z before it as given",
        "codes are z, not StyleGAN's W; no descent follows",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return (
            None if prior.is_normal else "idinvert starts from the mean of a normal prior: take prior normal"
        )

    def cycle(self) -> list[Update]:
        """E and its critic from one batch, as the authors' loop has them."""
        terms = {"Dx": self.active("real", "fake", "r1"), "E": self.active("pixel", "feature", "adv")}
        return [Update({player: names for player, names in terms.items() if names}, stream="E", steps=1)]

    def refined(self, n: Networks, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Returns (z_t, x_t) for t = 1, ..; each step starts from the one before it as given."""
        z = torch.zeros(len(x), n.prior.latent, device=x.device, dtype=x.dtype)
        made = []
        for _ in range(self.options["refinements"]):
            z = z.detach() + n.E(x, n.G(z.detach()).detach())
            made.append((z, n.G(z)))
        return made

    def make_steps(self, n: Networks, b: Batch) -> list[tuple[Tensor, Tensor]]:
        return self.refined(n, b.x)

    def make_hidden(self, n: Networks, b: Batch) -> dict[str, Tensor]:
        return features(n.Dx, b.x)

    def make_hidden_rec(self, n: Networks, b: Batch) -> list[dict[str, Tensor]]:
        return [features(n.Dx, x) for _, x in b.steps]

    def term_pixel(self, n: Networks, b: Batch) -> Tensor:
        """|x - x_t|^2, mean over pixels in [-1, 1], over the steps."""
        return width(b.x) ** 2 * torch.stack([l2(x, b.x) for _, x in b.steps]).mean()

    def term_feature(self, n: Networks, b: Batch) -> Tensor:
        """|f(x) - f(x_t)|^2, mean over units and steps."""
        return torch.stack([l2(hidden["last"], b.hidden["last"]) for hidden in b.hidden_rec]).mean()

    def term_adv(self, n: Networks, b: Batch) -> Tensor:
        """softplus(-D(x_t)), mean over the steps."""
        return torch.stack([bce(hidden["output"], 1) for hidden in b.hidden_rec]).mean()

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        return bce(b.hidden["output"], 1)

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        """softplus(D(x_T))."""
        return bce(b.hidden_rec[-1]["output"], 0)

    def term_r1(self, n: Networks, b: Batch) -> Tensor:
        return slope_penalty(n.Dx, (b.x,))

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        return self.refined(n, x)[-1][0]
