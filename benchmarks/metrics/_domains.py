"""The truth of a translation between two domains of toonfaces: the same face with the other domain's fixed factors."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._factor_reader import Reader, reader, trivial
from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.snapshot import Data
from datasets.toonfaces import FACTORS, Toonfaces, render

READABLE = 0.9  # as in the metric manifold


@dataclass(frozen=True)
class Truth:
    """For n test images of one domain: the factors of their counterparts [n, F] and those drawn, uint8 [n, C, H, W].

    changed: the columns that differ from the images' own somewhere, the domain's attribute.
    """

    factors: np.ndarray
    x: Tensor
    changed: tuple[int, ...]


def constant(factors: np.ndarray) -> dict[int, float]:
    """Column -> the one value that it has."""
    return {i: float(column[0]) for i, column in enumerate(factors.T) if (column == column[0]).all()}


def truth(data: Data, to: str) -> Truth | None:
    """Of the first n test images of the domain that is translated `to` "x2" or "x"; None where it is not known.

    It is known where each factor that the source holds is held by the target too: what else would its value be?
    """
    if data.second is None or data.name != "toonfaces" or data.second.name != "toonfaces":
        return None
    source, target = (data, data.second) if to == "x2" else (data.second, data)

    def make() -> Truth | None:
        held, given = (constant(np.asarray(each.train.factors)) for each in (target, source))
        if not given.keys() <= held.keys():
            return None
        own = source.factors("test", data.n)
        factors = own.copy()
        for i, value in held.items():
            factors[:, i] = value
        changed = tuple(i for i in range(len(FACTORS)) if (factors[:, i] != own[:, i]).any())
        drawn = torch.from_numpy(render(factors, source.images("test", 1).shape[2]))
        return Truth(factors, drawn.permute(0, 3, 1, 2).contiguous(), changed)

    return data.memo(("domains/truth", to), make)


def known(data: Data) -> bool:
    """Whether some way has a truth."""
    return any(truth(data, to) is not None for to in ("x2", "x"))


def whole(data: Data, progress: Progress | None = None) -> Reader:
    """The regressor of toonfaces' factors, trained on faces of every kind."""
    with TemporaryDirectory() as folder:
        faces = Toonfaces(data.cache or Path(folder), size=data.images("test", 1).shape[2])
        return data.memo("translation/reader", lambda: reader(Data.of(faces, cache=data.cache), progress))


def read(made: np.ndarray, own: np.ndarray, t: Truth, errors: dict[str, float]) -> dict[str, float]:
    """`attribute` and `kept` of the factors read off translations [n, F]; own: of the images they were made of."""
    right = [np.abs(made[:, j] - t.factors[:, j]) < np.abs(made[:, j] - own[:, j]) for j in t.changed]
    others = [j for j, f in enumerate(FACTORS) if j not in t.changed and errors[f.name] < READABLE]
    off = [trivial(made[:, j], t.factors[:, j], FACTORS[j]) for j in others]
    return {
        "attribute": float(np.all(right, 0).mean()),
        "kept": 1 - float(np.nanmean(off)) if off else np.nan,
    }
