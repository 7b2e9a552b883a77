"""How arms and sources of variance are called: what planning writes into a label, and reports read from it."""

from collections.abc import Mapping
from typing import Any, Literal

Stream = Literal["init", "order", "noise", "split"]  # sources of variance: what a run's seed may decide
VARIED: tuple[Stream, ...] = ("init", "order", "noise")  # what it decides where nothing else is asked for
VARY = "vary="  # how the name of an arm of other sources of variance begins
COMPUTE_OF = "compute of "  # how the name of an arm with another method's operations begins


def arm_label(name: str, changes: Mapping[str, Any]) -> str:
    """Returns an arm's name, or its changes in short: critic_updates=joint."""
    return name or ", ".join(f"{key.rpartition('.')[2]}={value}" for key, value in changes.items())
