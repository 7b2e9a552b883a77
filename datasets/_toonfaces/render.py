"""Factors to images: the numbers and colours that the parts are drawn with, and their order."""

import numpy as np

from datasets._toonfaces import colours, face, hair, wear
from datasets._toonfaces.factors import as_columns
from datasets._toonfaces.sdf import Canvas, Params

_EXTENT = 0.84  # of the picture, in the units of the parts
_PIXELS = 1 << 16  # of a batch: its temporaries stay in the processor's cache


def render(factors: np.ndarray, size: int) -> np.ndarray:
    """Draw factors [n, F] as uint8 [n, size, size, 3]. Values beyond a range are taken to its end."""
    if size < 8:
        raise ValueError(f"toonfaces: size={size} is too small; at least 8")
    finer = -(-32 // size)  # below 32 pixels it is drawn larger and averaged: thin lines need it
    images = np.empty((len(factors), size, size, 3), np.uint8)
    step = max(1, _PIXELS // (size * finer) ** 2)
    for start in range(0, len(factors), step):
        rgb = _draw(factors[start : start + step], size * finer)
        if finer > 1:
            rgb = rgb.reshape(3, -1, size, finer, size, finer).mean((3, 5))
        images[start : start + step] = np.moveaxis(np.rint(255 * rgb), 0, -1)
    return images


def _draw(factors: np.ndarray, size: int) -> np.ndarray:
    """float32 [3, n, size, size] in [0, 1]."""
    p = _parameters(as_columns(factors))
    centres = (_EXTENT * ((np.arange(size) + 0.5) * 2 / size - 1)).astype(np.float32)
    x, y = centres[None, None, :], centres[None, :, None]
    # The head turns about the neck, 0.5 below its centre.
    dx, dy = x - p["shift_x"], y - p["shift_y"] - np.float32(0.58)
    u = p["cos"] * dx + p["sin"] * dy
    v = p["cos"] * dy - p["sin"] * dx + np.float32(0.5)
    canvas = Canvas(np.empty((3, len(u), size, size), np.float32), x, y, u, v, _EXTENT * 2 / size, p)
    wear.background(canvas)
    hair.behind(canvas)
    face.neck(canvas)
    wear.clothes(canvas)
    face.head(canvas)
    face.mouth(canvas)
    face.eyes(canvas)
    hair.front(canvas)
    face.brows(canvas)
    wear.glasses(canvas)
    wear.earrings(canvas)
    wear.hat(canvas)
    wear.ribbon(canvas)
    return canvas.rgb


def _parameters(c: dict[str, np.ndarray]) -> Params:
    """All that a part needs, worked out once for each image in float64."""
    angle = np.deg2rad(12.0) * c["tilt"]
    skin, hair_base = colours.skin(c["skin"]), colours.pick(colours.HAIR, c["hair_colour"])
    light = c["hair_light"]
    hair_fill = np.where(
        light[:, None] > 0, colours.mix(hair_base, 1.0, 0.22 * light), hair_base * (1 + 0.25 * light)[:, None]
    )
    clothes = colours.rainbow(c["clothes_hue"], 0.62, 0.78)
    other = colours.rainbow((c["clothes_hue"] + 0.5) % 1.0, 0.75, 0.92)
    background = colours.rainbow(
        c["background_hue"], 0.50 - 0.2 * c["background_light"], 0.25 + 0.73 * c["background_light"]
    )
    width, height = 0.43 + 0.11 * c["face_width"], 0.47 + 0.10 * c["face_height"]
    eye = 0.10 + 0.06 * c["eye_size"]
    numbers = {
        **{name: values for name, values in c.items() if not name.endswith(("colour", "hue"))},
        "shift_x": 0.10 * c["shift_x"],
        "shift_y": 0.06 * c["shift_y"],
        "sin": np.sin(angle),
        "cos": np.cos(angle),
        "width": width,
        "height": height,
        "eye_u": width * (0.46 + 0.10 * c["eye_spacing"]),
        "eye_r": eye,
        "eye_open": eye * (0.04 + 1.04 * c["eye_openness"]),
    }
    paints = {
        "skin": skin,
        "skin_edge": skin * np.array([0.66, 0.52, 0.50]),
        "skin_shade": skin * np.array([0.88, 0.78, 0.76]),
        "blush_colour": colours.mix(skin, np.array([0.95, 0.25, 0.32]), 0.55),
        "lip": colours.mix(skin * 0.55, np.array([0.62, 0.12, 0.14]), 0.6),
        "hair": hair_fill,
        "hair_edge": hair_fill * 0.48,
        "hair_shade": hair_fill * np.array([0.70, 0.68, 0.74]),
        "hair_shine": colours.mix(hair_fill, 1.0, 0.38),
        "brow": hair_fill * 0.38,
        "iris": colours.pick(colours.EYES, c["eye_colour"]),
        "cloth": clothes,
        "cloth_edge": clothes * 0.5,
        "cloth_light": colours.mix(clothes, 1.0, 0.72),
        "other": other,
        "other_edge": other * 0.5,
        "background": background,
    }
    p = {name: value.astype(np.float32)[:, None, None] for name, value in numbers.items()}
    return p | {name: value.T.astype(np.float32)[:, :, None, None] for name, value in paints.items()}
