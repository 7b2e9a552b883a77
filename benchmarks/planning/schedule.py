"""A term's weight over the run: constant, switched at a step, or falling linearly or as a cosine (the curriculum that Lazarou
2020 suggests).

Written as a number, or as `linear:10:0` and `cosine:10:0` for first and last value, `switch:2000:0:1` for 0 during the first
2,000 steps and 1 from then on.
"""

import math
from dataclasses import dataclass

SHAPES = ("constant", "linear", "cosine", "switch")


@dataclass(frozen=True)
class Schedule:
    """The weight of one term as a function of the steps that are done; `step` is where it is switched."""

    shape: str
    first: float
    last: float
    step: int = 0

    @classmethod
    def parse(cls, value: float | str) -> "Schedule":
        """Reads a number, `shape:first:last` or `switch:step:first:last`. Raises ValueError naming the forms."""
        shape, *ends = str(value).split(":")
        step = ends.pop(0) if shape == "switch" and len(ends) == 3 else ""
        if shape not in SHAPES or len(ends) != 2 or (shape == "switch") != step.isdecimal():
            shape, ends, step = "constant", [str(value)] * 2, ""
        try:
            first, last = map(float, ends)
            if math.isfinite(first) and math.isfinite(last):
                return cls(shape, first, last, int(step or 0))
        except ValueError:
            pass
        forms = "a number, linear:FIRST:LAST, cosine:FIRST:LAST or switch:STEP:FIRST:LAST"
        raise ValueError(f"weight {value!r}: write {forms}")

    @property
    def ever(self) -> bool:
        """Whether the weight is ever non-zero."""
        return self.first != 0 or self.last != 0

    def at(self, step: int, steps: int) -> float:
        """Returns the weight when `step` of the run's `steps` are made."""
        if self.shape == "constant":
            return self.first
        if self.shape == "switch":
            return self.first if step < self.step else self.last
        done = step / steps
        way = done if self.shape == "linear" else (1 - math.cos(math.pi * done)) / 2
        return self.first + (self.last - self.first) * way
