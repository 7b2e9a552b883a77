"""A snapshot: what one model makes of the data at one step, computed lazily and once.

Images are uint8 tensors [n, C, H, W], generated ones too: they are rounded to what an image file holds
before any metric sees them, so that results do not depend on batch sizes. Points are float32 [n, p].
Everything about the real data sits in `Data`, which all snapshots of a process share.
"""

from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from benchmarks.snapshots.extractors import Extractor, Missing
from benchmarks.snapshots.inputs import quantise as quantise
from benchmarks.snapshots.inputs import unit as unit
from benchmarks.snapshots.keyed import Memo
from benchmarks.snapshots.keyed import generator as generator
from benchmarks.snapshots.keyed import key as key
from datasets.base import Dataset, Split
from methods.priors import line

T = TypeVar("T")
CAN = ("generate", "encode", "translate")  # what a model may offer


class Unavailable(Exception):
    """A model cannot give what a metric asks of it: the metric is skipped, and this says why."""


class Model(Protocol):
    """A trained model as the metrics see it: float32 CPU tensors, images in [0, 1], no gradient."""

    @property
    def latent(self) -> int: ...  # d
    @property
    def can(self) -> frozenset[str]: ...  # of CAN
    @property
    def untrained(self) -> "Model | None": ...  # the same networks at their initial weights
    def generate(self, z: Tensor) -> Tensor: ...  # [n, d] -> [n, C, H, W]
    def encode(self, x: Tensor) -> Tensor: ...  # [n, C, H, W] -> [n, d]
    def latents(self, n: int, rng: torch.Generator) -> Tensor: ...  # [n, d]
    def translate(self, x: Tensor, to: str) -> Tensor: ...  # images of one domain as those of "x2" or "x"


@runtime_checkable
class Categorised(Protocol):
    """A model whose prior may have a categorical part."""

    def categories(self, z: Tensor) -> Tensor: ...  # [n, d] -> [n, k, d]: every category in turn


class Data(Memo):
    """The real side of every metric: subsets, labels, features, and whatever is memoised on it."""

    def __init__(
        self,
        train: Split,
        test: Split,
        *,
        name: str,
        key: str = "",
        version: int = 1,
        kind: str = "images",
        extractor: Extractor | Missing | None = None,
        n: int = 1000,
        cache: Path | None = None,
        modes: np.ndarray | None = None,
        mode_std: float = 0.0,
        reach: float = 3.0,
        extent: float = 0.0,
        second: "Data | None" = None,
        restricted: str = "",
    ) -> None:
        super().__init__()
        self.train, self.test = train, test
        self.name, self.key, self.version, self.kind, self.cache = name, key or name, version, kind, cache
        self.n = min(n, len(test.x), len(train.x) // 2)
        self.modes, self.mode_std, self.reach, self.extent = modes, mode_std, reach, extent
        self.second = second  # the other image domain
        self.restricted = restricted  # to what of its distribution; "" where it is whole
        if second is not None:
            self.n = second.n = min(self.n, second.n)
        self.extractor = Missing("no feature extractor was prepared") if extractor is None else extractor

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        extractor: Extractor | Missing | None = None,
        *,
        n: int = 1000,
        cache: Path | None = None,
        second: "Data | None" = None,
    ) -> "Data":
        """Returns the real side of `dataset`, which must be prepared."""
        return cls(
            dataset.split("train"), dataset.split("test"), name=dataset.name, key=dataset.key, version=dataset.version,
            kind=dataset.kind, extractor=extractor, n=n, cache=cache, modes=dataset.modes, mode_std=dataset.mode_std,
            reach=dataset.reach, extent=dataset.extent, second=second,
            restricted=str(dataset.options.get("fixed", "")),
        )  # fmt: skip

    @property
    def full_key(self) -> str:
        """Names the content of all domains."""
        return self.key if self.second is None else f"{self.key}+{self.second.key}"

    def split(self, name: str) -> Split:
        """Returns the split called train or test."""
        return self.train if name == "train" else self.test

    def index(self, split: str, n: int) -> np.ndarray:
        """Returns the first `n` of a fixed random order of a split (clipped to its size); prefixes are nested."""
        total = len(self.split(split).x)
        order = self.memo(
            ("order", split), lambda: np.random.default_rng(key("order", split)).permutation(total)
        )
        return order[:n]

    def images(self, split: str, n: int) -> Tensor:
        """Returns uint8 [n, C, H, W] (or float32 [n, p]), the rows of `index`."""
        return self.memo(("images", split, n), lambda: self._take(split, n))

    def _take(self, split: str, n: int) -> Tensor:
        rows = self.index(split, n)
        x = torch.from_numpy(np.ascontiguousarray(self.split(split).x[rows]))
        return x.permute(0, 3, 1, 2).contiguous() if self.kind == "images" else x

    def labels(self, split: str, n: int) -> np.ndarray:
        """Returns uint8 [n, L], the rows of `index`."""
        labels = self.split(split).labels
        assert labels is not None
        return np.asarray(labels)[self.index(split, n)]

    def factors(self, split: str, n: int) -> np.ndarray:
        """Returns float32 [n, F], the rows of `index`."""
        factors = self.split(split).factors
        assert factors is not None
        return np.asarray(factors)[self.index(split, n)]

    def features(self, split: str, n: int) -> Tensor:
        """Returns float32 [n, f]: the extractor's features of real images."""
        assert isinstance(self.extractor, Extractor)
        extract = self.extractor.features
        return self.memo(("features", split, n), lambda: extract(self.images(split, n)))

    def has(self, need: str) -> bool:
        """Whether the data meet a metric's need."""
        return {
            **{kind: self.kind == kind for kind in ("images", "points")},
            "labels": self.test.labels is not None,
            "factors": self.test.factors is not None,
            "domains": self.second is not None,
        }[need]


