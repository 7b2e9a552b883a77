"""Reads the true factors off an image of toonfaces: a regressor trained once on faces with known factors."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.metrics._readers import trained
from benchmarks.snapshots.convnet import CHUNK, Progress, fit, pixels, trunk
from benchmarks.snapshots.snapshot import Data
from datasets.base import Split
from datasets.toonfaces import FACTORS, Factor

VERSION = 1
READING = "steps made, for the reader of true factors"
WIDTH = 128
SIZES = [len(factor.levels) or 1 for factor in FACTORS]  # outputs: one for each level, or the value in [0, 1]


class Regressor(nn.Module):
    """Logits of the categorical factors and values of the continuous ones, in the order of FACTORS."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.convs, outputs = trunk(shape)
        self.head = nn.Sequential(nn.Linear(outputs, WIDTH), nn.ReLU(), nn.Linear(WIDTH, sum(SIZES)))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """uint8 [n, C, H, W] -> for each factor [n, levels] or [n, 1]."""
        return self.head(self.convs(x.to(torch.float32) / 127.5 - 1)).split(SIZES, 1)


@dataclass(frozen=True)
class Reader:
    """`errors`: on test images, over those of always answering the most frequent level or the mean.

    Of wrong levels, or root mean squared; 1 is useless.
    """

    net: Regressor
    errors: dict[str, float]

    @torch.no_grad()
    def read(self, x: Tensor) -> np.ndarray:
        """uint8 [n, C, H, W] -> the most likely level or the value of each factor, float32 [n, F]."""
        parts = [self.net(part) for part in x.split(CHUNK)]
        columns = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
        values = [
            c.argmax(1) if f.levels else f.low + (f.high - f.low) * np.clip(c[:, 0], 0, 1)
            for f, c in zip(FACTORS, columns, strict=True)
        ]
        return np.stack(values, 1).astype(np.float32)


def train(split: Split, progress: Progress | None = None) -> Regressor:
    """Mean over factors of cross-entropy / ln(levels), or squared error / variance of a uniform."""
    assert split.factors is not None
    x, true = pixels(split.x), torch.from_numpy(np.array(split.factors))

    def loss(net: Regressor, rows: Tensor) -> Tensor:
        total = torch.zeros(())
        for factor, output, value in zip(FACTORS, net(x[rows]), true[rows].T, strict=True):
            if factor.levels:
                entropy = float(np.log(len(factor.levels)))
                total = total + nn.functional.cross_entropy(output, value.long()) / entropy
            else:
                target = (value - factor.low) / (factor.high - factor.low)
                total = total + 12 * (output[:, 0] - target).square().mean()
        return total / len(FACTORS)

    return fit(lambda: Regressor(tuple(x.shape[1:])), len(x), loss, VERSION, progress)


def mode(values: np.ndarray) -> float:
    """The most frequent value."""
    levels, counts = np.unique(values, return_counts=True)
    return float(levels[counts.argmax()])


def trivial(found: np.ndarray, true: np.ndarray, factor: Factor) -> float:
    """The error of values found [n] over that of the best constant answer, see Reader; NaN if all are the same."""
    wrong, least = (found != true).mean(), (true != mode(true)).mean()
    if not factor.levels:
        wrong, least = np.sqrt(np.mean((found - true) ** 2)), true.std()
    return float(wrong / least) if least else float("nan")


def errors(net: Regressor, split: Split) -> dict[str, float]:
    """See Reader."""
    true, found = np.array(split.factors), Reader(net, {}).read(pixels(split.x))
    return {f.name: trivial(found[:, i], true[:, i], f) for i, f in enumerate(FACTORS)}


def reader(data: Data, progress: Progress | None = None) -> Reader:
    """The reader for `data`, which must be toonfaces; trained once, kept in the cache if there is one."""

    def untrained() -> Regressor:
        return Regressor(tuple(data.images("test", 1).shape[1:]))

    def find() -> Reader:
        name = f"factors-v{VERSION}"
        return Reader(*trained(data, name, "errors.json", untrained, train, errors, progress))

    return data.memo("factors/reader", find)
