"""What methods share whose G takes labels: a latent is [z, y], and labels of samples come from the training set."""

import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Spec
from methods.priors import Prior


class Labelled(Method):
    """Base of methods whose G is called with z and labels y."""

    labelled = True

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return None if spec.labels else f"{cls.name} needs labelled data"

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """G(z, y), y from the training set."""
        return n.G(b.z, b.y)

    def generate(self, n: Networks, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Images from latents [B, d] and labels [B, L], or from both side by side."""
        d = n.prior.latent
        return n.G(z[:, :d], z[:, d:] if y is None else y)

    def latents(self, prior: Prior, codes: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """Returns [k, d + L]: draws of the prior, followed by labels drawn from the training set's, `codes` [n, L]."""
        assert codes is not None
        with noise.using(rng):
            return torch.cat([prior.sample(k), codes[noise.integers(len(codes), k)]], 1)
