"""Cycles: what an update is, and the two helpers that write the usual schedules of critics and producers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle, islice

CRITICS = ("alternating", "joint")
SCHEDULES = (*CRITICS, "simultaneous")  # of a game of one critic and its producers


@dataclass(frozen=True)
class Update:
    """One batch, one forward pass, and the players' gradients, all taken before any of them steps.

    terms: player -> the names of its terms. stream: where batch and noise are drawn from, named by what is trained
    on, never by player. steps: how far it moves the step axis (1 for an update of the producers).
    """

    terms: Mapping[str, tuple[str, ...]]
    stream: str
    steps: int = 0


def critic_updates(critic: str, real: str, fakes: Iterable[str], how: str) -> list[Update]:
    """Lists a critic's updates on one real term against each of `fakes`.

    alternating: the real batch and the fake batch are an optimiser step each (Lazarou's code). joint: one
    step on the sum of both terms per fake, which are drawn together on the fake's stream. As producers step as often as the
    critic (`balanced_cycle`), "alternating" shows it half as many pairs of batches per step of theirs as "joint".
    """
    if how == "joint":
        return [Update({critic: (real, fake)}, stream=fake) for fake in fakes]
    return [Update({critic: (name,)}, stream=name) for fake in fakes for name in (real, fake)]


def game_updates(
    critic: str,
    real: str,
    fake: str,
    producers: Update,
    how: str,
    critic_steps: int = 1,
    generator_steps: int = 0,
) -> list[Update]:
    """Lists the updates of one critic and its producers.

    simultaneous: all players step together, each along its gradient at the same point and on the same batch. Otherwise as
    `critic_updates`, critic_steps times over, then generator_steps updates of the producers (0: as many as the critic's).
    Raises ValueError where players that step together are to step differently often.
    """
    if how == "simultaneous":
        if critic_steps != 1 or generator_steps not in (0, 1):
            raise ValueError("critic_steps and generator_steps are 1 where critic_updates is simultaneous")
        return [Update({critic: (real, fake), **producers.terms}, producers.stream, producers.steps)]
    updates = critic_updates(critic, real, [fake], how) * critic_steps
    return balanced_cycle([updates], producers, generator_steps or None)


def balanced_cycle(
    critics: Iterable[list[Update]], generator: Update, repeats: int | None = None
) -> list[Update]:
    """Repeats each critic's updates to the longest list, then adds as many (or `repeats`) updates of the producers.

    So an ablation never changes who is updated how often.
    """
    lists = [updates for updates in critics if updates]
    longest = max((len(updates) for updates in lists), default=1)
    made = [update for updates in lists for update in islice(cycle(updates), longest)]
    return made + [generator] * (longest if repeats is None else repeats)
