"""Points against the known modes of a mixture, by PacGAN's rules (Lin et al. 2018, section 4.1)."""

import math

import numpy as np
import torch

from benchmarks.metrics._numerics import flat, reverse_kl, sq_distances


def mixture(x: torch.Tensor, modes: np.ndarray, std: float) -> dict[str, float]:
    """Of points [n, 2] against centres [K, 2]."""
    distance, nearest = sq_distances(flat(x), torch.from_numpy(modes).double()).sqrt().min(1)
    good, counts = distance <= 3 * std, np.bincount(nearest.numpy(), minlength=len(modes))
    covered, share = float(len(nearest[good].unique())), float(good.double().mean())
    near, even = np.bincount(nearest[good].numpy(), minlength=len(modes)), np.ones(len(modes))
    kls = {
        "reverse_kl": reverse_kl(counts, even),
        "reverse_kl_near": reverse_kl(near, even) if near.any() else math.nan,
    }
    return {"covered": covered, "high_quality": share, **kls}
