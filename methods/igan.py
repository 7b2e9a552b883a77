"""Projection onto a GAN by an encoder and descent (Zhu et al. 2016, arXiv:1609.03552, section 4.1, the hybrid method): E learns
to invert a frozen G, and its answer is where the search for z begins.

E: L(x, G(E(x))) on real images (Eq. 4); encode: descent on L(x, G(z)) from E(x) (Eq. 3).
"""

from typing import ClassVar

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.descent import continuous, descend
from methods.losses import cross_entropy
from methods.priors import Prior


class IGAN(Method):
    name = "igan"
    title = "Encoder, then descent"
    paper = "Zhu et al. 2016, arXiv:1609.03552; search after Creswell & Bharath 2016, arXiv:1611.05644"
    summary = "E over a trained, frozen G, on real images; encode begins with E(x) and descends on z"
    base = "gan"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players: ClassVar[dict[str, tuple[str, ...]]] = {"E": ("E",)}
    weights = {"proj": 1.0}
    options = {"search_steps": 50, "search_lr": 0.02}
    max_encoded = 256
    # the authors' for E (train_dcgan/train_predict_z.py of junyanz/iGAN, lines 31 to 36), whose rate then falls linearly to 0
    recommended = {"optim": {"lr": 2e-4, "beta1": 0.5, "weight_decay": 1e-5}, "batch": 128}
    # Deviation: the distance is that of Creswell's search, where the paper adds one in features of a network for
    # classification, and its descent is L-BFGS-B.
    deviations = (
        "the distance is the per-pixel cross-entropy, without the paper's features; RMSprop, not L-BFGS-B",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        if not spec.images:
            return "the cross-entropy of igan needs images in [0, 1]"
        known = continuous(prior.parts)
        return None if known else "igan descends on z, which needs a continuous prior: normal or uniform"

    def cycle(self) -> list[Update]:
        return [Update({"E": self.active(*self.weights)}, stream="E", steps=1)]

    def term_proj(self, n: Networks, b: Batch) -> Tensor:
        """-x log G(E(x)) - (1 - x) log(1 - G(E(x))), mean over pixels."""
        return cross_entropy(b.x, b.x_rec).mean()

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """The end of the descent from E(x); no worse than E(x), which is kept where the search lost."""
        start = n.E(x)
        found = descend(n, x, start.detach().clone(), self.options["search_steps"], self.options["search_lr"])
        with torch.no_grad():
            better = cross_entropy(x, n.G(found)) <= cross_entropy(x, n.G(start))
        return torch.where(better[:, None], found, start)
