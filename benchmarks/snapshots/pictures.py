"""Images as files: one picture of a grid, a folder of PNG pictures, or an npz file; uint8, as the metrics see them."""

import math
import os
import shutil
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.snapshots.snapshot import quantise
from benchmarks.storage.files import write_atomic

GAP, SCALE_TO = 2, 64  # pixels between images; small images are enlarged, whole pixels, up to this size


def grid(x: Tensor, together: int = 1) -> bytes:
    """Returns a PNG of [n, C, H, W] in [0, 1], row by row in a nearly square grid on white.

    together: images of which no row ends in the middle, such as pairs.
    """
    n, c, h, w = x.shape
    columns = math.ceil(math.sqrt(n) / together) * together
    rows = math.ceil(n / columns)
    pixels = (x.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    if c not in (1, 3):
        raise ValueError(f"images of {c} channels cannot be drawn")
    sheet = np.full((rows * (h + GAP) + GAP, columns * (w + GAP) + GAP, c), 255, np.uint8)
    for i, image in enumerate(pixels):
        top, left = GAP + i // columns * (h + GAP), GAP + i % columns * (w + GAP)
        sheet[top : top + h, left : left + w] = image
    times = max(1, SCALE_TO // max(h, w))
    return png(sheet.repeat(times, 0).repeat(times, 1))


def png(sheet: np.ndarray) -> bytes:
    """Returns a PNG of uint8 [H, W, 1 or 3]."""
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(sheet[..., 0] if sheet.shape[2] == 1 else sheet).save(buffer, "png")
    return buffer.getvalue()


def scatter(x: Tensor) -> bytes:
    """Returns a PNG of points [n, 2], equal axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5))
    axes = figure.subplots()
    axes.scatter(x[:, 0].numpy(), x[:, 1].numpy(), s=4)
    axes.set_aspect("equal", "datalim")
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def rows(x: Tensor) -> np.ndarray:
    """Maps images [n, C, H, W], float in [0, 1] or uint8 -> uint8 [n, H, W, C]; points stay float32 [n, d]."""
    if x.dim() == 2:
        return x.numpy()
    return (x if x.dtype == torch.uint8 else quantise(x)).permute(0, 2, 3, 1).contiguous().numpy()


def write_npz(path: Path, arrays: dict[str, Tensor]) -> None:
    """Writes arrays [n, H, W, C] by name, whole or not at all."""
    buffer = BytesIO()
    np.savez(buffer, **{name: rows(x) for name, x in arrays.items()})  # type: ignore[arg-type]
    write_atomic(path, buffer.getvalue())


def check_folder(path: Path) -> None:
    """Raises ValueError where a folder of pictures would mix with what is there."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise ValueError(f"{path} is there and not empty: give a new folder")


def write_folder(path: Path, arrays: dict[str, Tensor]) -> None:
    """Writes 00000.png, .. of one array into `path`, of several into a folder of each name there; whole or not at all."""
    check_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        for name, x in arrays.items():
            inner = temporary / name if len(arrays) > 1 else temporary
            inner.mkdir(exist_ok=True)
            for i, image in enumerate(rows(x)):
                (inner / f"{i:05}.png").write_bytes(png(image))
        temporary.chmod(0o755)
        os.replace(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
