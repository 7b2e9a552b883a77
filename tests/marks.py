"""Parametrised cases of which a few run every time and the rest with the slow tests."""

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_slow(cases: Iterable[Any], fast: int = 2) -> list[Any]:
    """Returns the cases, all but the first `fast` marked slow."""
    return [pytest.param(case, marks=[pytest.mark.slow] * (i >= fast)) for i, case in enumerate(cases)]
