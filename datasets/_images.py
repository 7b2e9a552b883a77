"""Image files to square RGB arrays: every odd file is either converted properly or refused in one line."""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from datasets.base import Dataset

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
_TWIN = re.compile(r"[-_](flip|flipped|mirror|mirrored)$")
_BITS = 258  # TIFF's tag BitsPerSample
_CHUNK = 256  # images held at once
_SMALLEST = 8  # pixels on the shorter side; below, there is nothing to see


def list_images(root: Path) -> tuple[list[str], list[str]]:
    """Paths of all image files below the root, relative to it, with "/", sorted; and notes for people.

    Hidden ones are ignored, links are followed, and a folder that can be reached twice is taken once.
    """
    found, notes, seen = [], [], {os.path.realpath(root)}
    for folder, inner, files in os.walk(root, followlinks=True, onerror=_unreadable):
        kept = []
        for name in sorted(inner, key=lambda name: (os.path.islink(os.path.join(folder, name)), name)):
            path = os.path.join(folder, name)
            real, where = os.path.realpath(path), Path(path).relative_to(root).as_posix()
            if name.startswith("."):
                continue
            if real in seen:
                notes.append(f"{where} leads to a folder that is here already, and is taken once")
                continue
            if os.path.islink(path):
                notes.append(f"the linked folder {where} is followed")
            seen.add(real)
            kept.append(name)
        inner[:] = kept
        for name in files:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                found.append((Path(folder) / name).relative_to(root).as_posix())
    return sorted(found), notes


def _unreadable(error: OSError) -> None:
    raise ValueError(f"{error.filename}: {error.strerror}") from error


def divide(
    files: Sequence[str], shares: Sequence[float], same: Mapping[str, str] | None = None
) -> tuple[list[str], list[str]]:
    """Training and test files, each in the given order, by a hash of the name; neither is empty.

    shares: how many are test files; a second one, how many of the training files are, in the place of those.

    A name and the same with "_flip" or "-mirrored" at its end are taken for mirror images and stay together, as
    do files of which `same` says the same (their digests, "" for unknown): copies.
    """
    stems = {file: _TWIN.sub("", file.rsplit(".", 1)[0]) for file in files}
    group = _groups(stems, same or {})
    ranked = sorted(set(group.values()), key=lambda stem: hashlib.sha256(os.fsencode(stem)).digest())
    if len(ranked) < 2:
        copies = ", copies of one another" if len(files) > 1 else ""
        raise ValueError(f"{len(files)} images{copies}, too few to split (looked for {' '.join(SUFFIXES)})")
    tested = set(ranked[: max(1, min(len(ranked) - 1, round(shares[0] * len(ranked))))])
    chosen = {file: group[stem] in tested for file, stem in stems.items()}
    train, test = ([file for file in files if chosen[file] == part] for part in (False, True))
    return divide(train, shares[1:], same) if shares[1:] else (train, test)


def _groups(stems: Mapping[str, str], same: Mapping[str, str]) -> dict[str, str]:
    """Stem -> the first stem of all that belong together."""
    parent = {stem: stem for stem in stems.values()}

    def top(stem: str) -> str:
        while parent[stem] != stem:
            parent[stem] = stem = parent[parent[stem]]
        return stem

    first: dict[str, str] = {}
    for file, stem in stems.items():
        if digest := same.get(file):
            low, high = sorted((top(stem), top(first.setdefault(digest, stem))))
            parent[high] = low
    return {stem: top(stem) for stem in parent}


def copies(files: Sequence[str], same: Mapping[str, str]) -> list[str]:
    """A note where files are copies of others."""
    first: dict[str, str] = {}
    pairs = [(file, first.setdefault(same[file], file)) for file in files if same.get(file)]
    twice = [(file, of) for file, of in pairs if file != of]
    if not twice:
        return []
    example = f"{twice[0][0]} of {twice[0][1]}"
    return [
        f"{len(twice)} of {len(files)} images are copies of others, byte for byte (such as {example}): copies stay in "
        "one split, and weigh as often as they are there"
    ]


def read_image(path: Path, size: int, crop: int | None = None, small: list[str] | None = None) -> np.ndarray:
    """uint8 [size, size, 3]: the central square (of side `crop`, if given), resized with Lanczos' filter.

    Turned as its EXIF data say; transparency over white; the first frame of an animation; 16 bits scaled to
    8, where the range is known. Names of images that had to be enlarged are added to `small`.

    Raises ValueError, in one line that names the file, for anything else than an image of 8 pixels a side.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                width, height = file.size
                if min(width, height) < _SMALLEST:
                    raise ValueError(f"{width} x {height} pixels are too few; at least {_SMALLEST} a side")
                scaled = file.format != "TIFF" or set(getattr(file, "tag_v2", {}).get(_BITS, (16,))) == {16}
                image = _to_rgb(ImageOps.exif_transpose(file), scaled)
        width, height = image.size
        side = min(crop or width, width, height)
        if small is not None and side < size:
            small.append(path.name)
        left, top = (width - side) // 2, (height - side) // 2
        box = (left, top, left + side, top + side)
        return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))
    except Exception as error:  # Pillow's decoders raise whatever they meet
        reason = "the file is empty" if path.exists() and path.stat().st_size == 0 else str(error)
        reason = (reason.splitlines() or [type(error).__name__])[0].replace(str(path), "the file")
        raise ValueError(f"{path}: not a readable image ({reason})") from error


def _to_rgb(image: Image.Image, scaled: bool) -> Image.Image:
    """scaled: its integers go from 0 to 65535."""
    if image.mode.startswith("I"):  # 16 bits, also where Pillow widens them to 32
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError("more than 16 bits a channel")
        if 0 < values.max() < 256:
            raise ValueError(
                f"16 bits or more a channel but no value above {values.max()}, which would be black: save it with 8 bits"
            )
        if image.mode == "I" and values.max() and not scaled:
            raise ValueError("32-bit integers, whose range is not known: save it with 8 or 16 bits")
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
    owner: Dataset, root: Path, files: Sequence[str], crop: int | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Chunks of (images uint8 [n, size, size, 3], their numbers in `files`), less those left out.

    With the owner's option "mirrored", each is followed by its mirror image.
    """
    size = owner.options["size"]
    for start in range(0, len(files), _CHUNK):
        images, numbers = [], []
        for number in range(start, min(start + _CHUNK, len(files))):
            try:
                images.append(read_image(root / files[number], size, crop, owner.enlarged))
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
