"""The small networks that measure: a convolutional trunk, and training that always ends in the same bits."""

from collections.abc import Callable
from itertools import chain
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

EPOCHS, BATCH, RATE = 6, 100, 1e-2
LEAST = 200  # steps, however small the data set
CHUNK = 250  # images at once when it is read
Progress = Callable[[int, int], None]
N = TypeVar("N", bound=nn.Module)


def pixels(x: np.ndarray) -> Tensor:
    """Maps uint8 [n, H, W, C] -> uint8 [n, C, H, W] in memory."""
    return torch.from_numpy(np.array(x)).permute(0, 3, 1, 2).contiguous()


def trunk(shape: tuple[int, ...]) -> tuple[nn.Sequential, int]:
    """Returns two or three 3x3 convolutions with batch norm, down to 8x8 at 16, 32, 64 px; number of outputs."""
    channels, height, width = shape
    strides = [1, 2] if height <= 16 else [2] * (2 if height <= 32 else 3)
    area = int(np.prod([-(-side // int(np.prod(strides))) for side in (height, width)]))
    widths = [channels, 24, 48, 64][: len(strides) + 1]
    layers = [
        (nn.Conv2d(widths[i], widths[i + 1], 3, stride, 1), nn.BatchNorm2d(widths[i + 1]), nn.ReLU())
        for i, stride in enumerate(strides)
    ]
    return nn.Sequential(*chain.from_iterable(layers), nn.Flatten()), widths[-1] * area


def fit(
    make: Callable[[], N], n: int, loss: Callable[[N, Tensor], Tensor], seed: int, progress: Progress | None
) -> N:
    """Trains with Adam, one cycle of the rate, on `loss(net, rows)` of random rows below n; then evaluation mode.

    One thread and its own seed, so deterministic; the global generator and thread count stay as they were.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = make().train()
            optimiser = torch.optim.Adam(net.parameters(), RATE)
            steps = max(EPOCHS * (n // BATCH), LEAST)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
            for step in range(steps):
                optimiser.zero_grad()
                loss(net, torch.randint(n, (BATCH,))).backward()
                optimiser.step()
                schedule.step()
                if progress is not None and (step + 1) % 50 == 0:
                    progress(step + 1, steps)
    finally:
        torch.set_num_threads(threads)
    return net.eval().requires_grad_(False)
