"""Games of a critic, so that a method's terms can be played by any of them: cross-entropy, hinge, WGAN-GP and R3GAN.

A sample is what the critic takes: (x,), (z,), or (x, z). The critic raises the scores of one side, `real`, and lowers those of
the other, `fake`. Who makes fakes wants them taken for real. A joint critic's real side is made too:
E wants the opposite.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

from torch import Tensor

from methods import noise
from methods.base import Method, Update, game_updates
from methods.losses import Critic, Sample, bce, gradient_penalty, slope_penalty

R1 = R2 = 5.0  # gamma / 2
SLOPE = 10.0  # lambda of the gradient penalty


class Game(ABC):
    """Four losses, each a scalar: the critic's on real samples and on fakes, and those of who makes either.

    slopes: a factor on the penalties. smooth: the distance of cross-entropy's targets from 1 and 0. together: the critic's two
    are one step. critic_steps: its authors' updates of the critic for each of the producers. penalised: the critic's slopes are,
    so that no norm in it may look at a batch. spectral: it has spectral norm.
    """

    together: ClassVar[bool] = True
    critic_steps: ClassVar[int] = 1
    penalised: ClassVar[bool] = False
    spectral: ClassVar[bool] = False

    def __init__(self, slopes: float = 1.0, smooth: float = 0.0) -> None:
        self.slopes, self.smooth = slopes, smooth

    def updates(
        self,
        critic: str,
        real: str,
        fake: str,
        producers: Update,
        how: str,
        critic_steps: int = 1,
        steps: int = 0,
    ) -> list[Update]:
        """Lists the updates of one critic and its producers as `game_updates` does, the critic's as often as the game asks.

        steps: updates of the producers, 0: as many as the critic's would be without the game's own. Raises ValueError where all
        are to step together in a game whose critic steps more often.
        """
        if how == "simultaneous" and self.critic_steps > 1:
            raise ValueError(
                f"critic_updates = 'simultaneous': the critic of this game has {self.critic_steps} updates to one of the"
                " producers; take 'joint'"
            )
        if self.together and how == "alternating":
            how = "joint"
        if self.critic_steps > 1 and not steps:
            steps = critic_steps
        return game_updates(critic, real, fake, producers, how, critic_steps * self.critic_steps, steps)

    @abstractmethod
    def real(self, d: Critic, real: Sample) -> Tensor: ...

    @abstractmethod
    def fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor: ...

    def makes_fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return -d(*fake).mean()

    def makes_real(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return d(*real).mean()


class CrossEntropy(Game):
    """Goodfellow et al. 2014, non-saturating, with smoothed targets."""

    together = False

    def real(self, d: Critic, real: Sample) -> Tensor:
        return bce(d(*real), 1 - self.smooth)

    def fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*fake), self.smooth)

    def makes_fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*fake), 1)

    def makes_real(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*real), 0)


class Hinge(Game):
    """Miyato et al. 2018, arXiv:1802.05957, Eq. 16 and 17, with spectral norm in the critic."""

    spectral = True

    def real(self, d: Critic, real: Sample) -> Tensor:
        return (1 - d(*real)).relu().mean()

    def fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return (1 + d(*fake)).relu().mean()


class Relativistic(Game):
    """R3GAN: Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4. R1 is what real samples cost alone."""

    penalised = True

    def real(self, d: Critic, real: Sample) -> Tensor:
        return self.slopes * R1 * slope_penalty(d, real)

    def fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*real) - d(*fake), 1) + self.slopes * R2 * slope_penalty(d, fake)

    def makes_fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*fake) - d(*real).detach(), 1)

    def makes_real(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        return bce(d(*fake).detach() - d(*real), 1)


class Wasserstein(Game):
    """WGAN-GP: Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3 and Algorithm 1."""

    penalised = True
    critic_steps = 5

    def real(self, d: Critic, real: Sample) -> Tensor:
        return -d(*real).mean()

    def fake(self, d: Critic, real: Sample, fake: Sample) -> Tensor:
        penalty = gradient_penalty(d, real, fake, noise.uniform(len(real[0])))
        return d(*fake).mean() + self.slopes * SLOPE * penalty


GAMES: dict[str, type[Game]] = {
    "bce": CrossEntropy,
    "hinge": Hinge,
    "relativistic": Relativistic,
    "wasserstein": Wasserstein,
}


def seat(method: Method, critics: tuple[str, ...], played: Game) -> None:
    """Gives the critics of a method what the game asks of them."""
    if not (played.penalised or played.spectral):
        return
    seated = {
        name: replace(method.roles[name], batch_independent=True, spectral=played.spectral)
        for name in critics
    }
    method.roles = {**method.roles, **seated}  # type: ignore[misc]
    # an output's bias adds the same to real and fake, and to no slope; within a hinge they cancel
    biases = tuple(f"{name}.last" for name in critics)
    if played.penalised:
        method.unreached = (*method.unreached, *biases)  # type: ignore[misc]
    else:
        method.seldom_reached = (*method.seldom_reached, *biases)  # type: ignore[misc]


def game(name: str, slopes: float = 1.0, smooth: float = 0.0) -> Game:
    """Returns the game of that name. Raises ValueError naming the known ones."""
    if name not in GAMES:
        raise ValueError(f"game = {name!r}: known are {', '.join(GAMES)}")
    return GAMES[name](slopes, smooth)
