"""The same question to other feature extractors: does the order of methods depend on the one that FID used?

Fréchet distance (Heusel et al. 2017, arXiv:1706.08500, eq. 6) and unbiased MMD^2 under a Gaussian kernel (CMMD, Jayasumana et
al. 2024, arXiv:2401.09603, eq. 4), of a network with random weights and of one trained on ImageNet. FID's own 'domain' was
trained on the labels of the data that it judges; these were not.
Deviation: CMMD takes CLIP's features and a bandwidth of 10; here the bandwidth is the real images' median distance.
"""

import math
from functools import partial

import torch
from torch import Tensor
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

from benchmarks.metrics._numerics import sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.fid import samples
from benchmarks.snapshots.foreign_networks import features, has_imagenet_lite
from benchmarks.snapshots.snapshot import Snapshot

TITLES = {"random": "random network", "imagenet_lite": "EfficientNet-Lite0"}


def mmd(x: Tensor, y: Tensor, bandwidth: float) -> float:
    """Returns the unbiased MMD^2 of rows float64 [n, f] and [m, f]."""
    if not bandwidth:
        return math.nan  # the real images are all the same
    within = []
    for rows in (x, y):
        kernel = (-sq_distances(rows, rows) / (2 * bandwidth**2)).exp()
        n = len(rows)
        within.append(float((kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))))
    return sum(within) - 2 * float((-sq_distances(x, y) / (2 * bandwidth**2)).exp().mean())


def median_distance(x: Tensor) -> float:
    """Returns the median distance of the first 500 rows, each to the others."""
    distances = sq_distances(x[:500], x[:500])
    return math.sqrt(float(distances[~torch.eye(len(distances), dtype=torch.bool)].median()))


def compute(s: Snapshot) -> dict[str, float]:
    """A network whose package is not installed has no value."""
    n, found = samples(s.data), {}
    for name in TITLES:
        if name == "imagenet_lite" and not has_imagenet_lite():
            continue
        images = partial(features, name, s.data.images("test", n))
        real = s.data.memo(f"extractors/{name}", images).double()
        made = features(name, s.x_gen[:n]).double()
        statistics = [fid_features_to_statistics(rows) for rows in (made, real)]
        found[f"fd_{name}"] = fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]
        found[f"mmd_{name}"] = mmd(made, real, median_distance(real))
    return found


METRIC = Metric(
    name="extractors",
    title="Distances under other extractors",
    question="generates",
    needs=frozenset({"generate", "images"}),
    values={f"fd_{name}": Value(f"FD, {title}", "lower", low=0) for name, title in TITLES.items()}
    | {f"mmd_{name}": Value(f"MMD², {title}", "lower") for name, title in TITLES.items()},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    n=lambda s: samples(s.data),
    parts={"imagenet-lite": int(has_imagenet_lite())},
)
