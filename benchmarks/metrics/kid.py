"""Kernel distance (Binkowski et al. 2018, arXiv 1801.01401): unbiased cubic-kernel MMD^2 of features.

By torch-fidelity: mean and standard deviation over 50 subsets of up to 500; like FID it compares within one
extractor only.
"""

import math

from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

from benchmarks.metrics.base import Metric, Value
from benchmarks.metrics.fid import samples
from benchmarks.snapshots.snapshot import Snapshot, key

SUBSETS, SIZE = 50, 500


def compute(s: Snapshot) -> dict[str, float]:
    n = samples(s.data)
    fake, real = s.features()[:n].double(), s.data.features("test", n).double()
    found = kid_features_to_metric(
        fake,
        real,
        kid_subsets=SUBSETS,
        kid_subset_size=min(SIZE, n),
        rng_seed=key("kid", s.seed),
        verbose=False,
    )
    one_subset = {} if n > SIZE else {"std": math.nan}  # every subset is the whole: no spread to speak of
    return {"kid": found[KEY_METRIC_KID_MEAN], "std": found[KEY_METRIC_KID_STD], **one_subset}


METRIC = Metric(
    name="kid",
    title="Kernel distance",
    question="generates",
    needs=frozenset({"generate", "images"}),
    values={"kid": Value("KID", "lower"), "std": Value("KID, std over subsets", low=0)},
    compute=compute,
    version=2,
    references=("real", "mean-image", "untrained"),
    extractor=True,
    n=lambda s: samples(s.data),
)
