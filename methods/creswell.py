"""Inversion without an encoder (Creswell & Bharath 2016, arXiv:1611.05644, Algorithm 1): E(x) is gradient
descent on z.
"""

from typing import ClassVar

import torch
from torch import Tensor

from methods import noise
from methods.base import Method, Networks, Role, Spec, Update
from methods.descent import continuous, descend
from methods.losses import cross_entropy
from methods.priors import Prior


class Creswell(Method):
    name = "creswell"
    title = "Inversion by descent"
    paper = "Creswell & Bharath 2016, arXiv:1611.05644"
    summary = (
        "no encoder: z is searched for each image by batched gradient descent on the cross-entropy to G(z)"
    )
    base = "gan"
    roles = {"G": Role("producer", ("z",), "x")}
    players: ClassVar[dict[str, tuple[str, ...]]] = {}
    weights: ClassVar[dict[str, float]] = {}
    options = {"search_steps": 50, "restarts": 2, "search_lr": 0.05}
    max_encoded = 256
    # Deviation: RMSprop's step, several starts of which the best is kept, and a uniform prior's box instead
    # of the paper's log-prior term.
    deviations = (
        "RMSprop steps, best of several starts; bounds of a uniform prior instead of a log-prior term",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        if not spec.images:
            return "the cross-entropy of creswell needs images in [0, 1]"
        known = continuous(prior.parts)
        return None if known else "creswell descends on z, which needs a continuous prior: normal or uniform"

    @classmethod
    def can(cls) -> frozenset[str]:
        return frozenset({"generate", "encode"})

    def cycle(self) -> list[Update]:
        return []

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """The best of `restarts` searches of `search_steps` steps for each image; rows do not depend on each
        other.
        """
        starts, b = max(1, self.options["restarts"]), len(x)
        with noise.using(rng):
            z = n.prior.sample(starts * b).to(x.device)
        x = x.repeat(starts, *[1] * (x.dim() - 1))
        z = descend(n, x, z, self.options["search_steps"], self.options["search_lr"])
        with torch.no_grad():
            misses = cross_entropy(x, n.G(z)).view(starts, b)
        return z.view(starts, b, -1)[misses.argmin(0), torch.arange(b, device=z.device)]
