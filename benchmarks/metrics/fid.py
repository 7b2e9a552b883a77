"""Fréchet distance (Heusel et al. 2017, arXiv 1706.08500, eq. 6) of named features, by torch-fidelity.

Up to 2,000 generated against as many real test images, as uint8. Only values of the same extractor, split and
n compare. torch-fidelity takes the matrix root's trace from eigenvalues, so rank-deficient covariances give a
number.
"""

from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Data, Snapshot


def samples(data: Data) -> int:
    """Images a side: 2n, or as many as the test split has."""
    return min(2 * data.n, len(data.test.x))


def compute(s: Snapshot) -> dict[str, float]:
    n = samples(s.data)
    real = s.data.memo("fid/real", lambda: fid_features_to_statistics(s.data.features("test", n).double()))
    fake = fid_features_to_statistics(s.features()[:n].double())
    return {"fid": fid_statistics_to_metric(fake, real, verbose=False)[KEY_METRIC_FID]}


METRIC = Metric(
    name="fid",
    title="Fréchet distance",
    question="generates",
    needs=frozenset({"generate", "images"}),
    values={"fid": Value("FID", "lower", low=0)},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    extractor=True,
    n=lambda s: samples(s.data),
)
