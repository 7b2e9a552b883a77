"""What E(x) knows of the labels (BiGAN's question): accuracy of nearest neighbours and of a linear probe.

Codes of up to 5n training images, tested on n test images; codes are standardised for the linear probe, a
ridge regression (alpha 1) on 0/1 labels. Attributes: mean accuracy; classes: of the class.
"""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import accuracy, flat, nearest_order, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.search import sizes
from benchmarks.snapshots.snapshot import Snapshot


def neighbours(codes: Tensor, labels: np.ndarray, queries: Tensor, k: int) -> np.ndarray:
    """[q, L]: mean labels of the k Euclidean neighbours, ties in the order of `codes`."""
    order = nearest_order(sq_distances(queries, codes), k)
    return labels[order.numpy()].mean(1)


def ridge(codes: Tensor, labels: np.ndarray, queries: Tensor, alpha: float = 1.0) -> np.ndarray:
    """[q, L]: predictions of a ridge regression with an unpenalised intercept, on standardised columns."""
    mean, std = codes.mean(0), codes.std(0).clamp(min=1e-9)
    a, b = (codes - mean) / std, (queries - mean) / std
    y = torch.from_numpy(labels).double()
    if a.shape[1] <= len(a):
        weights = torch.linalg.solve(a.T @ a + alpha * torch.eye(a.shape[1]).double(), a.T @ (y - y.mean(0)))
    else:  # the same by the kernel: fewer images than pixels
        weights = a.T @ torch.linalg.solve(a @ a.T + alpha * torch.eye(len(a)).double(), y - y.mean(0))
    return (b @ weights + y.mean(0)).numpy()


def compute(s: Snapshot) -> dict[str, float]:
    g, kind = sizes(s.data)[1], s.data.test.label_kind
    codes = flat(s.memo("search/gallery", lambda: s.encode(s.data.images("train", g))))
    queries, labels, truth = flat(s.z_enc), s.data.labels("train", g), s.data.labels("test", s.n)
    return {
        "knn1": accuracy(neighbours(codes, labels, queries, 1), truth, kind),
        "knn5": accuracy(neighbours(codes, labels, queries, 5), truth, kind),
        "linear": accuracy(ridge(codes, labels, queries), truth, kind),
    }


METRIC = Metric(
    name="probe",
    title="Probes of the codes",
    question="searches",
    needs=frozenset({"encode", "images", "labels"}),
    values={
        "knn1": Value("1-NN accuracy", "higher", low=0, high=1),
        "knn5": Value("5-NN accuracy", "higher", low=0, high=1),
        "linear": Value("Linear probe accuracy", "higher", low=0, high=1),
    },
    compute=compute,
    version=2,
    references=("domain", "pixels", "untrained", "random"),
)
