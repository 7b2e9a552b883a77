"""Variants: methods that differ from another one in data only, a weight or an option. No code here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """`of` with other weights or options; what is not named stays as the method has it. A weight 0 switches a term off."""

    of: str
    title: str
    paper: str
    summary: str
    weights: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


VARIANTS: dict[str, Variant] = {}
