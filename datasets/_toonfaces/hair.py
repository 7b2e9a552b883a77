"""Hair: what hangs behind the head, and the cap, fringe and side locks in front."""

from collections.abc import Mapping

import numpy as np

from datasets._toonfaces.factors import FACTORS
from datasets._toonfaces.sdf import Array, Canvas, box, circle, ellipse, smooth, wave

_STYLES = next(f for f in FACTORS if f.name == "hair_style").levels
_FRINGES = next(f for f in FACTORS if f.name == "fringe").levels
# Of each style: lower end behind, what hair length adds, how far it stands off; lower end and addition in
# front.
_TABLE = {
    "short": (0.02, 0.26, 0.05, -0.10, 0.26),
    "bob": (0.30, 0.26, 0.13, 0.20, 0.22),
    "long": (0.55, 0.50, 0.13, 0.42, 0.50),
    "wavy": (0.50, 0.50, 0.16, 0.36, 0.44),
    "curly": (0.10, 0.30, 0.10, -0.05, 0.20),
    "twintails": (0.02, 0.10, 0.06, 0.12, 0.16),
    "ponytail": (0.02, 0.10, 0.06, 0.05, 0.16),
    "buns": (0.02, 0.10, 0.06, 0.10, 0.18),
}
# Of each fringe: height on the forehead, what fringe length adds, slope, bend, depth and number of points.
_FRINGE = {
    "none": (-0.33, 0.06, 0.0, 0.9, 0.0, 1.0),
    "straight": (-0.22, 0.17, 0.0, 0.15, 0.025, 7.0),
    "parted": (-0.24, 0.16, 0.33, 0.40, 0.02, 3.0),
    "spiky": (-0.23, 0.14, 0.05, 0.1, 0.085, 3.4),
}


def _of(table: Mapping[str, tuple[float, ...]], levels: tuple[str, ...], index: Array, column: int) -> Array:
    values = np.array([table[level][column] for level in levels], np.float32)
    return values[index.astype(int)]


def _is(c: Canvas, style: str) -> Array:
    return c.p["hair_style"][:, 0, 0] == _STYLES.index(style)


def behind(canvas: Canvas) -> None:
    """The hair behind the head and shoulders, then tails, buns or curls."""
    for c in canvas.part():
        p = c.p
        low, longer, off = (_of(_TABLE, _STYLES, p["hair_style"], i) for i in range(3))
        low = low + longer * p["hair_length"]
        wavy = (p["hair_style"] == _STYLES.index("wavy")).astype(np.float32)
        half = p["width"] + off
        middle = (low - p["height"] * 0.4) / 2
        u = np.abs(c.u) - 0.035 * wavy * wave(c.v * 2.6) - 0.06 * np.maximum(c.v - 0.1, 0) * (low > 0.5)
        fall = box(u, c.v - middle, half, low - middle, 0.12)
        crown = np.maximum(ellipse(c.u, c.v + 0.06, half, p["height"] + 0.06), c.v - low)
        c.shape(np.minimum(fall, crown), p["hair_shade"], p["hair_edge"])
    for c in canvas.part(who=_is(canvas, "curly")):
        p, grow = c.p, 0.05 * c.p["hair_length"]
        u = np.abs(c.u)
        curls: Array | None = None
        for cu, cv in ((0.0, -1.0), (0.5, -0.88), (0.9, -0.5), (1.04, -0.05), (1.0, 0.40)):
            ball = circle(u - p["width"] * cu, c.v - p["height"] * cv, 0.17 + grow)
            curls = ball if curls is None else np.minimum(curls, ball)
        assert curls is not None
        c.shape(curls, p["hair_shade"], p["hair_edge"])
    for c in canvas.part(who=_is(canvas, "twintails")):
        p, u = c.p, np.abs(c.u)
        reach = 0.20 + 0.30 * p["hair_length"]
        tail = ellipse(u - p["width"] - 0.15 - 0.12 * (c.v + 0.1), c.v + 0.15 - reach, 0.15, reach + 0.06)
        c.shape(tail, p["hair"], p["hair_edge"])
        c.shape(circle(u - p["width"] - 0.06, c.v + 0.20, 0.065), p["other"], p["other_edge"])
    for c in canvas.part(who=_is(canvas, "ponytail")):
        p = c.p
        reach = 0.26 + 0.34 * p["hair_length"]
        bow = c.v + 0.45 - reach
        tail = ellipse(c.u - p["width"] - 0.13 + 0.55 * bow * bow, bow, 0.16, reach + 0.05)
        c.shape(tail, p["hair"], p["hair_edge"])
        c.shape(circle(c.u - p["width"] * 0.86, c.v + 0.36, 0.08), p["other"], p["other_edge"])
    for c in canvas.part(who=_is(canvas, "buns")):
        p = c.p
        bun = circle(
            np.abs(c.u) - p["width"] * 0.78, c.v + p["height"] + 0.02, 0.14 + 0.07 * p["hair_length"]
        )
        c.shape(bun, p["hair"], p["hair_edge"])


def front(canvas: Canvas) -> None:
    """Everything of the cap and the side locks that is not the opening for the face."""
    for c in canvas.part():
        p, u = c.p, np.abs(c.u)
        low, longer = (_of(_TABLE, _STYLES, p["hair_style"], i) for i in (3, 4))
        low = low + longer * p["hair_length"]
        height, more, slope, bend, depth, points = (_of(_FRINGE, _FRINGES, p["fringe"], i) for i in range(6))
        falls = (low > 0.19).astype(np.float32)
        cap = ellipse(c.u, c.v + 0.04, p["width"] + 0.06, p["height"] + 0.08)
        short = (p["hair_style"] == _STYLES.index("short")).astype(np.float32)
        cap = cap - 0.026 * short * wave(c.u * 5.5 + 0.2)  # short hair stands up
        side = box(
            u - 0.03 * wave(c.v * 2.6) * (p["hair_style"] == _STYLES.index("wavy")),
            c.v + 0.15 - low / 2,
            p["width"] + 0.06,
            low / 2 + 0.15,
            0.08,
        )
        outer = np.where(falls * (c.v > 0) > 0, side, np.minimum(cap, np.where(falls > 0, side, 9)))
        hairline = height + more * p["fringe_length"] + slope * (c.u + 0.12) + bend * c.u * c.u
        hairline = hairline - depth * wave(c.u * points + 0.25)
        steep = 1 / np.sqrt(1 + (4 * depth * points) ** 2 + slope * slope)
        opening = np.maximum((hairline - c.v) * steep, u - p["width"] * (0.93 - 0.10 * falls))
        locks = np.maximum(np.maximum(outer, -opening), (c.v - low - 0.12 * (u - p["width"])) * 0.9)
        c.shape(locks, p["hair"], p["hair_edge"])
        # A ring of light around the crown, and a darker rim where the hair turns away.
        ring = c.v + p["height"] * 0.62 - 0.35 * u * u + 0.014 * wave(c.u * 9)
        shine = c.line(ring, 0.028) * c.cover(u - p["width"] * 0.72) * c.cover(locks + 0.03)
        c.paint(shine * np.float32(0.8), p["hair_shine"])
        c.paint(smooth(1 + (cap + 0.02) * 7) * c.cover(locks + 0.022) * np.float32(0.35), p["hair_shade"])
