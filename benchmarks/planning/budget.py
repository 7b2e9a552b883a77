"""A budget in operations: every run gets as many steps as it buys, whatever a step of its method costs.

Written `aegan:2000`, the operations of that many steps of a method at the preset's own setting, or as a number of TFLOP. A run
over a base has the whole budget for itself, and so has its base. Evaluation falls on the shares `evaluate_at` of a budget. Steps
name a run.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.planning.config import RunConfig
from benchmarks.planning.preset import Override, Preset
from benchmarks.planning.registry import METHODS, Entry
from benchmarks.planning.resolve import build_method, resolve
from methods.base import Spec

Operations = Callable[[RunConfig, Spec], float]  # billions, of one training step
ANY_CYCLE = (
    5040  # steps that end a cycle of any usual length: a configuration is counted before its steps are known
)


def parse(text: str | float) -> tuple[str, float]:
    """Returns (method, steps) of `aegan:2000`, ("", TFLOP) of a number. Raises ValueError for anything else."""
    method, colon, steps = str(text).partition(":")
    if colon and steps.isdecimal() and int(steps):
        METHODS.get(method)
        return method, int(steps)
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if colon or not 0 < amount < float("inf"):
        raise ValueError(
            f"budget = {text!r}: write METHOD:STEPS, such as aegan:2000, or a number of TFLOP (10^12 operations) above 0"
        )
    return "", amount


def _counted(preset: Preset, entry: Entry, dataset: Any) -> RunConfig:
    """Returns an entry's configuration with steps that end its cycle."""
    return resolve(spent(preset, entry, ANY_CYCLE, (ANY_CYCLE,)), entry, 0, dataset, "cpu")


def spent(preset: Preset, entry: Entry, steps: int, evaluate: tuple[int, ...]) -> Preset:
    """Returns the preset with these steps for an entry."""
    own = preset.method.get(entry.name, Override()).model_copy(update={"steps": steps, "evaluate": evaluate})
    return preset.model_copy(update={"method": {**preset.method, entry.name: own}})


def operations_of(preset: Preset, dataset: Any, spec: Spec, operations: Operations) -> float:
    """Returns a preset's budget in billions of operations: of the preset without any arm's changes."""
    method, amount = parse(preset.budget)
    if not method:
        return amount * 1e3
    return amount * operations(_counted(preset, METHODS.get(method), dataset), spec)


def afford(
    preset: Preset, entry: Entry, total: float, dataset: Any, spec: Spec, operations: Operations
) -> Preset:
    """Returns an arm's preset with the steps that `total` billions of operations buy its method, and its base's.

    Raises ValueError where the budget buys no whole cycle.
    """
    if entry.cls.base:
        base = METHODS.get(entry.cls.base)
        preset = afford(spent(preset, entry, ANY_CYCLE, (ANY_CYCLE,)), base, total, dataset, spec, operations)
    if not entry.cls.players:
        return preset
    config = _counted(preset, entry, dataset)
    cycle = sum(update.steps for update in build_method(config).cycle())
    cycles = int(total / (operations(config, spec) * cycle) + 1e-9)
    if not cycles:
        raise ValueError(
            f"budget = {preset.budget!r} buys {entry.name} no whole cycle of {cycle} steps: raise it"
        )
    shares = {max(1, round(share * cycles)) * cycle for share in preset.evaluate_at}
    return spent(preset, entry, cycles * cycle, tuple(sorted({*shares, cycles * cycle})))
