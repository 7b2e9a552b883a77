"""Forty binary attributes in the manner of CelebA's, each a rule on the factors."""

from collections.abc import Callable

import numpy as np

from datasets._toonfaces.factors import FACTORS, as_columns

Columns = dict[str, np.ndarray]
Rule = Callable[[Columns], np.ndarray]

_LEVELS = {f.name: f.levels for f in FACTORS}


def _is(name: str, *levels: str) -> Rule:
    wanted = [_LEVELS[name].index(level) for level in levels]
    return lambda c: np.isin(c[name], wanted)


def _above(name: str, bound: float) -> Rule:
    return lambda c: c[name] > bound


def _below(name: str, bound: float) -> Rule:
    return lambda c: c[name] < bound


def _both(*rules: Rule) -> Rule:
    return lambda c: np.all([rule(c) for rule in rules], 0)


def _not(rule: Rule) -> Rule:
    return lambda c: ~rule(c)


_dark_glasses = _is("glasses", "dark")  # they hide the eyes, so that nothing can be said of them
_falls = _is("hair_style", "bob", "long", "wavy")  # hair that hangs down

ATTRIBUTES: dict[str, Rule] = {
    "Arched_Eyebrows": _below("brow_angle", -0.4),
    "Angry_Eyebrows": _above("brow_angle", 0.4),
    "Bangs": _not(_is("fringe", "none")),
    "Big_Eyes": _both(_above("eye_size", 0.6), _not(_dark_glasses)),
    "Black_Hair": _is("hair_colour", "black"),
    "Blond_Hair": _is("hair_colour", "blond"),
    "Blue_Eyes": _both(_is("eye_colour", "blue"), _above("eye_openness", 0.2), _not(_dark_glasses)),
    "Blue_Hair": _is("hair_colour", "blue"),
    "Brown_Eyes": _both(_is("eye_colour", "brown"), _above("eye_openness", 0.2), _not(_dark_glasses)),
    "Brown_Hair": _is("hair_colour", "brown"),
    "Bushy_Eyebrows": _above("brow_thickness", 0.65),
    "Chubby": _both(_above("face_width", 0.6), _below("face_height", 0.5)),
    "Curly_Hair": _is("hair_style", "curly"),
    "Dark_Background": _below("background_light", 0.35),
    "Dark_Skin": _above("skin", 0.7),
    "Eyeglasses": _not(_is("glasses", "none")),
    "Eyes_Closed": _both(_below("eye_openness", 0.2), _not(_dark_glasses)),
    "Frowning": _below("mouth_curve", -0.35),
    "Gray_Hair": _is("hair_colour", "gray"),
    "Green_Eyes": _both(_is("eye_colour", "green"), _above("eye_openness", 0.2), _not(_dark_glasses)),
    "Green_Hair": _is("hair_colour", "green"),
    "Hair_Buns": _is("hair_style", "buns"),
    "Head_Tilted": lambda c: np.abs(c["tilt"]) > 0.5,
    "Long_Hair": _both(_is("hair_style", "long", "wavy"), _above("hair_length", 0.3)),
    "Mouth_Slightly_Open": _above("mouth_openness", 0.25),
    "Mouth_Wide_Open": _above("mouth_openness", 0.7),
    "Narrow_Eyes": _both(_below("eye_openness", 0.45), _not(_dark_glasses)),
    "Oval_Face": _both(_below("face_width", 0.5), _above("face_height", 0.5)),
    "Pale_Skin": _below("skin", 0.3),
    "Pink_Hair": _is("hair_colour", "pink"),
    "Red_Hair": _is("hair_colour", "red"),
    "Rosy_Cheeks": _above("blush", 0.5),
    "Smiling": _above("mouth_curve", 0.2),
    "Straight_Hair": _both(_falls, _not(_is("hair_style", "wavy"))),
    "Twintails": _is("hair_style", "twintails"),
    "Wearing_Earrings": _not(_is("earrings", "none")),
    "Wearing_Hat": _not(_is("hat", "none")),
    "Wearing_Hood": _is("clothes", "hood"),
    "Wearing_Necktie": _is("clothes", "collar"),
    "Wearing_Ribbon": _not(_is("ribbon", "none")),
}
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(ATTRIBUTES)


def attributes(factors: np.ndarray) -> np.ndarray:
    """uint8 [n, 40] of zeros and ones for factors [n, F]."""
    columns = as_columns(factors)
    return np.stack([rule(columns) for rule in ATTRIBUTES.values()], 1).astype(np.uint8)