class Snapshot(Memo):
    """One model at one step. `seed` keys every draw: equal for all runs, so that they share z."""

    def __init__(self, data: Data, model: Model, seed: int = 0) -> None:
        super().__init__()
        self.data, self.model, self.seed, self.n = data, model, seed, data.n

    def has(self, need: str) -> bool:
        """Whether the model (what is in CAN) or the data (the rest) meet a metric's need."""
        return need in self.model.can if need in CAN else self.data.has(need)

    def rng(self, *name: object) -> np.random.Generator:
        """Returns a numpy generator keyed by the evaluation's seed and `name`, which starts with the metric's."""
        return np.random.default_rng(key("evaluation", self.seed, *name))

    def torch_rng(self, *name: object) -> torch.Generator:
        """Returns torch's generator keyed as `rng` is."""
        return generator("evaluation", self.seed, *name)

    def generate(self, z: Tensor) -> Tensor:
        """Maps float32 [n, d] -> uint8 [n, C, H, W] (points: float32 [n, p])."""
        x = self.model.generate(z).detach().cpu()
        return quantise(x) if self.data.kind == "images" else torch.nan_to_num(x)

    def encode(self, x: Tensor) -> Tensor:
        """Maps uint8 [n, C, H, W] -> float32 [n, d]; NaN becomes 0."""
        return torch.nan_to_num(self.model.encode(unit(x)).detach().cpu())

    def translate(self, x: Tensor, to: str) -> Tensor:
        """uint8 [n, C, H, W] of one domain -> uint8 of the other, `to` "x2" or "x"."""
        return quantise(self.model.translate(unit(x), to).detach().cpu())

    def between(self, a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
        """Maps two [n, d] to [n, d] on the model's way from a (share 0) to b (share 1): the line, if it has no other."""
        way = getattr(self.model, "between", line)
        return torch.as_tensor(way(a, b, share))

    @cached_property
    def x(self) -> Tensor:
        """n real test images."""
        return self.data.images("test", self.n)

    @cached_property
    def z(self) -> Tensor:
        """[2n, d] draws of the prior."""
        return self.model.latents(2 * self.n, self.torch_rng("z"))

    @cached_property
    def x_gen(self) -> Tensor:
        """2n generated images G(z); metrics that look at n take the first half."""
        return self.generate(self.z)

    @cached_property
    def z_enc(self) -> Tensor:
        """[n, d]: E(x)."""
        return self.encode(self.x)

    @cached_property
    def x_rec(self) -> Tensor:
        """n reconstructions G(E(x))."""
        return self.generate(self.z_enc)

    @cached_property
    def z_rec(self) -> Tensor:
        """[n, d]: E(G(z)) of the first n."""
        return self.encode(self.x_gen[: self.n])

    def sample(self, n: int) -> Tensor:
        """Returns n generated images: of x_gen where it has enough, else drawn for this n."""
        if n <= len(self.z):
            return self.x_gen[:n]
        draw = self.torch_rng("sample", n)
        return self.memo(("sample", n), lambda: self.generate(self.model.latents(n, draw)))

    def features(self) -> Tensor:
        """Returns float32 [2n, f]: the extractor's features of x_gen."""
        extractor = self.data.extractor
        assert isinstance(extractor, Extractor)
        return self.memo("features", lambda: extractor.features(self.x_gen))
