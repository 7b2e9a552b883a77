"""Vendi score (Friedman and Dieng 2022, arXiv 2210.02410) under the cosine kernel of named features.

`score` is the effective number of different images, `ratio` that over the same of n real test images. The
pixel version with the collapse verdict is the metric `collapse`.
"""

import torch

from benchmarks.metrics._numerics import vendi_of
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot


def score(features: torch.Tensor) -> float:
    """Vendi score of rows [n, f]; rows of zeros count as equal to each other."""
    rows = features.double()
    rows = torch.cat([rows, (rows.square().sum(1, keepdim=True) == 0).double()], 1)
    rows = rows / rows.norm(dim=1, keepdim=True)
    return vendi_of(
        rows.T @ rows / len(rows) * rows.shape[1]
    )  # the non-zero eigenvalues of rows @ rows.T / n


def compute(s: Snapshot) -> dict[str, float]:
    real = s.data.memo("vendi/real", lambda: score(s.data.features("test", s.n)))
    found = score(s.features()[: s.n])
    return {"score": found, "ratio": found / real}


METRIC = Metric(
    name="vendi",
    title="Vendi score",
    question="covers",
    needs=frozenset({"generate", "images"}),
    values={"score": Value("Vendi score", "higher"), "ratio": Value("Vendi ratio of features", "higher")},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    extractor=True,
)
