"""References that calibrate every metric: pseudo-models put through the same code as the methods.

`real` is the identity auto-encoder whose prior is the training images: its samples are other real images,
its reconstructions exact, its codes pixels. A metric names the references that mean something for it.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

import imagehash
import torch
from torch import Tensor

from benchmarks.metrics._domains import known, truth
from benchmarks.metrics._lines import TrueAngle
from benchmarks.metrics._numerics import flat, hashes, sq_distances
from benchmarks.metrics.base import Metric, Result, evaluate
from benchmarks.planning.registry import unknown
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.snapshot import Data, Model, Snapshot, generator, quantise, unit

BOTH, ENCODER = frozenset({"generate", "encode"}), frozenset({"encode"})


class Real:
    """Latents are training images in a fixed random order, G reshapes, E flattens."""

    can = BOTH
    untrained = None

    def __init__(self, data: Data) -> None:
        self.data = data
        self.shape = data.images("test", 1).shape[1:]
        self.latent = self.shape.numel()

    def generate(self, z: Tensor) -> Tensor:
        return z.reshape(-1, *self.shape)

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        x = unit(self.data.images("train", n)).flatten(1)
        return x[torch.arange(n) % len(x)]


class MeanImage(Real):
    """Every image is the mean training image, and every code the same."""

    def encode(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), self.latent)

    def generate(self, z: Tensor) -> Tensor:
        x = self.data.images("train", 2 * self.data.n)
        return unit(x).mean(0, keepdim=True).expand(len(z), *self.shape)


class RandomPairs(Real):
    """The reconstruction of an image is the one before it."""

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1).roll(1, 0)


class Shuffled(Real):
    """Real images whose pixels are in a random order: their colours, and no picture."""

    def generate(self, z: Tensor) -> Tensor:
        order = torch.randperm(self.shape[1:].numel(), generator=generator("shuffled"))
        return z.reshape(-1, *self.shape).flatten(2)[..., order].reshape(-1, *self.shape)


class NearestReal(Real):
    """G answers with the nearest of n real test images, in pixels; the prior is these images."""

    def generate(self, z: Tensor) -> Tensor:
        x = flat(self.data.images("test", self.data.n))
        return x[sq_distances(z.double(), x).argmin(1)].float().reshape(-1, *self.shape)

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        x = unit(self.data.images("test", self.data.n)).flatten(1)
        return x[torch.arange(n) % len(x)]


class OtherReal(Real):
    """G answers whatever it is asked with real test images, the last of 2n first."""

    def generate(self, z: Tensor) -> Tensor:
        x = unit(self.data.images("test", 2 * self.data.n)).flip(0)
        return x[torch.arange(len(z)) % len(x)]


class Identity:
    """Translates every image into itself: nothing is changed and everything kept."""

    can = frozenset({"translate"})
    untrained = None
    latent = 0

    def __init__(self, data: Data) -> None:
        self.data = data

    def translate(self, x: Tensor, to: str) -> Tensor:
        return x


class Counterpart(Identity):
    """Translates a test image of toonfaces into the true one, and that one back: found by its pixels."""

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self.known: dict[tuple[str, bytes], Tensor] = {}
        for to, back, source in (("x2", "x", data), ("x", "x2", data.second)):
            drawn = truth(data, to)
            for here, there in (
                zip(source.images("test", data.n), drawn.x, strict=True) if source and drawn else ()
            ):
                self.known[to, here.numpy().tobytes()] = there
                self.known[back, there.numpy().tobytes()] = here

    def translate(self, x: Tensor, to: str) -> Tensor:
        return unit(torch.stack([self.known.get((to, each.numpy().tobytes()), each) for each in quantise(x)]))


class Codes(Real):
    """An encoder only: `rows` maps uint8 images to float rows."""

    can = ENCODER

    def __init__(self, data: Data, rows: Callable[[Tensor], Tensor]) -> None:
        super().__init__(data)
        self.rows = rows

    def encode(self, x: Tensor) -> Tensor:
        return self.rows(quantise(x)).to(torch.float32)


def histogram(x: Tensor) -> Tensor:
    """Computes the colour histogram: uint8 [n, C, H, W] -> [n, 4 ** C], shares of 4 bins a channel, jointly."""
    bins = (x // 64).long().flatten(2)
    weights = 4 ** torch.arange(x.shape[1])
    index = (bins * weights[:, None]).sum(1)  # [n, H W]
    return torch.zeros(len(x), 4 ** x.shape[1]).scatter_add_(
        1, index, torch.full(index.shape, 1 / index.shape[1])
    )


def noise(x: Tensor) -> Tensor:
    """Codes that say nothing: normals keyed by the images."""
    return torch.randn(len(x), 16, generator=generator("noise", zlib.crc32(x.contiguous().numpy().tobytes())))


def domain(data: Data) -> Callable[[Tensor], Tensor]:
    """Returns the domain classifier's features, which saw the labels: an upper reference."""
    assert isinstance(data.extractor, Extractor)
    return data.extractor.features


MODELS: dict[str, Callable[[Data], Any]] = {
    "real": Real,
    "pixel-space": Real,  # the same as a baseline: editing, blending or keeping pixels
    "nearest-real": NearestReal,
    "real-path": lambda data: TrueAngle(data) if data.name == "lines" else OtherReal(data),
    "mean-image": MeanImage,
    "random-pairs": RandomPairs,
    "shuffled": Shuffled,
    "pixels": lambda data: Codes(data, lambda x: unit(x).flatten(1)),
    "dhash": lambda data: Codes(data, lambda x: torch.from_numpy(hashes(x))),
    "phash": lambda data: Codes(data, lambda x: torch.from_numpy(hashes(x, imagehash.phash))),
    "colour-histogram": lambda data: Codes(data, histogram),
    "random": lambda data: Codes(data, noise),
    "domain": lambda data: Codes(data, domain(data)),
    "identity": Identity,
    "counterpart": Counterpart,
}
NAMES = (*MODELS, "untrained")
CEILINGS = ("real", "domain", "nearest-real", "real-path", "counterpart")


def check_references(metric: Metric) -> None:
    """Raises ValueError for an unknown reference, before anything is trained for it."""
    for name in metric.references:
        if name not in NAMES:
            raise ValueError(f"metric {metric.name}: {unknown('reference', name, NAMES)}")


def references(
    metric: Metric, data: Data, model: Model | None = None
) -> Iterator[tuple[str, Literal["ceiling", "baseline"], Result]]:
    """Returns name, kind and result of each reference of the metric; `untrained` only if `model` has it."""
    for name in metric.references:
        if name == "domain" and data.extractor.name != "domain":
            continue
        if name == "counterpart" and not known(data):
            continue
        if name != "untrained":
            yield (
                name,
                "ceiling" if name in CEILINGS else "baseline",
                evaluate(metric, snapshot(name, data)),
            )
        elif model is not None and (pseudo := model.untrained) is not None:
            made = data.memo(("snapshot", name, id(pseudo)), partial(Snapshot, data, pseudo))
            yield name, "baseline", evaluate(metric, made)


def snapshot(name: str, data: Data) -> Snapshot:
    """Returns what a pseudo-model of MODELS makes of the data; one for all metrics."""
    return data.memo(("snapshot", name), lambda: Snapshot(data, MODELS[name](data)))
