"""Does E invert G, and do its codes look like the prior? E(G(z)) against z, and E(x) against draws of z.

`error` is the mean squared error over the prior's variance (1: as bad as always answering the mean), `correlation` the mean
over dimensions. E(x) against the prior, both in units of the prior's std: sliced Wasserstein-1 over 128 directions, and
unbiased MMD^2 under a Gaussian kernel whose bandwidth is the prior's median distance.
"""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

DIRECTIONS = 128


def sliced_wasserstein(a: Tensor, b: Tensor, rng: np.random.Generator) -> float:
    """Mean over random unit directions of the Wasserstein-1 distance of the projections; rows [n, d] each."""
    w = torch.from_numpy(rng.normal(size=(a.shape[1], DIRECTIONS)))
    w = w / w.norm(dim=0)
    return float(((a @ w).sort(0).values - (b @ w).sort(0).values).abs().mean())


def mmd(a: Tensor, b: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy, Gaussian kernel, bandwidth the median distance within b."""
    aa, bb, ab = sq_distances(a), sq_distances(b), sq_distances(a, b)
    n = len(a)
    width = bb[~torch.eye(n, dtype=torch.bool)].median().clamp(min=1e-12)
    kaa, kbb, kab = (torch.exp(-d / (2 * width)) for d in (aa, bb, ab))
    return float((kaa.sum() - n + kbb.sum() - n) / (n * (n - 1)) - 2 * kab.mean())


def correlation(a: Tensor, b: Tensor) -> float:
    """Returns the mean of Pearson's r over the columns of a that vary; 0 where that of b does not, but for rounding."""
    rounding, a, b = 1e-5 * b.norm(dim=0), a - a.mean(0), b - b.mean(0)
    r = (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)).clamp(min=1e-12)
    return float(r.where(b.norm(dim=0) > rounding, 0)[a.norm(dim=0) > 1e-9].mean())


def compute(s: Snapshot) -> dict[str, float]:
    z, back, codes = s.z[: s.n].double(), s.z_rec.double(), s.z_enc.double()
    fresh = s.model.latents(s.n, s.torch_rng("inversion")).double()
    variance = float(fresh.var(0, correction=0).mean())
    scale = max(variance, 1e-12) ** 0.5
    return {
        "error": float((z - back).square().mean()) / max(variance, 1e-12),
        "correlation": correlation(z, back),
        "sliced_wasserstein": sliced_wasserstein(codes / scale, fresh / scale, s.rng("inversion")),
        "mmd": mmd(codes / scale, fresh / scale),
    }


METRIC = Metric(
    name="inversion",
    title="Inversion of the generator",
    question="inverts",
    needs=frozenset({"generate", "encode"}),
    values={
        "error": Value("Error of E(G(z)) / variance", "lower", low=0),
        "correlation": Value("Correlation of E(G(z)) and z", "higher"),
        "sliced_wasserstein": Value("Sliced Wasserstein of E(x) to the prior", "lower", low=0),
        "mmd": Value("MMD of E(x) to the prior", "lower"),
    },
    version=2,  # 2: a constant that rounding blurs has correlation 0
    compute=compute,
    references=("real", "untrained"),
)
