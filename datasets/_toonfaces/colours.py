"""The palettes: colours [n, 3] in [0, 1] from factors."""

import numpy as np

HAIR = {
    "black": (0.13, 0.12, 0.16),
    "brown": (0.42, 0.25, 0.14),
    "blond": (0.95, 0.80, 0.40),
    "red": (0.80, 0.26, 0.14),
    "gray": (0.74, 0.76, 0.80),
    "blue": (0.25, 0.42, 0.85),
    "pink": (0.96, 0.56, 0.70),
    "green": (0.26, 0.62, 0.38),
    "purple": (0.52, 0.33, 0.72),
}
EYES = {
    "brown": (0.45, 0.26, 0.12),
    "blue": (0.16, 0.46, 0.90),
    "green": (0.16, 0.62, 0.28),
    "amber": (0.92, 0.66, 0.12),
    "red": (0.82, 0.14, 0.18),
    "violet": (0.54, 0.26, 0.80),
}
_SKIN = np.array(
    [(1.0, 0.90, 0.84), (0.98, 0.81, 0.69), (0.90, 0.68, 0.51), (0.70, 0.48, 0.33), (0.45, 0.29, 0.20)]
)


def pick(palette: dict[str, tuple[float, float, float]], index: np.ndarray) -> np.ndarray:
    """The palette's colours at the given indices."""
    return np.array(list(palette.values()))[index.astype(int)]


def skin(tone: np.ndarray) -> np.ndarray:
    """From pale to dark, linear between five stops."""
    stops = np.linspace(0, 1, len(_SKIN))
    return np.stack([np.interp(tone, stops, _SKIN[:, i]) for i in range(3)], 1)


def rainbow(hue: np.ndarray, saturation: np.ndarray | float, value: np.ndarray | float) -> np.ndarray:
    """HSV to RGB for hue in [0, 1], which stops at magenta so that the two ends differ."""
    turn = 0.86 * hue[:, None] * 6 + np.array([5.0, 3.0, 1.0])
    turn = turn % 6
    drop = np.clip(np.minimum(turn, 4 - turn), 0, 1)
    saturation, value = (np.broadcast_to(a, hue.shape)[:, None] for a in (saturation, value))
    return value - value * saturation * drop


def mix(a: np.ndarray, b: np.ndarray | float, share: np.ndarray | float) -> np.ndarray:
    """a with a share of b."""
    share = np.asarray(share)
    share = share[:, None] if share.ndim == 1 else share
    return a + (b - a) * share
