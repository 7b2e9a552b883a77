"""A method with as many steps as the operations of another one's budget buy."""

from collections.abc import Callable
from typing import Any

from benchmarks.planning import preset as presets
from benchmarks.planning.check import misfit
from benchmarks.planning.config import RunConfig
from benchmarks.planning.labels import COMPUTE_OF
from benchmarks.planning.preset import Arm
from benchmarks.planning.registry import METHODS
from benchmarks.planning.resolve import resolve
from methods.base import Spec

Operations = Callable[[RunConfig, Spec], float]  # of one training step, in any unit


def equal_compute(values: dict[str, Any], text: str, dataset: Any, spec: Spec, operations: Operations) -> Arm:
    """Reads `gan:aegan`: gan with as many steps as the operations of aegan's budget buy, in hundreds, bases included."""
    preset = presets.build(values)
    names = text.split(":")
    if len(names) != 2:
        raise ValueError(f"equal_compute {text!r}: write METHOD:METHOD, such as gan:aegan")
    for name in names:
        if reason := misfit(preset, METHODS.get(name), spec):
            raise ValueError(f"equal_compute {text!r}: {name}: {reason}")
    cheap, expensive = (resolve(preset, METHODS.get(name), 0, dataset, "cpu") for name in names)
    each = operations(cheap, spec)
    left = _total(expensive, spec, operations) - (_total(cheap.base, spec, operations) if cheap.base else 0)
    steps = round(left / each / 100) * 100 if each else 0
    if steps <= cheap.steps:
        raise ValueError(
            f"equal_compute {text!r}: {names[1]}'s operations buy {names[0]} {steps:,} steps, not more than its {cheap.steps:,}: "
            "name the cheaper method first, or raise --steps"
        )
    own = f"method.{names[0]}"
    changes = {f"{own}.steps": steps, f"{own}.evaluate": [*cheap.evaluate, steps]}
    return Arm(method=names[0], set=changes, name=COMPUTE_OF + names[1])


def _total(config: RunConfig, spec: Spec, operations: Operations) -> float:
    """Returns the operations of a run's training, its base's included, as the tables have them."""
    own = config.steps * operations(config, spec)
    return own + (_total(config.base, spec, operations) if config.base else 0)
