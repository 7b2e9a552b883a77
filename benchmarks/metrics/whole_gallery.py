"""BiGAN's scores of an encoder (Donahue et al. 2016, arXiv:1605.09782, section 4.1): classes by the nearest training image.

1-NN accuracy of the whole test split, Euclidean, in E's linear output before any activation (`code`) and in what its last
layer is given (`last`). Mean |x - G(E(x))| of n test images, and of generated ones, against the same of random pairs.
"""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat, ratio, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

CHUNK = 500  # queries at once


def accuracy(queries: Tensor, gallery: Tensor, truth: np.ndarray, labels: np.ndarray) -> float:
    """Share of queries [q, d] whose nearest row of the gallery [g, d] has their class; one-hot [q, K] and [g, K]."""
    gallery = flat(gallery)
    nearest = torch.cat([sq_distances(flat(part), gallery).argmin(1) for part in queries.split(CHUNK)])
    return float((truth.argmax(1) == labels[nearest.numpy()].argmax(1)).mean())


def l2(x: Tensor, y: Tensor) -> tuple[float, float]:
    """Mean Euclidean distance of images and reconstructions, and of each reconstruction to the next image."""
    a, b = flat(x), flat(y)
    return float((a - b).norm(dim=1).mean()), float((a.roll(-1, 0) - b).norm(dim=1).mean())


def layers(s: Snapshot, split: str) -> dict[str, Tensor]:
    """What a model with layers has to say of all images of a split; any other its codes, as `code`."""
    x = s.data.images(split, len(s.data.split(split).x))
    return dict(s.model.hidden(x)) if hasattr(s.model, "hidden") else {"code": s.encode(x)}


def compute(s: Snapshot) -> dict[str, float]:
    train, test = (layers(s, split) for split in ("train", "test"))
    truth, labels = (s.data.labels(split, len(s.data.split(split).x)) for split in ("test", "train"))
    found = {f"nn_{name}": accuracy(test[name], train[name], truth, labels) for name in test}
    if s.has("generate"):
        x_gen = s.x_gen[: s.n]
        for name, (x, y) in {"real": (s.x, s.x_rec), "generated": (x_gen, s.generate(s.z_rec))}.items():
            own, random = l2(x, y)
            found |= {f"l2_{name}": own, f"random_{name}": random, f"relative_{name}": ratio(own, random)}
    return found


METRIC = Metric(
    name="whole-gallery",
    title="Nearest of all training images",
    question="searches",
    needs=frozenset({"encode", "images", "labels"}),
    values={
        "nn_code": Value("1-NN accuracy, E(x)", "higher", low=0, high=1),
        "nn_last": Value("1-NN accuracy, layer before E's output", "higher", low=0, high=1),
        "l2_real": Value("L2 of reconstructions", "lower", low=0),
        "random_real": Value("L2 of random pairs", low=0),
        "relative_real": Value("L2 of reconstructions / random pairs", "lower", low=0),
        "l2_generated": Value("L2 of generated images' reconstructions", "lower", low=0),
        "random_generated": Value("L2 of random pairs, generated images", low=0),
        "relative_generated": Value("L2 of generated images' reconstructions / random pairs", "lower", low=0),
    },
    compute=compute,
    version=3,
    references=("domain", "pixels", "untrained"),
    n=lambda s: len(s.data.test.x),
    applies=lambda s: None if s.data.test.label_kind == "classes" else "the images have no classes",
)
