"""What a search may choose for a method: its optimiser's space, and its own, as preset keys.

A pair (low, high) is a range on a log scale, a list is a choice; a method declares `space` beside its weights, an optimiser
beside the others. A term that is off stays off.
"""

from collections.abc import Mapping
from typing import Any

from benchmarks.planning.registry import Entry

FACTOR = "critic_factor"  # critic_lr / lr: two rates drawn apart are mostly far apart
Space = dict[str, Any]


def critics(cls: Any) -> bool:
    """Whether a method has a player of critics alone, which gets the critics' learning rate."""
    return any(all(cls.roles[role].kind == "critic" for role in roles) for roles in cls.players.values())


def space(entry: Entry, of_optimiser: Space, weights: Mapping[str, Any]) -> Space:
    """Returns what can be chosen for a method, by short name; empty where nothing of it is trained. weights: in the preset."""
    if not entry.cls.players:
        return {}
    common = {name: axis for name, axis in of_optimiser.items() if name != FACTOR or critics(entry.cls)}
    own = {name: axis for name, axis in entry.cls.space.items() if weights.get(name) != 0}
    return {**common, **own}


def changes(entry: Entry, chosen: dict[str, Any]) -> dict[str, Any]:
    """Returns chosen values as preset keys of this method: {"method.aegan.optim.lr": 1e-3, ..}."""
    made: dict[str, Any] = {}
    for name, value in chosen.items():
        table = "weights" if name in entry.weights else "options" if name in entry.options else "optim"
        if name == FACTOR:
            name, value = "critic_lr", float(f"{value * chosen['lr']:.6g}")
        made[f"method.{entry.name}.{table}.{name}"] = value
    return made


def check_space(cls: Any) -> None:
    """Raises ValueError for a name that is neither weight nor option, or an axis that is neither range nor choice."""
    options = {**cls.common, **cls.options}
    for name, axis in cls.space.items():
        where = f"method {cls.name}: space of {name!r}"
        if name not in cls.weights and name not in options:
            raise ValueError(f"{where}, which is neither a weight nor an option")
        if isinstance(axis, tuple):
            if len(axis) != 2 or not 0 < axis[0] < axis[1]:
                raise ValueError(f"{where}: {axis!r} is no range: write (low, high) with 0 < low < high")
        elif not isinstance(axis, list) or len(axis) < 2:
            raise ValueError(f"{where}: {axis!r}: write a range (low, high) or a list of choices")


def shown(axis: Any) -> str:
    """Returns an axis for people."""
    return f"{axis[0]:g} to {axis[1]:g}, log" if isinstance(axis, tuple) else " or ".join(map(str, axis))
