"""KL and JSD of 2D histograms, as Soft-IntroVAE scores points (Daniel & Tamar 2021, arXiv:2012.13253, their code).

5,000 held-out and 5,000 generated points, 100 x 100 bins of the data set's window, p and q their densities there.
kl = sum p log(p / (q + eps)) / 100, jsd = (KL(m || p) + KL(m || q)) / 2 with m = (p + q) / 2, both the same way: the
order of the arguments, the division by the number of rows and the sum of densities, not of probabilities, are theirs.
eps = 1e-14 makes a bin without a generated point cost 32 times its density, so kl counts what is not covered.
"""

import numpy as np
from scipy.special import xlogy

from benchmarks.metrics._numerics import flat
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

N, BINS, EPS = 5000, 100, 1e-14


def densities(x: np.ndarray, extent: float) -> np.ndarray:
    """Returns the densities [BINS, BINS] of points [n, 2] within [-extent, extent]^2; NaN where none lies there."""
    with np.errstate(invalid="ignore"):
        return np.histogram2d(x[:, 0], x[:, 1], BINS, [[-extent, extent]] * 2, density=True)[0]


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Returns the sum of p log(p / (q + eps)) over the number of rows."""
    return float((xlogy(p, p) - p * np.log(q + EPS)).sum() / len(p))


def compute(s: Snapshot) -> dict[str, float]:
    n = min(N, len(s.data.test))
    x, x_gen = flat(s.data.images("test", n)).numpy(), flat(s.sample(n)).numpy()
    p, q = densities(x, s.data.extent), densities(x_gen, s.data.extent)
    middle = (p + q) / 2
    return {"kl": divergence(p, q), "jsd": (divergence(middle, p) + divergence(middle, q)) / 2}


METRIC = Metric(
    name="histograms",
    title="Histograms of points",
    question="covers",
    needs=frozenset({"generate", "points"}),
    values={
        "kl": Value("KL of histograms (Soft-IntroVAE)", "lower"),
        "jsd": Value("JSD of histograms (Soft-IntroVAE)", "lower"),
    },
    compute=compute,
    references=("real", "mean-image", "untrained"),
    n=lambda s: min(N, len(s.data.test)),
    applies=lambda s: None if s.data.extent else "the data set states no window for densities",
)
