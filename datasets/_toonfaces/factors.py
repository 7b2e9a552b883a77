"""What varies from face to face: independent factors of known distribution, and how they are drawn."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Factor:
    """Continuous and uniform in [low, high], or categorical: an index into `levels`, drawn by `weights`."""

    name: str
    low: float = 0.0
    high: float = 1.0
    levels: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        """ "categorical" where there are levels, else "continuous"."""
        return "categorical" if self.levels else "continuous"

    def from_uniform(self, uniform: np.ndarray) -> np.ndarray:
        """Values of the factor for numbers uniform in [0, 1)."""
        if not self.levels:
            return self.low + (self.high - self.low) * uniform
        edges = np.cumsum(self.weights)[:-1] / np.sum(self.weights)
        return np.searchsorted(edges, uniform, side="right").astype(float)

    def to_valid(self, values: np.ndarray) -> np.ndarray:
        """The nearest values that the renderer knows: clipped, and rounded to an index if categorical."""
        if not self.levels:
            return np.clip(values, self.low, self.high)
        return np.clip(np.rint(values), 0, len(self.levels) - 1)


def _choice(name: str, **levels: float) -> Factor:
    return Factor(name, 0.0, len(levels) - 1.0, tuple(levels), tuple(levels.values()))


FACTORS: tuple[Factor, ...] = (
    _choice("hair_colour", black=14, brown=15, blond=14, red=11, gray=9, blue=10, pink=10, green=8, purple=9),
    Factor("hair_light", -1, 1),
    _choice("hair_style", short=20, bob=16, long=18, wavy=12, curly=8, twintails=10, ponytail=9, buns=7),
    Factor("hair_length"),
    _choice("fringe", none=22, straight=28, parted=26, spiky=24),
    Factor("fringe_length"),
    Factor("skin"),  # 0 the palest, 1 the darkest
    Factor("face_width"),
    Factor("face_height"),
    Factor("eye_size"),
    _choice("eye_colour", brown=25, blue=21, green=18, amber=13, red=11, violet=12),
    Factor("eye_spacing"),
    Factor("eye_openness"),  # 0 closed
    Factor("brow_angle", -1, 1),  # -1 worried, 1 angry
    Factor("brow_thickness"),
    Factor("mouth_curve", -1, 1),  # -1 sad, 1 smiling
    Factor("mouth_openness"),
    Factor("blush"),
    _choice("glasses", none=70, round=11, square=10, dark=9),
    _choice("hat", none=70, cap=10, beanie=11, brim=9),
    _choice("ribbon", none=76, left=12, right=12),
    _choice("earrings", none=72, stud=14, drop=14),
    Factor("shift_x", -1, 1),
    Factor("shift_y", -1, 1),
    Factor("tilt", -1, 1),  # 1 is 12 degrees clockwise
    Factor("background_hue"),  # from red over green and blue to magenta; the ends differ
    Factor("background_light"),
    _choice("clothes", crew=28, vneck=24, collar=24, hood=24),
    Factor("clothes_hue"),  # hats and ribbons follow it
)
FACTOR_NAMES: tuple[str, ...] = tuple(factor.name for factor in FACTORS)


def sample(seed: int, stream: int, n: int, chunk: int = 1024, fixed: str = "") -> Iterator[np.ndarray]:
    """n rows of factors, float32 [<= chunk, F]; a row depends on (seed, stream, fixed) and its number only.

    fixed: see `held`; faces with other fixed factors are other faces, so that two domains are never paired.
    """
    own = [zlib.crc32(fixed.encode())] if fixed else []
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream, *own])))
    values = held(fixed)
    for start in range(0, n, chunk):
        uniform = rng.random((min(chunk, n - start), len(FACTORS)))
        columns = [
            np.full(len(uniform), values[factor.name])
            if factor.name in values
            else factor.from_uniform(uniform[:, i])
            for i, factor in enumerate(FACTORS)
        ]
        yield np.stack(columns, 1).astype(np.float32)


def held(fixed: str) -> dict[str, float]:
    """Factor -> value of `hair_colour=blond, skin=0.2`. Raises ValueError naming what is known."""
    made: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in fixed.split(","))):
        name, _, value = (each.strip() for each in part.partition("="))
        factor = next((factor for factor in FACTORS if factor.name == name), None)
        if factor is None:
            known = ", ".join(FACTOR_NAMES)
            raise ValueError(
                f"toonfaces: fixed={fixed!r}: unknown factor {name!r}; write FACTOR=VALUE, known: {known}"
            )
        try:
            made[name] = float(factor.levels.index(value) if factor.levels else value)
        except ValueError:
            known = ", ".join(factor.levels) or f"numbers from {factor.low:g} to {factor.high:g}"
            raise ValueError(f"toonfaces: fixed: {name}={value!r}; known: {known}") from None
        if not factor.low <= made[name] <= factor.high:
            raise ValueError(
                f"toonfaces: fixed: {name}={value} is not from {factor.low:g} to {factor.high:g}"
            )
    return made


def canonical(fixed: str) -> str:
    """The same in the order of FACTORS and without spaces: one name for one domain. Raises ValueError as `held`."""
    known = {factor.name: factor.levels for factor in FACTORS}
    text = {k: known[k][int(v)] if known[k] else f"{v:g}" for k, v in held(fixed).items()}
    return ",".join(f"{name}={text[name]}" for name in FACTOR_NAMES if name in text)


def as_columns(factors: np.ndarray) -> dict[str, np.ndarray]:
    """Name -> float64 [n] of valid values, for factors [n, F] from anywhere (a regressor, say)."""
    if factors.ndim != 2 or factors.shape[1] != len(FACTORS):
        raise ValueError(f"factors of shape {factors.shape}; expected [n, {len(FACTORS)}]")
    return {f.name: f.to_valid(factors[:, i].astype(np.float64)) for i, f in enumerate(FACTORS)}
