"""A term's weight over the run: constant, or falling linearly or as a cosine (the curriculum that Lazarou 2020 suggests).

Written as a number, or as `linear:10:0` and `cosine:10:0` for first and last value.
"""

import math
from dataclasses import dataclass

SHAPES = ("constant", "linear", "cosine")


@dataclass(frozen=True)
class Schedule:
    """The weight of one term as a function of the share of the run that is done."""

    shape: str
    first: float
    last: float

    @classmethod
    def parse(cls, value: float | str) -> "Schedule":
        """Reads a number or `shape:first:last`. Raises ValueError naming the forms."""
        shape, *ends = str(value).split(":")
        if shape not in SHAPES or len(ends) != 2:
            shape, ends = "constant", [str(value)] * 2
        try:
            first, last = map(float, ends)
            if math.isfinite(first) and math.isfinite(last):
                return cls(shape, first, last)
        except ValueError:
            pass
        raise ValueError(f"weight {value!r}: write a number, linear:FIRST:LAST or cosine:FIRST:LAST")

    @property
    def ever(self) -> bool:
        """Whether the weight is ever non-zero."""
        return self.first != 0 or self.last != 0

    def at(self, done: float) -> float:
        """Returns the weight when `done` (0 to 1) of the run's steps are made."""
        if self.shape == "constant":
            return self.first
        way = done if self.shape == "linear" else (1 - math.cos(math.pi * done)) / 2
        return self.first + (self.last - self.first) * way
