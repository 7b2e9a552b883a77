"""Ladders of learning rates: when a rung is added, who runs again, and who is chosen; nothing is trained."""

import math
from collections.abc import Callable

import pytest

from benchmarks.planning.ladder import Candidate, Ladder

FID, L1 = "fid.fid", "reconstruction.l1"
Value = Callable[[Candidate, int], dict[str, float]]


def searched(
    value: Value, at_most: int = 14, settings: tuple[str, ...] = ("common",), **named: object
) -> Ladder:
    """A search to its end, every run worth `value`."""
    made = Ladder("gan", settings, (0, 1), **{"judged_by": (FID,), "at_most": at_most, **named})
    while asked := made.next():
        for candidate, seed in asked:
            made.scores[candidate, seed] = value(candidate, seed)
    return made


def test_a_ladder_extends_until_the_best_lies_inside() -> None:
    """FID is lowest at rung 3, two beyond the first rungs: rungs -1 to 4 on seed 0, the best three on seed 1."""
    made = searched(lambda c, seed: {FID: 10 + (c.rung - 3) ** 2})
    assert [c.rung for c in made.candidates] == [-1, 0, 1, 2, 3, 4]
    assert sorted(c.rung for c, seed in made.scores if seed == 1) == [2, 3, 4]
    best = made.best()
    assert best is not None and best.rung == 3 and made.inside(best)


def test_a_ladder_without_end_stops_at_the_budget_and_says_so() -> None:
    made = searched(lambda c, seed: {FID: 10.0 - c.rung}, at_most=8)
    best = made.best()
    assert len(made.scores) == 8 and best is not None and not made.inside(best)


def test_the_choice_is_made_on_all_seeds() -> None:
    """Rung 0 is best on seed 0 alone; over both seeds rung 1 is, inside the ladder that seed 0 made."""

    def value(c: Candidate, seed: int) -> dict[str, float]:
        return {FID: {-1: 30.0, 0: (10.0, 50.0)[seed], 1: 12.0, 2: 40.0}[c.rung]}

    made = searched(value)
    best = made.best()
    assert best is not None and best.rung == 1 and made.inside(best)


def test_two_values_join_by_rank() -> None:
    """The mean of the ranks in log FID and L1, whatever their units: 1 and 2 against 2 and 3 and 3 and 1."""
    values = {-1: (5.0, 0.2), 0: (6.0, 0.3), 1: (7.0, 0.1)}
    made = Ladder("vae", ("common",), (0,), (FID, L1), 3)
    for candidate, seed in made.next():
        made.scores[candidate, seed] = dict(zip((FID, L1), values[candidate.rung], strict=True))
    assert [c.rung for c in made.finalists()] == [-1, 1, 0]


def test_what_has_no_value_is_worst_and_no_search_is_chosen_from() -> None:
    made = searched(lambda c, seed: {FID: math.nan if c.rung else 9.0})
    best = made.best()
    assert best is not None and best.rung == 0
    assert searched(lambda c, seed: {FID: math.nan}).best() is None


@pytest.mark.parametrize("settings", [("common",), ("common", "paper")])
def test_every_method_may_spend_the_same(settings: tuple[str, ...]) -> None:
    made = searched(lambda c, seed: {FID: 10 + c.rung**2}, at_most=14, settings=settings)
    assert len(made.scores) == 3 * len(settings) + 3
