"""Precision, recall, density and coverage of named features (arXiv 1904.06991 and 2002.09797), k = 5 as in
the latter (the former: 3).

The first two (Kynkäänniemi et al. 2019) by torch-fidelity, before 0.4 of which they were swapped; the others
(Naeem et al. 2020) by their definition.
"""

from torch_fidelity.metric_prc import KEY_METRIC_PRECISION, KEY_METRIC_RECALL, prc_features_to_metric

from benchmarks.metrics._numerics import sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

K = 5


def compute(s: Snapshot) -> dict[str, float]:
    real, fake = s.data.features("test", s.n).double(), s.features()[: s.n].double()
    found = prc_features_to_metric(fake, real, prc_neighborhood=K, save_cpu_ram=False, verbose=False)
    # [n], of real images
    radius = s.data.memo("prdc/radius", lambda: sq_distances(real).kthvalue(K + 1, 1).values)
    # [real, fake]; as torch-fidelity's, on the sphere is inside
    inside = sq_distances(real, fake) <= radius[:, None]
    return {
        "precision": found[KEY_METRIC_PRECISION],
        "recall": found[KEY_METRIC_RECALL],
        "density": float(inside.double().sum(0).mean() / K),
        "coverage": float(inside.any(1).double().mean()),
    }


METRIC = Metric(
    name="prdc",
    title="Precision, recall, density, coverage",
    question="generates",
    needs=frozenset({"generate", "images"}),
    values={
        name: Value(name.capitalize(), "higher", low=0, high=None if name == "density" else 1)
        for name in ("precision", "recall", "density", "coverage")
    },
    compute=compute,
    version=2,
    references=("real", "mean-image", "untrained"),
    extractor=True,
)
