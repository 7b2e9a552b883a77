"""Three densities in the plane on which Soft-IntroVAE was tuned (Daniel & Tamar 2021, arXiv:2012.13253), as its code draws them.

They are those of the literature on normalising flows; the fourth is `gaussians8` of mixtures.py. The authors draw afresh in
every iteration; here it is once for all, a million training points. `extent` is the window of their scores.
"""

from typing import Any, ClassVar

import numpy as np

from datasets._planar import Planar

_PLACES = 128  # angles of a ring, as in the authors' batch of 512


class _Density(Planar):
    extent = 4.0
    defaults: ClassVar[dict[str, Any]] = {**Planar.defaults, "n_train": 1_000_000, "n_test": 12_800}

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.Generator(np.random.PCG64(seed))
        parts = rng.integers(self.parts, size=n)
        return self.of(parts, rng), parts

    def of(self, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws points [n, 2] of these components."""
        raise NotImplementedError


class Spirals2(_Density):
    """Two arms of one and a half turns, uniform noise of 0.5 / 3 along them, normal noise of 0.1."""

    name = "spirals2"
    parts = 2
    title = "2 spirals"
    summary = "two interleaved spirals with noise (Soft-IntroVAE's)"

    def of(self, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n, sign = len(parts), 1 - 2 * parts[:, None]
        turn = np.sqrt(rng.random((n, 1))) * 3 * np.pi
        arm = np.concatenate([-np.cos(turn), np.sin(turn)], 1) * turn + rng.random((n, 2)) / 2
        return sign * arm / 3 + 0.1 * rng.standard_normal((n, 2))


class Checkerboard(_Density):
    """The black squares, of side 2, of a board of 4 x 4."""

    name = "checkerboard"
    parts = 8
    title = "Checkerboard"
    summary = "8 of 16 squares, uniform (Soft-IntroVAE's)"

    def of(self, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        column, upper = parts // 2, parts % 2
        corner = np.stack([column - 2, column % 2 - 2 * upper], 1)
        return 2 * (corner + rng.random((len(parts), 2)))


class Rings4(_Density):
    """Concentric circles of radius 0.75, 1.5, 2.25 and 3, normal noise of 0.08."""

    name = "rings4"
    parts = 4
    title = "4 rings"
    summary = "four concentric circles with noise (Soft-IntroVAE's)"

    def of(self, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        turn, radius = rng.integers(_PLACES, size=len(parts)) * (2 * np.pi / _PLACES), 0.75 * (parts + 1)
        circle = np.stack([np.cos(turn), np.sin(turn)], 1) * radius[:, None]
        return circle + 0.08 * rng.standard_normal((len(parts), 2))
