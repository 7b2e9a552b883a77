"""Image files to square RGB arrays: every odd file is either converted properly or refused in one line."""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from datasets.base import Dataset

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
_TWIN = re.compile(r"[-_](flip|flipped|mirror|mirrored)$")
_SMALLEST = 8  # pixels on the shorter side; below, there is nothing to see


def list_images(root: Path) -> list[str]:
    """Paths of all image files below the root, relative to it, with "/", sorted; hidden ones are ignored."""
    found = []
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in files:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                found.append((Path(folder) / name).relative_to(root).as_posix())
    return sorted(found)


def divide(files: Sequence[str], test_share: float) -> tuple[list[str], list[str]]:
    """Training and test files, each in the given order, by a hash of the name; neither is empty.

    A name and the same with "_flip" or "-mirrored" at its end are taken for mirror images and stay together.
    """
    stems = [_TWIN.sub("", file.rsplit(".", 1)[0]) for file in files]
    ranked = sorted(set(stems), key=lambda stem: hashlib.sha256(os.fsencode(stem)).digest())
    if len(ranked) < 2:
        raise ValueError(f"{len(files)} images, too few to split (looked for {' '.join(SUFFIXES)})")
    tested = set(ranked[: max(1, min(len(ranked) - 1, round(test_share * len(ranked))))])
    named = list(zip(files, stems, strict=True))
    return [f for f, stem in named if stem not in tested], [f for f, stem in named if stem in tested]


def read_image(path: Path, size: int, crop: int | None = None) -> np.ndarray:
    """uint8 [size, size, 3]: the central square (of side `crop`, if given), resized with Lanczos' filter.

    Turned as its EXIF data say; transparency over white; the first frame of an animation; 16 bits scaled to
    8. Raises ValueError, in one line that names the file, for anything else than an image of 8 pixels a side.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                width, height = file.size
                if min(width, height) < _SMALLEST:
                    raise ValueError(f"{width} x {height} pixels are too few; at least {_SMALLEST} a side")
                image = _to_rgb(ImageOps.exif_transpose(file))
        width, height = image.size
        side = min(crop or width, width, height)
        left, top = (width - side) // 2, (height - side) // 2
        box = (left, top, left + side, top + side)
        return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))
    except Exception as error:  # Pillow's decoders raise whatever they meet
        reason = "the file is empty" if path.exists() and path.stat().st_size == 0 else str(error)
        reason = (reason.splitlines() or [type(error).__name__])[0].replace(str(path), "the file")
        raise ValueError(f"{path}: not a readable image ({reason})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits, also where Pillow widens them to 32
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError("more than 16 bits a channel")
        image = Image.fromarray(np.round(values / 257).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is not known")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        above = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")
    return image.convert("RGB")


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """uint8 [n, H, W, C] to [n, size, size, C] with Lanczos' filter; unchanged where the size is right."""
    if images.shape[1:3] == (size, size):
        return images
    planes = np.moveaxis(images, -1, 1).reshape(-1, *images.shape[1:3])
    small = [np.asarray(Image.fromarray(p).resize((size, size), Image.Resampling.LANCZOS)) for p in planes]
    return np.moveaxis(np.stack(small).reshape(len(images), -1, size, size), 1, -1)


def decode(
    owner: Dataset, root: Path, files: Sequence[str], crop: int | None = None, chunk: int = 256
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Chunks of (images uint8 [n, size, size, 3], their numbers in `files`), less those left out.

    With the owner's option "mirrored", each is followed by its mirror image.
    """
    size = owner.options["size"]
    for start in range(0, len(files), chunk):
        images, numbers = [], []
        for number in range(start, min(start + chunk, len(files))):
            try:
                images.append(read_image(root / files[number], size, crop))
                numbers.append(number)
            except ValueError as error:
                owner.leave_out(str(error))
        if not images:
            continue
        if owner.options.get("mirrored"):
            yield (
                np.stack([twin for image in images for twin in (image, image[:, ::-1])]),
                np.repeat(numbers, 2),
            )
        else:
            yield np.stack(images), np.array(numbers)
