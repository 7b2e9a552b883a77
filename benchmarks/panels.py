"""Panels: small arrays for the report's figures: samples, reconstructions, interpolations."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.files import write_atomic
from benchmarks.snapshot import Snapshot, generator

SAMPLES, RECONSTRUCTIONS, ROWS, COLUMNS = 64, 16, 4, 11


def hwc(x: Tensor) -> np.ndarray:
    """uint8 [..., C, H, W] -> [..., H, W, C]; points pass through."""
    return x.movedim(-3, -1).contiguous().numpy() if x.dim() > 3 else x.numpy()


def interpolations(s: Snapshot) -> Tensor:
    """uint8 [5, 11, C, H, W]: G on the line between E of two test images, which stand at the ends.

    The last row runs from an image to its mirror image.
    """
    first, last = s.x[: ROWS + 1], s.x[ROWS + 1 : 2 * ROWS + 2].clone()
    last[ROWS] = first[ROWS].flip(-1)
    a, b = s.encode(first), s.encode(last)
    t = torch.linspace(0, 1, COLUMNS)[:, None]
    rows = [s.generate(a[i] + t * (b[i] - a[i])) for i in range(ROWS + 1)]
    x = torch.stack(rows)
    x[:, 0], x[:, -1] = first, last
    return x


def write_panels(s: Snapshot, folder: Path, step: int) -> list[Path]:
    """Writes what the model can make as folder/<name>-<step>.npz, atomically; returns the paths."""
    panels: dict[str, dict[str, np.ndarray]] = {}
    if s.has("generate"):
        z = s.model.latents(SAMPLES, generator("panel"))  # the same z for every run, seed and step
        panels["samples"] = {"x": hwc(s.generate(z))}
    if s.has("generate") and s.has("encode"):
        rows = slice(0, RECONSTRUCTIONS)
        panels["reconstructions"] = {"x": hwc(s.x[rows]), "x_rec": hwc(s.x_rec[rows])}
        if s.has("images") and s.n > 2 * ROWS + 1:
            panels["interpolations"] = {"x": hwc(interpolations(s))}
    paths = []
    for name, arrays in panels.items():
        path = folder / f"{name}-{step}.npz"
        buffer = BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        write_atomic(path, buffer.getvalue())
        paths.append(path)
    return paths
