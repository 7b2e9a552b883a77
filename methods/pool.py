"""A pool of earlier fakes for a critic (Shrivastava et al. 2017, arXiv:1612.07828, section 2.3), as Zhu et al. keep it."""

import torch
from torch import Tensor

from methods import noise

Pool = tuple[Tensor, Tensor]  # images [size, C, H, W], how many have come so far


def empty(size: int, shape: tuple[int, ...]) -> Pool:
    """A pool for so many images of that shape."""
    return torch.zeros(size, *shape), torch.zeros((), dtype=torch.int64)


def query(pool: Pool, fakes: Tensor) -> tuple[Tensor, Pool]:
    """What the critic sees in the place of `fakes` [B, ...], and the pool afterwards; draws from the open scope.

    One after the other: a fake fills the next free place and is seen; once there is none, every second one on average
    takes the place of an earlier fake, which is seen instead. A pool of no places answers with the fakes.
    """
    images, count = pool[0].clone(), pool[1]
    if not len(images):
        return fakes, pool
    places, coins = noise.integers(len(images), len(fakes)), noise.uniform(len(fakes))
    seen = []
    for fake, place, coin in zip(fakes.split(1), places, coins, strict=True):
        full = count >= len(images)
        place = torch.where(full, place, count)[None]
        earlier = images.index_select(0, place)
        seen.append(torch.where(full & (coin < 0.5), earlier, fake))
        images.index_copy_(0, place, torch.where(full & (coin >= 0.5), earlier, fake))
        count = count + (~full).long()
    return torch.cat(seen), (images, count)
