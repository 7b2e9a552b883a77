"""What a method has in a preset's raw values: its own, the preset's, its paper's, the preset's for it, as in resolve.py."""

from typing import Any

from benchmarks.planning.config import Optim
from benchmarks.planning.preset import by_paper
from benchmarks.planning.registry import METHODS


def given(values: dict[str, Any], method: str, table: str) -> dict[str, Any]:
    """Returns a method's weights, options or optim in a preset: its own, the preset's, its paper's, the preset's for it."""
    entry = METHODS.get(method)
    own = {"weights": entry.weights, "options": entry.options, "optim": {}}[table]
    taken = Optim.model_fields if table == "optim" else own
    common = {key: value for key, value in values.get(table, {}).items() if key in taken}
    paper = entry.recommended.get(table, {}) if by_paper(values.get("settings", "equal"), method) else {}
    return {**own, **common, **paper, **values.get("method", {}).get(method, {}).get(table, {})}


def paper_differs(values: dict[str, Any], method: str) -> bool:
    """Whether what a method's paper recommends is another setting than it has in a preset of equal ones."""
    tables = METHODS.get(method).recommended
    for table, items in tables.items():
        now = given(values, method, table) if isinstance(items, dict) else values
        if any(now.get(k) != v for k, v in (items.items() if isinstance(items, dict) else [(table, items)])):
            return True
    return False
