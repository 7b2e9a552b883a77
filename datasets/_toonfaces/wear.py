"""What is worn, and the background: clothes, glasses, hat, ribbon, earrings."""

import numpy as np

from datasets._toonfaces.factors import FACTORS
from datasets._toonfaces.sdf import Array, Canvas, box, circle, ellipse, segment, smooth

_LEVELS = {f.name: f.levels for f in FACTORS}
_FRAME = np.array([0.16, 0.13, 0.16], np.float32)[:, None, None, None]
_GLASS = np.array([0.86, 0.94, 1.0], np.float32)[:, None, None, None]
_SHADE = np.array([0.12, 0.11, 0.15], np.float32)[:, None, None, None]
_GOLD = np.array([1.0, 0.82, 0.25], np.float32)[:, None, None, None]
_GOLD_EDGE = _GOLD * np.float32(0.55)
_WHITE = np.ones((3, 1, 1, 1), np.float32)


def _who(c: Canvas, name: str, *levels: str) -> Array:
    return np.isin(c.p[name][:, 0, 0], [_LEVELS[name].index(level) for level in levels])


def background(c: Canvas) -> None:
    """A wall, lighter where the light falls."""
    light = 1.06 - 0.16 * (c.y + 1) / 2 - 0.05 * c.x
    np.minimum(c.p["background"] * light, 1, out=c.rgb)


def clothes(canvas: Canvas) -> None:
    """Shoulders with one of four collars; the body moves with the head but does not tilt."""
    area = (-1.0, 0.3, 1.0, 1.0)
    for c in canvas.part(area):
        p = c.p
        u, v = c.x - p["shift_x"] * 0.8, c.y - p["shift_y"]
        c.shape(ellipse(u, v - 1.20, 0.62 + 0.4 * p["width"], 0.58), p["cloth"], p["cloth_edge"])
        fold = ellipse(np.abs(u) - 0.52, v - 1.05, 0.05, 0.22)
        c.paint(c.cover(fold) * np.float32(0.5), p["cloth_edge"])
    for c in canvas.part(area, _who(canvas, "clothes", "crew")):
        p = c.p
        u, v = c.x - p["shift_x"] * 0.8, c.y - p["shift_y"]
        c.shape(ellipse(u, v - 0.62, 0.27, 0.15), p["cloth_light"], p["cloth_edge"])
        c.paint(c.cover(ellipse(u, v - 0.60, 0.22, 0.11)), p["skin_shade"])
    for c in canvas.part(area, _who(canvas, "clothes", "vneck")):
        p = c.p
        u, v = np.abs(c.x - p["shift_x"] * 0.8), c.y - p["shift_y"]
        neck = np.maximum((u * 1.6 + v - 0.96) / np.float32(1.887), 0.5 - v)
        c.shape(neck - 0.04, p["cloth_light"], p["cloth_edge"])
        c.paint(c.cover(neck), p["skin"])
    for c in canvas.part(area, _who(canvas, "clothes", "collar")):
        p = c.p
        u, v = np.abs(c.x - p["shift_x"] * 0.8), c.y - p["shift_y"]
        c.shape(np.maximum(u - 0.055 - 0.12 * (v - 0.68), 0.66 - v), p["other"], p["other_edge"])
        c.shape(segment(u - 0.24, v - 0.58, -0.17, 0.13, 0.075), _WHITE * np.float32(0.96), p["cloth_edge"])
    for c in canvas.part(area, _who(canvas, "clothes", "hood")):
        p = c.p
        u, v = np.abs(c.x - p["shift_x"] * 0.8), c.y - p["shift_y"]
        c.shape(ellipse(u, v - 0.60, 0.44, 0.20), p["cloth"], p["cloth_edge"])
        c.shape(ellipse(u, v - 0.56, 0.26, 0.13), p["cloth_edge"], p["cloth_edge"])
        c.paint(c.cover(segment(u - 0.13, v - 0.70, 0.01, 0.16, 0.018)), _WHITE)


def glasses(canvas: Canvas) -> None:
    """Round or square frames, or dark ones."""
    area = (-0.85, -0.4, 0.85, 0.55)
    for level in _LEVELS["glasses"][1:]:
        for c in canvas.part(area, _who(canvas, "glasses", level)):
            p = c.p
            size = p["eye_r"] * 0.55 + 0.085
            u, v = np.abs(c.u) - p["eye_u"] - 0.012, c.v - 0.06
            if level == "round":
                lens = circle(u, v, size * 1.12)
            elif level == "square":
                lens = box(u, v, size * 1.16, size * 0.92, 0.035)
            else:
                lens = box(u, v - 0.02, size * 1.22, size * 0.98, 0.09)
            arm = box(np.abs(c.u) - p["width"], v + 0.02, p["width"] - p["eye_u"] - size * 1.1, 0.016)
            bridge = box(c.u, v + 0.02, np.maximum(p["eye_u"] - size * 1.05, 0.01), 0.016)
            c.paint(np.maximum(c.cover(arm), c.cover(bridge)), _FRAME)
            if level == "dark":
                c.paint(c.cover(lens), _SHADE)
                glint = segment(u + size * 0.5, v + size * 0.15, size * 0.35, -size * 0.45, 0.022)
                c.paint(c.cover(np.maximum(glint, lens + 0.03)) * np.float32(0.55), _GLASS)
            else:
                c.paint(c.cover(lens) * np.float32(0.16), _GLASS)
                c.paint(c.line(lens, 0.021), _FRAME)


