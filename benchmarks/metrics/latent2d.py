"""GAIA's Table 1 (Sainburg et al. 2018, arXiv 1807.06650): is the latent space shaped like the points?

Pearson's r of the pairwise distances of test points in x and in z = E(x). Mean log-likelihood of
reconstructions and of interpolations, G of codes on the line between two test points' codes at uniform t,
under a Gaussian kernel density of training points whose bandwidth is chosen by two-fold cross-validation. KL(model || data)
is between two such densities, on the model's points, each left out of its own. The paper states neither: not comparable.
"""

import math

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Data, Snapshot


def log_density(x: Tensor, centres: Tensor | None, h: float) -> Tensor:
    """[n]: log density at points [n, d] of Gaussian kernels at the centres; None: at the other points."""
    log_kernel = sq_distances(x, centres) / (-2 * h * h)
    if centres is None:
        log_kernel = log_kernel.fill_diagonal_(-math.inf)
    count = len(x) - 1 if centres is None else len(centres)
    return torch.logsumexp(log_kernel, 1) - math.log(count) - x.shape[1] / 2 * math.log(2 * math.pi * h * h)


def density(data: Data) -> tuple[Tensor, float]:
    """Up to 4n training points and the bandwidth at which each half best predicts the other."""

    def fit() -> tuple[Tensor, float]:
        x = flat(data.images("train", 4 * data.n))
        a, b = x[::2], x[1::2]
        grid = float(x.std()) * np.geomspace(0.003, 1, 25)
        score = [float(log_density(a, b, h).sum() + log_density(b, a, h).sum()) for h in grid]
        return x, float(grid[int(np.argmax(score))])

    return data.memo("latent2d/density", fit)


def compute(s: Snapshot) -> dict[str, float]:
    real, h = density(s.data)
    t = torch.from_numpy(s.rng("latent2d").random((s.n, 1))).float()
    between = flat(s.generate(s.z_enc + t * (s.z_enc.roll(1, 0) - s.z_enc)))
    above = np.triu_indices(s.n, 1)
    dx, dz = (sq_distances(flat(rows)).sqrt().numpy()[above] for rows in (s.x, s.z_enc))
    found = {"pearson": float(np.corrcoef(dx, dz)[0, 1]) if dz.std() > 0 else 0.0}
    for name, points in (("interpolations", between), ("reconstructions", flat(s.x_rec))):
        own, data = log_density(points, None, h), log_density(points, real, h)
        found |= {f"ll_{name}": float(data.mean()), f"kl_{name}": float((own - data).mean())}
    return found


METRIC = Metric(
    name="latent2d",
    title="Shape of the latent space",
    question="inverts",
    needs=frozenset({"generate", "encode", "points"}),
    values={
        "pearson": Value("Pearson r of distances in x and z", "higher", low=-1, high=1),
        "ll_interpolations": Value("Log-likelihood, interpolations", "higher", "nats"),
        "ll_reconstructions": Value("Log-likelihood, reconstructions", "higher", "nats"),
        "kl_interpolations": Value("KL, interpolations", "lower", "nats"),
        "kl_reconstructions": Value("KL, reconstructions", "lower", "nats"),
    },
    compute=compute,
    references=("real", "mean-image", "untrained"),
)
