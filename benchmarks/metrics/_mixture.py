"""Points against the known modes of a mixture, by PacGAN's rules (Lin et al. 2018, section 4.1)."""

import math

import numpy as np
import torch

from benchmarks.metrics._numerics import flat, reverse_kl, sq_distances


def mixture(x: torch.Tensor, modes: np.ndarray, std: float, reach: float = 3.0) -> dict[str, float]:
    """Counts points [n, p] against centres [K, p]; high quality is within `reach` std of the nearest."""
    distance, nearest = sq_distances(flat(x), torch.from_numpy(modes).double()).sqrt().min(1)
    good, counts = distance <= reach * std, np.bincount(nearest.numpy(), minlength=len(modes))
    covered, share = float(len(nearest[good].unique())), float(good.double().mean())
    near, even = np.bincount(nearest[good].numpy(), minlength=len(modes)), np.ones(len(modes))
    kls = {
        "reverse_kl": reverse_kl(counts, even),
        "reverse_kl_near": reverse_kl(near, even) if near.any() else math.nan,
    }
    return {"covered": covered, "high_quality": share, **kls}
