"""Reads the digit off one channel of stacked digits: a classifier of single grey digits, trained once on the training images.

The data set's own classifier sees three digits at once and is wrong twice as often; each wrong digit may be a class too many
where few are covered. PacGAN's authors train on single digits as well.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.metrics._readers import trained
from benchmarks.snapshots.convnet import CHUNK, Progress, fit, pixels, trunk
from benchmarks.snapshots.extractors import BLOCKS
from benchmarks.snapshots.snapshot import Data
from datasets.base import Split

VERSION, WIDTH = 1, 128


class Network(nn.Module):
    """Logits of the digits of one channel."""

    def __init__(self, side: int, digits: int) -> None:
        super().__init__()
        self.digits = digits
        self.convs, outputs = trunk((1, side, side))
        self.head = nn.Sequential(
            nn.Linear(outputs, WIDTH), nn.ReLU(), nn.Dropout(0.5), nn.Linear(WIDTH, digits)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Maps uint8 [n, 1, H, W] -> [n, digits]."""
        return self.head(self.convs(x.to(torch.float32) / 127.5 - 1))


@dataclass(frozen=True)
class DigitReader:
    """`accuracy`: the share of right digits on test images."""

    net: Network
    accuracy: float

    @torch.no_grad()
    def read(self, x: Tensor) -> np.ndarray:
        """Returns the number of each image's class, int [n], of uint8 [n, channels, H, W]: channels as figures, lowest first."""
        parts = [self.net(part.flatten(0, 1)[:, None]).argmax(1) for part in x.split(CHUNK)]
        figures = torch.cat(parts).reshape(x.shape[:2]).numpy()
        return figures @ self.net.digits ** np.arange(x.shape[1])


def singles(split: Split) -> tuple[Tensor, Tensor]:
    """Returns the channels of all images, uint8 [n channels, 1, H, W], and their digits [n channels]."""
    labels = np.array(split.labels).reshape(len(split), BLOCKS["channels"], -1).argmax(2)
    return pixels(split.x).flatten(0, 1)[:, None], torch.from_numpy(labels.ravel())


def train(split: Split, progress: Progress | None = None) -> Network:
    """Trains the classifier of single digits by cross-entropy."""
    x, digits = singles(split)

    def loss(net: Network, rows: Tensor) -> Tensor:
        return nn.functional.cross_entropy(net(x[rows]), digits[rows])

    count = np.asarray(split.labels).shape[1] // BLOCKS["channels"]
    return fit(lambda: Network(x.shape[2], count), len(x), loss, VERSION, progress)


def accuracy(net: Network, split: Split) -> float:
    """Returns the share of single digits of a split that are read right."""
    x, digits = singles(split)
    with torch.no_grad():
        right = [net(part).argmax(1) for part in x.split(CHUNK)]
    return float((torch.cat(right) == digits).double().mean())


def reader(data: Data, progress: Progress | None = None) -> DigitReader:
    """Returns the reader for `data`, which must be stacked digits; trained once, kept in the cache if there is one."""

    def untrained() -> Network:
        digits = np.asarray(data.test.labels).shape[1] // BLOCKS["channels"]
        return Network(data.images("test", 1).shape[2], digits)

    def find() -> DigitReader:
        name = f"digits-v{VERSION}"
        return DigitReader(*trained(data, name, "accuracy.json", untrained, train, accuracy, progress))

    return data.memo("digits/reader", find)
