"""Images that another generator made: a folder of pictures or an array file, checked against a data set, never resized.

A picture that was resized or converted on the way measures the resizing, so one of another size or mode is refused.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.snapshots import inputs
from benchmarks.snapshots.snapshot import Unavailable, key, quantise
from datasets._arrays import Table, open_tables
from datasets._images import SUFFIXES, list_images

NAMES = ("x", "x_gen", "images", "samples", "arr_0")  # of an array among several, the first that is there
MODES = {1: ("L", "1"), 3: ("RGB", "P")}  # of a picture, by channels
LOSSY = (".jpg", ".jpeg")


class Samples:
    """Given images [n, ...] as a model: its latents are numbers of images, in a fixed random order."""

    can = frozenset({"generate"})
    untrained = None
    latent = 1

    def __init__(self, x: Tensor) -> None:
        """x: uint8 [n, C, H, W] or float32 points [n, d]."""
        self.x = x
        self.order = torch.from_numpy(np.random.default_rng(key("order", "samples")).permutation(len(x)))

    @property
    def sha256(self) -> str:
        """Hashes shape and values in the order in which they were given, whatever kind of file held them."""
        return hashlib.sha256(str(tuple(self.x.shape)).encode() + self.x.numpy().tobytes()).hexdigest()

    def generate(self, z: Tensor) -> Tensor:
        """Maps numbers [n, 1] -> [n, C, H, W] in [0, 1], or points."""
        return inputs.unit(self.x[self.order[z[:, 0].long()]])

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """Returns [n, 1]: the first n numbers. Raises Unavailable where there are fewer images."""
        if n > len(self.x):
            raise Unavailable(f"it needs {n:,} samples, and {len(self.x):,} are given")
        return torch.arange(n, dtype=torch.float64)[:, None]  # exact for any number of images

    def encode(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def translate(self, x: Tensor, to: str) -> Tensor:
        raise NotImplementedError


def read(path: Path, shape: tuple[int, ...], owner: str) -> Tensor:
    """Returns uint8 [n, C, H, W], or float32 [n, d] for points, of a folder of pictures or an npz, npy or HDF5 file.

    shape: (C, H, W) or (d,) of the data set `owner`. Raises ValueError in one line for whatever does not fit it.
    """
    if path.is_dir() and len(shape) == 3:
        return _pictures(path, shape, owner)
    if path.is_dir() or not path.exists():
        what = "is a folder, and points come as an array file" if path.is_dir() else "does not exist"
        raise ValueError(f"--samples {path} {what}: give a folder of pictures, or an .npz, .npy or .h5 file")
    return _array(path, shape, owner)


def _pictures(root: Path, shape: tuple[int, ...], owner: str) -> Tensor:
    files, _ = list_images(root)
    if not files:
        raise ValueError(f"--samples {root} holds no pictures (looked for {' '.join(SUFFIXES)})")
    c, h, w = shape
    made = np.empty((len(files), h, w, c), np.uint8)
    for i, file in enumerate(files):
        try:
            with Image.open(root / file) as image:
                mode, size = image.mode, image.size
                fits = mode in MODES.get(c, ()) and "transparency" not in image.info
                if size == (w, h) and fits:
                    made[i] = np.asarray(image.convert("L" if c == 1 else "RGB")).reshape(h, w, c)
        except Exception as error:  # Pillow's decoders raise whatever they meet
            said = (str(error).splitlines() or [""])[0] or type(error).__name__
            raise ValueError(f"--samples {root / file}: not a readable image ({said})") from None
        if size != (w, h):
            raise ValueError(f"--samples {root / file} is {size[0]}x{size[1]} pixels{_wanted(owner, shape)}")
        if not fits:
            to = "L" if c == 1 else "RGB"
            raise ValueError(
                f"--samples {root / file} is of Pillow's mode {mode}, {owner} has {c} channel{'s' * (c > 1)}: save it as {to}"
            )
    if any(file.lower().endswith(LOSSY) for file in files):
        print(
            f"warning: {root} holds JPEG pictures: what compression does to them is measured with them; PNG loses nothing",
            file=sys.stderr,
        )
    return torch.from_numpy(made).permute(0, 3, 1, 2).contiguous()


def _array(path: Path, shape: tuple[int, ...], owner: str) -> Tensor:
    tables = open_tables(path)
    fitting = [name for name, table in tables.items() if len(table.shape) >= (3 if len(shape) == 3 else 2)]
    named = [name for name in NAMES if name in fitting]
    if len(fitting) != 1 and not named:
        there = ", ".join(f"{name} {_about(table)}" for name, table in tables.items()) or "no array"
        raise ValueError(
            f"--samples {path} has {there}: call the array of samples x, or leave the others out"
        )
    table = tables[named[0] if named else fitting[0]]
    own = tuple(table.shape[1:])
    if not table.shape[0] or table.dtype.kind not in "uifb":
        raise ValueError(f"--samples {path} has {_about(table)}: rows of numbers are wanted")
    x = torch.from_numpy(table.whole().copy())
    if len(shape) == 3:
        c, h, w = shape
        layouts = {(h, w, c): (0, 3, 1, 2), (c, h, w): (0, 1, 2, 3)}
        if own == (h, w) and c == 1:
            x, own = x[:, None], shape
        if own not in layouts:
            raise ValueError(f"--samples {path} has images {_about(table)}{_wanted(owner, shape)}")
        x = x.permute(layouts[own]).contiguous()
    elif own != shape:
        raise ValueError(f"--samples {path} has {_about(table)}, {owner} has points [n, {shape[0]}]")
    made = inputs.images(x, shape, f"--samples {path} holds")
    return quantise(made) if len(shape) == 3 else made


def _about(table: Table) -> str:
    return f"{table.dtype}[{', '.join(map(str, table.shape))}]"


def _wanted(owner: str, shape: tuple[int, ...]) -> str:
    return (
        f", {owner} has {shape[2]}x{shape[1]} and {shape[0]} channel{'s' * (shape[0] > 1)} here: they are not resized; "
        "--set data.size=N changes the data set's"
    )
