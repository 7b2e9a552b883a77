"""What a method has in a preset: its own, then the preset's, then its paper's, then the preset's for it. The last wins."""

from typing import Any

from benchmarks.planning.config import Optim
from benchmarks.planning.preset import Preset, by_paper
from benchmarks.planning.registry import METHODS


def given(values: dict[str, Any], method: str, table: str) -> dict[str, Any]:
    """Returns a method's weights, options or optim in a preset's values, raw or checked, in the order above."""
    entry = METHODS.get(method)
    own = {"weights": entry.weights, "options": entry.options, "optim": {}}[table]
    taken = Optim.model_fields if table == "optim" else own
    common = {key: value for key, value in values.get(table, {}).items() if key in taken}
    paper = entry.recommended.get(table, {}) if by_paper(values.get("settings", "equal"), method) else {}
    return {**own, **common, **paper, **values.get("method", {}).get(method, {}).get(table, {})}


def paper_differs(values: dict[str, Any], method: str) -> bool:
    """Whether what a method's paper recommends is another setting than it has in a preset of equal ones."""
    for table, items in METHODS.get(method).recommended.items():
        if isinstance(items, dict):
            usual = Optim().model_dump() if table == "optim" else {}
            now = {**usual, **given(values, method, table)}
            differs = any(now.get(key) != value for key, value in items.items())
        else:
            differs = values.get(table, Preset.model_fields[table].default) != items
        if differs:
            return True
    return False
