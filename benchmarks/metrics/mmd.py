"""Unbiased MMD^2 under a Gaussian kernel of named features: through CLIP it is CMMD (Jayasumana et al. 2024, arXiv:2401.09603).

As there: features of length 1, bandwidth 10, times 1,000 (eq. 4); no normal distribution is assumed, as FID does, and the
estimate has no bias in the number of images. Their code takes the biased estimator, which adds the diagonal.
"""

from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.extractors import mmd
from benchmarks.metrics.fid import samples
from benchmarks.snapshots.snapshot import Snapshot

BANDWIDTH, SCALE = 10.0, 1000.0


def compute(s: Snapshot) -> dict[str, float]:
    n = samples(s.data)
    fake, real = s.features()[:n].double(), s.data.features("test", n).double()
    fake, real = (x / x.norm(dim=1, keepdim=True).clamp(min=1e-12) for x in (fake, real))
    return {"mmd": SCALE * mmd(fake, real, BANDWIDTH)}


METRIC = Metric(
    name="mmd",
    title="Maximum mean discrepancy",
    question="generates",
    needs=frozenset({"generate", "images"}),
    values={"mmd": Value("1,000 MMD², bandwidth 10", "lower")},
    compute=compute,
    references=("real", "mean-image", "untrained"),
    extractor=True,
    n=lambda s: samples(s.data),
)
