"""Weights over the run: the forms that are read, and their values."""

import math

import pytest

from benchmarks.planning.schedule import Schedule


def test_numbers_are_constant() -> None:
    for value in (10, 10.0, "10", "1e1"):
        made = Schedule.parse(value)
        assert made == Schedule("constant", 10.0, 10.0) and made.ever
        assert made.at(0) == made.at(0.3) == made.at(1) == 10
    assert not Schedule.parse(0).ever


def test_linear_and_cosine_have_the_ends_they_name() -> None:
    for shape in ("linear", "cosine"):
        made = Schedule.parse(f"{shape}:10:2")
        assert made.at(0) == 10 and made.at(1) == pytest.approx(2) and made.at(0.5) == pytest.approx(6)
    assert Schedule.parse("linear:0:4").at(0.25) == 1
    assert Schedule.parse("cosine:0:4").at(0.25) == pytest.approx(4 * (1 - math.cos(math.pi / 4)) / 2)
    assert Schedule.parse("linear:0:1").ever and Schedule.parse("linear:1:0").ever


@pytest.mark.parametrize(
    "text",
    ["", "much", "linear", "linear:1", "linear:1:2:3", "cosine:a:1", "step:1:0", "nan", "linear:0:inf"],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a number, linear:FIRST:LAST or cosine:FIRST:LAST"):
        Schedule.parse(text)
