"""ACAI's measures of interpolations between lines (Berthelot et al. 2018, arXiv 1807.07543, section 3.2).

Cosine distance of images in [-1, 1] to the nearest of 2,500 true lines (the code has 10,000), whose angle is
read off with it. Smoothness is the largest step of the angle between neighbours, as a share of the whole way
between the ends, less that of even steps: 0 is even. Pairs whose ends have one angle have none and are left
out (in the paper's code they count 0).
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat
from benchmarks.snapshots.snapshot import Data, Snapshot, quantise
from datasets.lines import draw

ANGLES, STEPS, PAIRS = 2500, 16, 100


def directions(x: Tensor) -> Tensor:
    """uint8 images as float64 rows of length 1, of their values in [-1, 1]."""
    return torch.nn.functional.normalize(2 * flat(x) - 1)


@cache
def true_lines(size: int) -> Tensor:
    """[ANGLES, size * size]: directions of the lines at 2 pi i / ANGLES."""
    return directions(torch.from_numpy(draw(np.arange(ANGLES) * (2 * np.pi / ANGLES), size)))


def nearest_lines(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """uint8 [n, 1, H, W] -> cosine distances to the nearest true line [n] and its angles [n]."""
    distance, row = (1 - directions(x) @ true_lines(x.shape[2]).T).min(1)
    return distance.numpy(), row.numpy() * (2 * np.pi / ANGLES)


def smoothness(angles: np.ndarray) -> float:
    """Of [pairs, steps] in radians; NaN where no pair has two different ends."""
    way = np.unwrap(angles)
    total = np.abs(way[:, -1] - way[:, 0])
    moved = total > 1e-4
    largest = np.abs(np.diff(way[moved])).max(1, initial=0) / total[moved]
    return float((largest - 1 / (way.shape[1] - 1)).mean()) if moved.any() else float("nan")


def acai(s: Snapshot) -> dict[str, float]:
    """Both, over 16 images from end to end between neighbouring (that is, random) test images."""
    a, b = s.z_enc[:PAIRS, None], s.z_enc.roll(1, 0)[:PAIRS, None]
    t = torch.linspace(0, 1, STEPS)[:, None]
    distance, angles = nearest_lines(s.generate((a + t * (b - a)).flatten(0, 1)))
    return {
        "mean_distance": 1000 * float(distance.mean()),
        "smoothness": smoothness(angles.reshape(-1, STEPS)),
    }


class TrueAngle:
    """The ceiling: E reads the angle, G draws it."""

    can = frozenset({"generate", "encode"})
    untrained, latent = None, 1

    def __init__(self, data: Data) -> None:
        self.size = data.images("test", 1).shape[2]

    def generate(self, z: Tensor) -> Tensor:
        return torch.from_numpy(draw(z[:, 0].double().numpy(), self.size)).movedim(3, 1).float() / 255

    def encode(self, x: Tensor) -> Tensor:
        return torch.from_numpy(nearest_lines(quantise(x))[1])[:, None].float()

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        return 2 * np.pi * torch.rand(n, 1, generator=rng)
