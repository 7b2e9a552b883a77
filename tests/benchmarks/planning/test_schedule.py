"""Weights over the run: the forms that are read, and their values."""

import math

import pytest

from benchmarks.planning.schedule import Schedule


def test_numbers_are_constant() -> None:
    for value in (10, 10.0, "10", "1e1"):
        made = Schedule.parse(value)
        assert made == Schedule("constant", 10.0, 10.0) and made.ever
        assert made.at(0, 10) == made.at(3, 10) == made.at(10, 10) == 10
    assert not Schedule.parse(0).ever


def test_linear_and_cosine_have_the_ends_they_name() -> None:
    for shape in ("linear", "cosine"):
        made = Schedule.parse(f"{shape}:10:2")
        assert made.at(0, 8) == 10 and made.at(8, 8) == pytest.approx(2)
        assert made.at(4, 8) == pytest.approx(6)
    assert Schedule.parse("linear:0:4").at(2, 8) == 1
    assert Schedule.parse("cosine:0:4").at(2, 8) == pytest.approx(4 * (1 - math.cos(math.pi / 4)) / 2)
    assert Schedule.parse("linear:0:1").ever and Schedule.parse("linear:1:0").ever


def test_a_weight_is_switched_at_a_step_whatever_the_budget() -> None:
    made = Schedule.parse("switch:3:0:1e-8")
    assert [made.at(step, 100) for step in (0, 2, 3, 100)] == [0, 0, 1e-8, 1e-8] and made.ever
    assert made.at(3, 4) == 1e-8 and not Schedule.parse("switch:3:0:0").ever


@pytest.mark.parametrize(
    "text",
    [
        "",
        "much",
        "linear",
        "linear:1",
        "linear:1:2:3",
        "cosine:a:1",
        "step:1:0",
        "switch:0:1",
        "switch:1.5:0:1",
        "nan",
        "linear:0:inf",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match="write a number, linear:FIRST:LAST, cosine:FIRST:LAST or switch:STEP"
    ):
        Schedule.parse(text)
