"""The face: head, ears, neck, blush, nose, mouth, eyes and brows."""

import numpy as np

from datasets._toonfaces.sdf import Array, Canvas, box, circle, ellipse, smooth

_WHITE = np.ones((3, 1, 1, 1), np.float32)
_DARK = np.array([0.10, 0.07, 0.09], np.float32)[:, None, None, None]
_RED = np.array([0.50, 0.10, 0.13], np.float32)[:, None, None, None]
_TONGUE = np.array([0.90, 0.42, 0.42], np.float32)[:, None, None, None]
_AREA = (-0.85, -0.7, 0.85, 0.85)


def outline(c: Canvas) -> Array:
    """Distance to the face: an ellipse that narrows towards the chin."""
    p = c.p
    low = np.clip(c.v / p["height"], 0, 1)
    return ellipse(c.u / (1 - 0.20 * low * low), c.v, p["width"], p["height"])


def neck(canvas: Canvas) -> None:
    """In the shadow of the chin."""
    for c in canvas.part((-0.4, 0.2, 0.4, 1)):
        c.shape(box(c.u, c.v - 0.52, 0.15, 0.26, 0.06), c.p["skin_shade"], c.p["skin_edge"])


def head(canvas: Canvas) -> None:
    """Ears, face, blush and nose."""
    for c in canvas.part(_AREA):
        p, u = c.p, np.abs(c.u)
        c.shape(ellipse(u - p["width"], c.v - 0.10, 0.075, 0.115), p["skin"], p["skin_edge"])
        face = outline(c)
        c.shape(face, p["skin"], p["skin_edge"])
        c.paint(c.cover(face) * smooth((c.v - p["height"] + 0.26) * 3) * 0.8, p["skin_shade"])
        cheek = ellipse(u - p["width"] * 0.66, c.v - 0.25, 0.13, 0.08)
        c.paint(p["blush"] * smooth(0.5 - cheek * 8) * c.cover(face + 0.022), p["blush_colour"])
        nose = ellipse(c.u - 0.012, c.v - 0.245, 0.024, 0.030)
        c.paint(c.cover(nose) * np.float32(0.7), p["skin_edge"])


def mouth(canvas: Canvas) -> None:
    """A parabola that opens downwards, with teeth and tongue where there is room."""
    for c in canvas.part((-0.5, 0.1, 0.5, 0.8)):
        p = c.p
        half = 0.18 - 0.03 * p["mouth_openness"]
        t = c.u / half
        bend = 1 - t * t
        middle = p["height"] * 0.66 - 0.01 + 0.13 * p["mouth_curve"] * (bend - 0.55)
        opening = np.maximum(p["mouth_openness"] - 0.12, 0) * 0.155
        ends = np.abs(c.u) - half
        # Distances across the curves are divided by their steepness, so that the lips keep their thickness.
        slope = 1 / np.sqrt(1 + (0.26 * p["mouth_curve"] * c.u / (half * half)) ** 2)
        upper = (middle - 0.25 * opening * bend - c.v) * slope
        lower = (c.v - middle - opening * bend) * slope
        inside = np.maximum(np.maximum(upper, lower), ends)
        c.paint(np.maximum(c.cover(inside - 0.026), 0), p["lip"])
        within = c.cover(inside) * smooth(opening * 60)
        c.paint(within, _RED)
        tongue = ellipse(c.u, c.v - middle - opening * 1.05, half * 0.62, 0.02 + opening * 0.5)
        c.paint(within * c.cover(tongue), _TONGUE)
        teeth = (c.v - middle + 0.25 * opening * bend - 0.03) * slope
        c.paint(within * c.cover(teeth) * smooth((opening - 0.05) * 30), _WHITE)


def eyes(canvas: Canvas) -> None:
    """White, iris, pupil and glints behind a closing lid, and a lash line that remains when closed."""
    for c in canvas.part((-0.75, -0.4, 0.75, 0.5)):
        p, r = c.p, c.p["eye_r"]
        side, v = np.where(c.u < 0, np.float32(-1), np.float32(1)), c.v - 0.05
        u = np.abs(c.u) - p["eye_u"]
        lid = v - (r - p["eye_open"]) * 0.55  # a closing eye sinks
        white = ellipse(u, lid, r * 0.92, p["eye_open"])
        seen = c.cover(white)
        lash = ellipse(u, lid + 0.030, r * 1.08, p["eye_open"] + 0.028)
        lash = np.maximum(lash, -white)
        lash = np.maximum(lash, lid - 0.25 * p["eye_open"] - 0.012)
        c.paint(seen, _WHITE)
        inner = u * side
        iris = ellipse(inner, v - 0.01, r * 0.66, r * 0.84)
        within = seen * c.cover(iris)
        c.paint(within, p["iris"] * (0.62 + 0.5 * smooth(0.5 + v / r * 0.6)))
        c.paint(within * c.line(iris + 0.012, 0.014), p["iris"] * np.float32(0.35))
        c.paint(seen * c.cover(ellipse(inner, v - 0.01, r * 0.30, r * 0.44)), _DARK)
        c.paint(seen * c.cover(circle(inner + r * 0.26, v + r * 0.36, r * 0.24)), _WHITE)
        c.paint(seen * c.cover(circle(inner - r * 0.28, v - r * 0.42, r * 0.12)) * np.float32(0.8), _WHITE)
        c.paint(c.cover(lash), _DARK)
        c.paint(c.line(white, 0.008) * smooth(p["eye_open"] * 20) * np.float32(0.5), _DARK)


def brows(canvas: Canvas) -> None:
    """Two slightly bent strokes, drawn over the fringe as cartoons do."""
    for c in canvas.part((-0.75, -0.6, 0.75, 0.3)):
        p = c.p
        u = np.abs(c.u) - p["eye_u"]
        half = 0.016 + 0.034 * p["brow_thickness"]
        rise = 0.62 * p["brow_angle"]
        v = c.v - 0.05 + p["eye_r"] + 0.08 + rise * u - 1.1 * u * u * (1 - 0.5 * np.abs(p["brow_angle"]))
        v = v / np.sqrt(1 + rise * rise)
        taper = half * (1 - 0.35 * smooth((u + 0.12) * 4))
        stroke = np.minimum(c.line(v, taper), c.cover(np.abs(u) - 0.15))
        c.paint(stroke, p["brow"])