def earrings(canvas: Canvas) -> None:
    """A stud, or a drop on a hook, at the lobes, in front of the hair."""
    area = (-0.9, -0.2, 0.9, 0.75)
    for c in canvas.part(area, _who(canvas, "earrings", "stud")):
        u = np.abs(c.u) - c.p["width"] - 0.015
        c.shape(circle(u, c.v - 0.22, 0.055), _GOLD, _GOLD_EDGE)
    for c in canvas.part(area, _who(canvas, "earrings", "drop")):
        u = np.abs(c.u) - c.p["width"] - 0.015
        c.shape(segment(u, c.v - 0.18, 0.0, 0.08, 0.022), _GOLD, _GOLD_EDGE)
        c.shape(ellipse(u, c.v - 0.34, 0.06, 0.085), _GOLD, _GOLD_EDGE)


def hat(canvas: Canvas) -> None:
    """A cap with a peak, a knitted hat with a bobble, or one with a brim and a band."""
    area = (-1.0, -1.0, 1.0, 0.3)
    for c in canvas.part(area, _who(canvas, "hat", "cap")):
        p = c.p
        v = c.v + p["height"] * 0.55
        dome = np.maximum(ellipse(c.u, v, p["width"] + 0.09, 0.36), v)
        c.shape(dome, p["cloth"], p["cloth_edge"])
        c.shape(circle(c.u, v + 0.35, 0.04), p["other"], p["other_edge"])
        c.shape(circle(c.u, v + 0.15, 0.085), p["cloth_light"], p["cloth_edge"])
        peak = np.maximum(ellipse(c.u, v + 0.03, p["width"] + 0.06, 0.17), -v - 0.02)
        c.shape(peak, p["other"], p["other_edge"])
    for c in canvas.part(area, _who(canvas, "hat", "beanie")):
        p = c.p
        v = c.v + p["height"] * 0.50
        c.shape(circle(c.u, v + 0.44, 0.115), p["cloth_light"], p["cloth_edge"])
        dome = np.maximum(ellipse(c.u, v, p["width"] + 0.09, 0.40), v)
        c.shape(dome, p["cloth"], p["cloth_edge"])
        c.paint(
            c.cover(dome + 0.02) * smooth(4 * np.abs(c.u % 0.2 - 0.1) * 5 - 1) * np.float32(0.2),
            p["cloth_edge"],
        )
        c.shape(box(c.u, v + 0.03, p["width"] + 0.11, 0.085, 0.05), p["cloth_light"], p["cloth_edge"])
    for c in canvas.part(area, _who(canvas, "hat", "brim")):
        p = c.p
        v = c.v + p["height"] * 0.56
        dome = np.maximum(box(c.u, v + 0.14, p["width"] * 0.86, 0.27, 0.18), v)
        c.shape(dome, p["cloth"], p["cloth_edge"])
        c.paint(c.cover(np.maximum(dome + 0.02, np.abs(v + 0.17) - 0.045)), p["other"])
        c.shape(
            ellipse(c.u, v + 0.08 - 0.2 * c.u * c.u, p["width"] + 0.27, 0.085),
            p["cloth"],
            p["cloth_edge"],
        )


def ribbon(canvas: Canvas) -> None:
    """A bow at one side of the head."""
    for level, sign in (("left", -1.0), ("right", 1.0)):
        for c in canvas.part((-1.0, -1.0, 1.0, 0.3), _who(canvas, "ribbon", level)):
            p = c.p
            u = (c.u * np.float32(sign) - p["width"] * 0.70) * np.float32(0.85)
            v = c.v + p["height"] * 0.80
            u, v = u + 0.55 * v, v - 0.55 * u
            wing = np.maximum(np.abs(v) - 0.03 - 0.55 * np.abs(u), np.abs(u) - 0.22)
            c.shape(wing * np.float32(0.8), p["other"], p["other_edge"], 0.03)
            c.shape(circle(u, v, 0.065), p["other"], p["other_edge"], 0.03)
