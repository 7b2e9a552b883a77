"""Small stand-ins for a data set and trained models."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.snapshots.snapshot import Data
from datasets.base import Split


def split(n: int, size: int = 16, channels: int = 3, seed: int = 0) -> Split:
    """Discs of random place, radius and colour on grey; four labels read off them."""
    rng = np.random.default_rng(seed)
    place, radius = rng.uniform(0.25, 0.75, (n, 2)), rng.uniform(0.1, 0.35, n)
    front, back = rng.uniform(0, 1, (n, channels)), np.full((n, channels), 0.5)
    grid = (np.arange(size) + 0.5) / size
    distance = np.hypot(grid[None, None] - place[:, :1, None], grid[None, :, None] - place[:, 1:, None])
    inside = np.clip((radius[:, None, None] - distance) * size + 0.5, 0, 1)[..., None]
    x = inside * front[:, None, None] + (1 - inside) * back[:, None, None]
    labels = np.stack([place[:, 0] > 0.5, place[:, 1] > 0.5, radius > 0.22, front[:, 0] > 0.5], 1)
    return Split(
        x=np.rint(x * 255).astype(np.uint8),
        labels=labels.astype(np.uint8),
        label_names=("right", "low", "large", "red"),
    )


def data(n: int = 200, size: int = 16, channels: int = 3, **options) -> Data:
    """Discs: 6n training and 2n test images."""
    return Data(
        split(6 * n, size, channels, 1), split(2 * n, size, channels, 2), name="discs", n=n, **options
    )


class Linear:
    """G and E from a fixed random projection; `can` and the batch size inside may be chosen."""

    def __init__(
        self,
        shape: tuple[int, ...],
        latent: int = 8,
        batch: int = 64,
        can=("generate", "encode"),
        seed: int = 0,
        constant: bool = False,
    ) -> None:
        self.shape, self.latent, self.batch, self.can = shape, latent, batch, frozenset(can)
        rng = torch.Generator().manual_seed(seed)
        self.w = torch.randn(latent, int(np.prod(shape)), generator=rng) / latent**0.5
        self.constant = constant
        self.untrained = None if seed == 99 else Linear(shape, latent, batch, can, 99)

    def generate(self, z: Tensor) -> Tensor:
        z = torch.zeros_like(z) if self.constant else z
        return torch.cat([torch.sigmoid(part @ self.w) for part in z.split(self.batch)]).reshape(
            -1, *self.shape
        )

    def encode(self, x: Tensor) -> Tensor:
        return torch.cat([(part.flatten(1) - 0.5) @ self.w.T for part in x.split(self.batch)])

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.latent, generator=rng)


class Translating(Linear):
    """Translates to its own reconstruction, lighter in "x2" and darker in "x"."""

    def translate(self, x: Tensor, to: str) -> Tensor:
        seen = self.generate(self.encode(x))
        return seen.sqrt() if to == "x2" else seen.square()
