"""Translation between two image domains (CycleGAN): is the domain's attribute changed, only that, and does the cycle close?

Of n test images a domain, both ways, and their means. `cycle_l1`: |x - F(G(x))|; `change_l1`: |x - G(x)|, without which
the first says nothing. Where the truth is known (toonfaces: the same factors but the domain's, drawn again), a regressor
trained on all faces reads the factors off G(x): `attribute` is the share of images read as the other domain's (a
continuous factor: nearer to its value), `kept` 1 - the mean error of all other factors, each over that of the best
constant answer (0: nothing is kept; the row counterpart has the regressor's own error). `truth_l1`: |G(x) - truth| over
|x - truth|, 1 for an unchanged image; `untouched_l1`: |G(x) - x| at the pixels that the truth leaves as they are.
"""

import numpy as np

from benchmarks.metrics._domains import known, read, truth, whole
from benchmarks.metrics._factor_reader import READING
from benchmarks.metrics._numerics import flat
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

WAYS = {"x2": "x", "x": "x2"}  # to, and back


def one_way(s: Snapshot, to: str) -> dict[str, float]:
    """Every value of one way."""
    source = s.data if to == "x2" else s.data.second
    assert source is not None
    real = source.images("test", s.n)
    made = s.translate(real, to)
    x, y = flat(real), flat(made)
    found = {"cycle_l1": float((x - flat(s.translate(made, WAYS[to]))).abs().mean())}
    found["change_l1"] = float((x - y).abs().mean())
    if (t := truth(s.data, to)) is None:
        return found
    regressor, z = whole(s.data), flat(t.x)
    same = x == z
    found["truth_l1"] = float((y - z).abs().mean() / (x - z).abs().mean())
    found["untouched_l1"] = float((y - x)[same].abs().mean())
    return found | read(regressor.read(made), source.factors("test", s.n), t, regressor.errors)


def compute(s: Snapshot) -> dict[str, float]:
    each = {to: one_way(s, to) for to in WAYS}
    found = {
        f"attribute_to_{to}": values["attribute"] for to, values in each.items() if "attribute" in values
    }
    names = dict.fromkeys(name for values in each.values() for name in values)
    return found | {k: float(np.mean([v[k] for v in each.values() if k in v])) for k in names}


METRIC = Metric(
    name="translation",
    title="Translation",
    question="translates",
    needs=frozenset({"translate", "images", "domains"}),
    values={
        "attribute": Value("Attribute changed", "higher"),
        "kept": Value("Other factors kept", "higher"),
        "truth_l1": Value("L1 to the true counterpart / unchanged", "lower"),
        "untouched_l1": Value("L1 where nothing should change", "lower"),
        "cycle_l1": Value("Cycle L1", "lower"),
        "change_l1": Value("L1 between image and translation"),
        "attribute_to_x2": Value("Attribute changed, x to x2", "higher"),
        "attribute_to_x": Value("Attribute changed, x2 to x", "higher"),
    },
    compute=compute,
    references=("identity", "counterpart"),
    prepare=lambda data, tell: whole(data, tell(READING)) if data.second and known(data) else None,
)
