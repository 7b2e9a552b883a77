"""Signed distances to simple shapes, negative inside, and a canvas that paints what they cover.

Arrays carry the images on axis -3 and the pixels on the last two. Only + - * / sqrt, minima and maxima act on
pixels, so the same factors give the same bits on every machine and in every batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray
Params = dict[str, Array]  # numbers [n, 1, 1], colours [3, n, 1, 1]
Box = tuple[float, float, float, float]  # left, top, right, bottom in the image's own units
WHOLE: Box = (-1, -1, 1, 1)


def circle(u: Array, v: Array, r: Array | float) -> Array:
    """Distance to a circle about the origin."""
    return np.sqrt(u * u + v * v) - r


def ellipse(u: Array, v: Array, rx: Array | float, ry: Array | float) -> Array:
    """Distance to an ellipse, exact to first order near its edge."""
    rx, ry = 1 / rx, 1 / ry
    a, b = u * rx, v * ry
    k = np.sqrt(a * a + b * b + 1e-12)
    a *= rx
    b *= ry
    return k * (k - 1) / np.sqrt(a * a + b * b + 1e-12)


def box(u: Array, v: Array, rx: Array | float, ry: Array | float, corner: Array | float = 0.0) -> Array:
    """Distance to a box with rounded corners."""
    a = np.abs(u) - (rx - corner)
    b = np.abs(v) - (ry - corner)
    inside = np.minimum(np.maximum(a, b), 0)
    a, b = np.maximum(a, 0), np.maximum(b, 0)
    return np.sqrt(a * a + b * b) + inside - corner


def segment(u: Array, v: Array, ux: Array | float, vy: Array | float, r: Array | float) -> Array:
    """Distance to a thick line with round ends from the origin to (ux, vy)."""
    along = np.clip((u * ux + v * vy) / (ux * ux + vy * vy), 0, 1)
    return circle(u - along * ux, v - along * vy, r)


def wave(t: Array) -> Array:
    """A rounded triangle wave of period 1 between -1 and 1, without trigonometry."""
    t = t - np.floor(t)
    t = 1 - np.abs(4 * t - 2)  # the triangle
    return t * (1.5 - 0.5 * t * t)


def smooth(t: Array) -> Array:
    """0 below 0, 1 above 1, a smooth step between."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


@dataclass
class Canvas:
    """A batch of images, or a window of some of them, with the coordinates of its pixels."""

    rgb: Array  # float32 [3, n, h, w] in [0, 1], painted in place
    x: Array  # [1, 1, w] image units, right
    y: Array  # [1, h, 1] image units, down
    u: Array  # [n, h, w] the head's own, which moves and tilts
    v: Array  # [n, h, w]
    pixel: float  # side of a pixel in image units
    p: Params

    def cover(self, distance: Array) -> Array:
        """Share of each pixel inside the shape."""
        return np.clip(0.5 - distance / np.float32(self.pixel), 0, 1)

    def line(self, distance: Array, half: Array | float) -> Array:
        """Share of each pixel covered by a line of half width `half`, also where that is below a pixel."""
        most = np.minimum(1, 2 * half / np.float32(self.pixel))
        return np.clip(0.5 + (half - np.abs(distance)) / np.float32(self.pixel), 0, most)

    def paint(self, cover: Array, colour: Array) -> None:
        """Blend a colour [3, n or 1, h or 1, w or 1] over what is there."""
        assert cover.dtype == colour.dtype == np.float32
        for channel, target in zip(self.rgb, colour, strict=True):
            channel += cover * (target - channel)

    def shape(self, distance: Array, colour: Array, edge: Array, width: float = 0.022) -> None:
        """Fill a shape and draw its edge inside it."""
        self.paint(self.cover(distance), edge)
        self.paint(self.cover(distance + np.float32(width)), colour)

    def part(self, area: Box = WHOLE, who: Array | None = None) -> Iterator["Canvas"]:
        """Once (or never, if nobody is concerned) a canvas for a window of the images `who` [n]."""
        h, w = len(self.y[0]), self.x.shape[-1]
        left, right = (
            int(np.clip(side / self.pixel + w / 2, 0, w)) for side in (area[0], area[2] + self.pixel)
        )
        top, bottom = (
            int(np.clip(side / self.pixel + h / 2, 0, h)) for side in (area[1], area[3] + self.pixel)
        )
        rows, columns = slice(top, bottom), slice(left, right)
        window = replace(
            self,
            rgb=self.rgb[..., rows, columns],
            x=self.x[..., columns],
            y=self.y[:, rows],
            u=self.u[..., rows, columns],
            v=self.v[..., rows, columns],
        )
        if who is None or who.all():
            yield window
        elif who.any():
            some = np.flatnonzero(who)
            params = {name: value[..., some, :, :] for name, value in self.p.items()}
            rgb = window.rgb[:, some]
            yield replace(window, rgb=rgb, u=window.u[some], v=window.v[some], p=params)
            window.rgb[:, some] = rgb
