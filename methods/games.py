"""Games of a critic against fakes, so that a method with many critics' terms can be played by any of them.

Each gives three losses: the critic's on real samples, the critic's on fakes, and that of the network that makes the fakes. Where
a game is not `joint_only`, the critic's two may also be steps of their own. A critic's slope is taken with respect to images in
[0, 1]: for networks that bring them to [-1, 1], as the convolutional families do, it is twice the papers' (losses.SLOPES).
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from methods import noise
from methods.losses import bce, gradient_penalty, slope_penalty

R1 = R2 = 5.0  # gamma / 2
SLOPE = 10.0  # lambda of the gradient penalty


@dataclass(frozen=True)
class Game:
    """critic_real(D, real, smooth), critic_fake(D, real, fake, smooth), maker(D, real, fake), each a scalar."""

    critic_real: Callable[[nn.Module, Tensor, float], Tensor]
    critic_fake: Callable[[nn.Module, Tensor, Tensor, float], Tensor]
    maker: Callable[[nn.Module, Tensor, Tensor], Tensor]
    joint_only: bool = True


def _slope(d: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    share = noise.uniform(len(real), *[1] * (real.dim() - 1))
    return SLOPE * gradient_penalty(d, real, fake, share)


GAMES: dict[str, Callable[[float], Game]] = {  # of the factor on their penalties
    # Goodfellow et al. 2014, non-saturating, with smoothed targets
    "bce": lambda slopes: Game(
        lambda d, real, smooth: bce(d(real), 1 - smooth),
        lambda d, real, fake, smooth: bce(d(fake), smooth),
        lambda d, real, fake: bce(d(fake), 1),
        joint_only=False,
    ),
    # Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4: R1 is what real samples cost alone
    "relativistic": lambda slopes: Game(
        lambda d, real, smooth: slopes * R1 * slope_penalty(d, real),
        lambda d, real, fake, smooth: bce(d(real) - d(fake), 1) + slopes * R2 * slope_penalty(d, fake),
        lambda d, real, fake: bce(d(fake) - d(real), 1),
    ),
    # Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3
    "wasserstein": lambda slopes: Game(
        lambda d, real, smooth: -d(real).mean(),
        lambda d, real, fake, smooth: d(fake).mean() + slopes * _slope(d, real, fake),
        lambda d, real, fake: -d(fake).mean(),
    ),
}


def game(name: str, slopes: float = 1.0) -> Game:
    """Returns the game of that name, its slope penalties times `slopes`. Raises ValueError naming the known ones."""
    if name not in GAMES:
        raise ValueError(f"game = {name!r}: known are {', '.join(GAMES)}")
    return GAMES[name](slopes)
