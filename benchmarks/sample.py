"""python -m benchmarks.sample RUN: a grid of new samples from a finished run."""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks import results
from benchmarks.commands import cli
from benchmarks.commands.surroundings import as_path, as_path_text
from benchmarks.storage.files import write_atomic

GAP, SCALE_TO = 2, 64  # pixels between images; small images are enlarged, whole pixels, up to this size


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        allow_abbrev=False,
        prog="python -m benchmarks.sample",
        description="Draw a grid of samples from a finished run.",
    )
    add = p.add_argument
    add("run", metavar="RUN", help="the run's name, or any beginning of it that only one run has")
    add(
        "--out",
        type=as_path,
        default=Path("runs"),
        help="the results folder that holds the run (default: runs)",
    )
    add("--n", type=int, default=64, help="how many samples (default: 64)")
    add(
        "--seed",
        type=int,
        default=0,
        help="of the latents: the same seed gives the same z to every run (default: 0)",
    )
    add(
        "--data-root",
        type=as_path,
        help="where the data set's files are, for methods that sample from fitted codes",
    )
    add(
        "--plugin",
        type=as_path_text,
        action="append",
        default=[],
        metavar="FILE.py",
        help="a Python file with the run's method",
    )
    add("--step", type=int, help="an evaluated step (default: the last)")
    add("--to", type=as_path, default=Path("grid.png"), help="the picture's file, PNG (default: grid.png)")
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(argv)
    return cli.guarded(lambda: run(args))


def run(args: argparse.Namespace) -> int:
    """Loads, samples and draws. Raises ValueError for what cannot be done."""
    import torch

    if not 1 <= args.n <= 10_000:
        raise ValueError(f"--n {args.n}: must be 1 to 10000")
    if args.seed < 0:
        raise ValueError(f"--seed {args.seed}: must not be negative")
    if args.to.suffix.lower() != ".png":
        raise ValueError(f"--to {args.to}: must end in .png")
    model = results.load_run(args.out, args.run, args.step, args.data_root, plugins=args.plugin)
    if "generate" not in model.can:
        raise ValueError(f"run {args.run}: method {model.config.method} does not generate")
    torch.set_num_threads(1)
    x = model.generate(model.latents(args.n, torch.Generator().manual_seed(args.seed)))
    write_atomic(args.to, grid(x) if x.dim() == 4 else scatter(x))
    print(f"{args.n} samples of {model.config.method}, seed {model.config.seed}: {args.to}")
    return 0


def grid(x: Tensor) -> bytes:
    """Returns a PNG of [n, C, H, W] in [0, 1], row by row in a nearly square grid on white."""
    n, c, h, w = x.shape
    columns = math.ceil(math.sqrt(n))
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
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(sheet[..., 0] if sheet.shape[2] == 1 else sheet).save(buffer, "png")
    return buffer.getvalue()


def scatter(x: Tensor) -> bytes:
    """Returns a PNG of points [n, 2], equal axes."""
    from io import BytesIO

    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5))
    axes = figure.subplots()
    axes.scatter(x[:, 0].numpy(), x[:, 1].numpy(), s=4)
    axes.set_aspect("equal", "datalim")
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
