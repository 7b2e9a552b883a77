"""Distance to the true manifold, which toonfaces knows (asked for as further work by Lazarou 2020).

A regressor reads the factors off a generated image and the renderer draws them again; `distance` is the mean absolute
difference of the two images over the same for real ones (the real row has the regressor's own error, `distance_l1`).
`kept_<factor>` is how much of a factor's spread samples show: the std over that of real images, of a categorical one 1 - total
variation distance to the real frequencies. `kept`: the mean of those that the regressor reads; `reader_error`: its error.
"""

from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._factor_reader import READING, VERSION, reader
from benchmarks.metrics._numerics import flat
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Data, Snapshot
from datasets.toonfaces import FACTORS, render

READABLE = 0.9  # of the trivial answer's error: a factor that the regressor reads worse has no `kept`


def drawn_again(data: Data, x: Tensor) -> tuple[np.ndarray, float]:
    """The factors read off x, float32 [n, F], and the mean difference to the images drawn from them."""
    found = reader(data).read(x)
    again = torch.from_numpy(render(found, x.shape[2])).permute(0, 3, 1, 2)
    return found, float((flat(x) - flat(again)).abs().mean())


def kept(fake: np.ndarray, real: np.ndarray, levels: int) -> float:
    """How much of the spread of real values [n] the fake ones [n] show; at most 1 if categorical."""
    if not levels:
        return float(fake.std() / max(real.std(), 1e-12))
    a, b = (np.bincount(v.astype(int), minlength=levels) / len(v) for v in (fake, real))
    return float(1 - np.abs(a - b).sum() / 2)


def compute(s: Snapshot) -> dict[str, float]:
    real, floor = s.data.memo("manifold/real", lambda: drawn_again(s.data, s.x))
    fake, distance = drawn_again(s.data, s.x_gen[: s.n])
    errors = reader(s.data).errors
    each = {
        f"kept_{f.name}": kept(fake[:, i], real[:, i], len(f.levels))
        for i, f in enumerate(FACTORS)
        if errors[f.name] < READABLE
    }
    found = {"distance": distance / floor, "distance_l1": distance, "reader_error": fmean(errors.values())}
    return found | {"kept": fmean(each.values()) if each else np.nan} | each


METRIC = Metric(
    name="manifold",
    title="True manifold",
    question="manifold",
    needs=frozenset({"generate", "images", "factors"}),
    values={
        "distance": Value("Distance to the manifold / real", "lower", low=0),
        "distance_l1": Value("Distance to the manifold, L1", "lower", low=0),
        "reader_error": Value("Factor regressor's error / trivial", "lower", low=0),
        "kept": Value("Spread of the factors kept", "higher"),
        **{f"kept_{f.name}": Value(f"Kept: {f.name.replace('_', ' ')}", "higher") for f in FACTORS},
    },
    compute=compute,
    parts={"factor reader": VERSION},
    references=("real", "mean-image", "untrained"),
    prepare=lambda data, tell: reader(data, tell(READING)) if data.name == "toonfaces" else None,
    applies=lambda s: None if s.data.name == "toonfaces" else "no renderer draws this data set's factors",
)
