"""Mixtures in the plane on which mode collapse is counted: PacGAN's ring and grid, ALICE's five, Soft-IntroVAE's eight."""

from typing import Any, ClassVar

import numpy as np

from datasets._planar import Planar


class _Mixture(Planar):
    modes: np.ndarray
    mode_std: float

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.Generator(np.random.PCG64(seed))
        parts = rng.integers(len(self.modes), size=n)
        return self.modes[parts] + self.mode_std * rng.standard_normal((n, 2)), parts


_TURN = np.arange(8) * (2 * np.pi / 8)
_LINE = np.arange(-4.0, 5.0, 2.0)


class Ring8(_Mixture):
    """8 Gaussians on the unit circle, standard deviation 0.01."""

    name = "ring8"
    parts = 8
    title = "2D ring"
    summary = "8 narrow Gaussians on a circle of radius 1"
    modes: ClassVar[np.ndarray] = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)  # type: ignore[misc]
    mode_std = 0.01


class Grid25(_Mixture):
    """25 Gaussians at {-4, -2, 0, 2, 4} squared, standard deviation 0.05."""

    name = "grid25"
    parts = 25
    title = "2D grid"
    summary = "25 narrow Gaussians on a square grid"
    modes: ClassVar[np.ndarray] = np.stack(np.meshgrid(_LINE, _LINE), -1).reshape(25, 2)  # type: ignore[misc]
    mode_std = 0.05


class Gaussians5(_Mixture):
    """5 Gaussians at the origin and at (+-2, +-2), variance 0.04 (Li et al. 2017, as their code has it)."""

    name = "gaussians5"
    parts = 5
    title = "Five Gaussians"
    summary = "5 Gaussians, one at the origin and four around it (ALICE's toy)"
    defaults: ClassVar[dict[str, Any]] = {**Planar.defaults, "n_train": 2048, "n_test": 1024}
    modes: ClassVar[np.ndarray] = np.array(  # type: ignore[misc]
        [[0.0, 0.0], [2.0, 2.0], [-2.0, -2.0], [2.0, -2.0], [-2.0, 2.0]]
    )
    mode_std = 0.2


class Gaussians8(_Mixture):
    """8 Gaussians on a circle of radius 2 / 1.414, standard deviation 0.02 / 1.414, as Soft-IntroVAE's code has them."""

    name = "gaussians8"
    parts = 8
    title = "8 Gaussians"
    summary = "8 narrow Gaussians on a circle of radius 1.4 (Soft-IntroVAE's)"
    extent = 2.0
    defaults: ClassVar[dict[str, Any]] = {**Planar.defaults, "n_train": 1_000_000, "n_test": 12_800}
    modes: ClassVar[np.ndarray] = Ring8.modes * (2 / 1.414)  # type: ignore[misc]
    mode_std = 0.02 / 1.414
