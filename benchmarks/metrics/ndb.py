"""NDB: number of statistically different bins (Richardson and Weiss 2018, arXiv 1805.12462), of 100.

k-means on training pixels; a bin is different where the shares of 2n generated and of the training images
differ by a two-proportion z-test at 0.05. `ndb` is the share of different bins, `jsd` the shares' Jensen-
Shannon divergence.
"""

import numpy as np
import torch
from scipy.stats import norm
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
from torch import Tensor

from benchmarks.metrics._numerics import flat, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Data, Snapshot, key

BINS = 100


def bins(data: Data) -> tuple[Tensor, np.ndarray]:
    """Centres [K, pixels] and counts of up to 5n training images, none that the `real` row shows."""

    def fit() -> tuple[Tensor, np.ndarray]:
        x = data.images("train", 7 * data.n)
        rows = flat(x[2 * data.n :] if len(x) > 3 * data.n else x).float().numpy()
        means = KMeans(min(BINS, len(rows) // 10), n_init=1, max_iter=50, random_state=key("ndb"))
        with threadpool_limits(1):
            found = means.fit(rows)
        # Of few distinct images some bins are empty.
        counts = np.bincount(found.labels_, minlength=found.n_clusters)
        return torch.from_numpy(found.cluster_centers_).double(), counts

    return data.memo("ndb/bins", fit)


def different(a: np.ndarray, b: np.ndarray, level: float = 0.05) -> np.ndarray:
    """bool [K]: the two-sided two-proportion z-test of counts a [K] and b [K] rejects equality."""
    p, q, pooled = a / a.sum(), b / b.sum(), (a + b) / (a.sum() + b.sum())
    error = np.sqrt(pooled * (1 - pooled) * (1 / a.sum() + 1 / b.sum()))
    return np.abs(p - q) > norm.ppf(1 - level / 2) * error


def jensen_shannon(a: np.ndarray, b: np.ndarray) -> float:
    """Jensen-Shannon divergence of two histograms, in nats."""
    p, q = a / a.sum(), b / b.sum()
    middle = np.maximum((p + q) / 2, 1e-300)
    logs = [np.log(np.maximum(r, 1e-300) / middle) for r in (p, q)]
    return float((p * logs[0] + q * logs[1]).sum() / 2)


def compute(s: Snapshot) -> dict[str, float]:
    centres, real = bins(s.data)
    nearest = sq_distances(flat(s.x_gen), centres).argmin(1).numpy()
    found = np.bincount(nearest, minlength=len(centres))
    return {"ndb": float(different(found, real).mean()), "jsd": jensen_shannon(found, real)}


METRIC = Metric(
    name="ndb",
    title="Different bins",
    question="covers",
    needs=frozenset({"generate", "images"}),
    values={"ndb": Value("NDB / K", "lower", low=0, high=1), "jsd": Value("Bins' JSD", "lower", "nats", 0)},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    n=lambda s: 2 * s.n,
)
