"""The collapse verdict's thresholds, from degraded real images alone: `python -m benchmarks.calibrate`.

The rule was written down before any method was evaluated and looks at no method's outcome:

1. A set of n images that shows only k = n/10 distinct real ones, each with small pixel jitter (Gaussian, 2
   grey levels, rounded), is collapsed. The mean Vendi ratio of 20 such sets is the threshold: lower is 'low'.
2. Blur lowers the Vendi ratio too. All n distinct real images, blurred by the Gaussian that brings their
   Vendi ratio down to that threshold, have some sharpness ratio: low diversity at less sharpness than this
   is what blur alone would do, 'blurred'; low diversity at more sharpness is 'collapsed'.

Both are relative to n real test images, as the metric is; the images degraded are training images. The
committed file holds toonfaces with the whole curves; any other data set or n gets its own by the same rule,
cached.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat, real_scale, sharpness, soften, sq_distances, vendi
from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.snapshot import Data, key
from benchmarks.storage.cached import build_once

VERSION = 1
FILE = Path(__file__).with_name("collapse_calibration.json")
DRAWS, JITTER = 20, 2.0
SHARE = 0.1  # k / n: a set with so few distinct images is collapsed
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # k / n of the curve
HALVINGS = 16  # of the interval in which the blur is looked for
SIGMAS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # pixels at 16 px, scaled with the size

Tick = Callable[[], None]  # one more set was measured


def _nothing() -> None:
    """A tick that nobody hears."""


def ticks(progress: Progress | None, total: int) -> Tick:
    """Returns what counts sets and tells `progress` how many of `total` were measured."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    return tick


def repeated(data: Data, k: int, draw: int) -> Tensor:
    """uint8 [n, C, H, W]: k distinct training images, equally often, each copy jittered."""
    rng = np.random.default_rng(key("calibrate", data.name, k, draw))
    pool = data.images("train", 2 * data.n)
    rows = np.resize(rng.choice(len(pool), k, replace=False), data.n)
    noisy = pool[rows].numpy() + rng.normal(0, JITTER, (data.n, *pool.shape[1:]))
    return torch.from_numpy(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def blurred(data: Data, sigma: float) -> Tensor:
    """uint8 [n, C, H, W]: n distinct training images under a Gaussian blur of `sigma` pixels."""
    return soften(data.images("train", data.n), sigma)


def vendi_ratio(data: Data, x: Tensor) -> float:
    """What the metric calls `vendi_ratio`."""
    real = real_scale(data)
    return vendi(sq_distances(flat(x)), real["distance"] / 4) / real["vendi"]


def low_diversity(data: Data, share: float = SHARE, draws: int = DRAWS, tick: Tick = _nothing) -> list[float]:
    """Returns the Vendi ratios of `draws` sets with share * n distinct images."""
    found = []
    for draw in range(draws):
        found.append(vendi_ratio(data, repeated(data, max(1, round(share * data.n)), draw)))
        tick()
    return found


def blur_to(data: Data, target: float, tick: Tick = _nothing) -> dict[str, float]:
    """The blur whose Vendi ratio is `target`, by bisection, with its sharpness ratio.

    Where even a blur as wide as the image stays above it, blur explains no low diversity: sharpness 0.
    """
    low, high = 0.0, float(max(data.images("train", data.n).shape[2:]))
    if vendi_ratio(data, blurred(data, high)) > target:
        return {"sharpness": 0.0}
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if vendi_ratio(data, blurred(data, middle)) > target else (low, middle)
        tick()
    return {"sigma": high, "sharpness": sharpness(blurred(data, high)) / real_scale(data)["sharpness"]}


def compute(data: Data, progress: Progress | None = None) -> dict[str, float]:
    """The two thresholds of `data`, and how far the 20 draws scatter."""
    tick = ticks(progress, DRAWS + HALVINGS)
    ratios = low_diversity(data, tick=tick)
    target = float(np.mean(ratios))
    return {"vendi_ratio": target, "std": float(np.std(ratios, ddof=1)), **blur_to(data, target, tick)}


def curves(data: Data) -> dict[str, Any]:
    """What the thresholds were read from: Vendi ratio against k / n; it and sharpness against the blur."""
    scale = max(data.images("train", 1).shape[2:]) / 16
    real = real_scale(data)["sharpness"]
    return {
        "share": [
            {"share": k, "vendi_ratio": float(np.mean(r)), "min": min(r), "max": max(r)}
            for k in SHARES
            for r in [low_diversity(data, k, 5)]
        ],
        "blur": [
            {"sigma": s * scale, "vendi_ratio": vendi_ratio(data, x), "sharpness": sharpness(x) / real}
            for s in SIGMAS
            for x in [blurred(data, s * scale)]
        ],
    }


def distinct_curve(data: Data, progress: Progress | None = None) -> list[tuple[float, float]]:
    """(share of distinct images, mean Vendi ratio) of sets of n real images with k = share * n distinct ones, rising.

    Read backwards it says how many distinct images a set with some Vendi ratio is worth. Committed, cached or computed.
    """

    def find() -> list[tuple[float, float]]:
        committed = json.loads(FILE.read_text())
        if name_of(data) in committed:
            return [(point["share"], point["vendi_ratio"]) for point in committed[name_of(data)]["share"]]
        tick = ticks(progress, 5 * len(SHARES))
        made = [(share, float(np.mean(low_diversity(data, share, 5, tick)))) for share in SHARES]
        return sorted(dict(made).items())

    if data.cache is None or name_of(data) in json.loads(FILE.read_text()):
        return data.memo("distinct", find)
    folder = data.cache / "calibration" / f"{data.key}-{name_of(data)}-curve"
    build_once(folder, lambda temporary: _write(temporary, {"curve": find()}, "curve.json"))
    return [tuple(point) for point in json.loads((folder / "curve.json").read_text())["curve"]]


def name_of(data: Data) -> str:
    """The calibration's name: decided by the distribution, the image size, n and the rule's version."""
    _, height, width = data.images("test", 1).shape[1:]
    part = f"-{hashlib.sha256(data.restricted.encode()).hexdigest()[:8]}" if data.restricted else ""
    return f"{data.name}{part}-v{data.version}-{height}x{width}-n{data.n}-rule{VERSION}"


def _write(folder: Path, found: dict[str, Any], name: str = "thresholds.json") -> None:
    (folder / name).write_text(json.dumps(found, indent=1))


def thresholds(data: Data, progress: Progress | None = None) -> dict[str, float]:
    """The verdict's `vendi_ratio` and `sharpness`: committed, cached, or computed now (seconds, or minutes for large images)."""

    def find() -> dict[str, float]:
        committed = json.loads(FILE.read_text())
        if name_of(data) in committed:
            return committed[name_of(data)]["thresholds"]
        if data.cache is None:
            return compute(data, progress)
        folder = data.cache / "calibration" / f"{data.key}-{name_of(data)}"
        build_once(folder, lambda temporary: _write(temporary, compute(data, progress)))
        return json.loads((folder / "thresholds.json").read_text())

    return data.memo("thresholds", find)


def prepare(data: Data, progress_for: Callable[[str], Progress]) -> None:
    """Computes thresholds and curve before any run. progress_for: returns a callback that reports how much of a step is done."""
    for find in (thresholds, distinct_curve) if data.kind == "images" else ():
        find(data, progress_for("sets of degraded real images measured, for the verdict"))
