"""Where a run left the finite numbers: its last stretch once more, looking at every term and gradient.

A row of the history is a mean over many steps, and one term that is not finite soon spoils all others. Draws are keyed, so that
the steps since the last checkpoint can be repeated; the training itself looks at nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from benchmarks.training.cycle import Cycle, names
from benchmarks.training.state import Training
from methods.base import Terms


class NotFinite(Exception):
    """What was not finite first; `term` is the function that gave it."""

    def __init__(self, what: str, step: int, term: Callable[..., Any]) -> None:
        super().__init__(f"{what} after step {step}")
        self.term = term


def origin(run: Training, until: int, cycle_end: Callable[[], bool]) -> NotFinite | None:
    """Repeats a run from where it stands; returns which term, or whose gradient, is not finite first.

    None if all are up to step `until`, or if `cycle_end`, asked after every cycle, says that there is no time for more.
    """
    cycle = Cycle(run)
    _watch(run, {name for update in cycle.updates for name in names(update)})
    try:
        while run.step < until:
            cycle.prepare()
            cycle()
            run.step += cycle.steps
            if cycle_end():
                return None
    except NotFinite as found:
        return found
    return None


def _watch(run: Training, terms: set[str]) -> None:
    """Lets every term of the run's method, and every loss made of them, raise NotFinite."""
    method = run.method
    functions = {name: getattr(method, f"term_{name}") for name in terms}
    combine = method.combine

    def watched(name: str) -> Callable[..., Tensor]:
        def term(*given: Any) -> Tensor:
            value: Tensor = functions[name](*given)
            if not value.isfinite():
                raise NotFinite(name, run.step, functions[name])
            return value

        return term

    def combined(player: str, t: Terms, w: Mapping[str, Any], state: dict[str, Tensor]) -> Tensor:
        loss = combine(player, t, w, state)
        own = list(run.optimisers[player].parameters.values())
        if not _has_finite_gradient(loss, own):
            for name, value in t.items():
                if value.requires_grad and not _has_finite_gradient(value, own):
                    raise NotFinite(f"the gradient of {name}", run.step, functions[name])
            raise NotFinite(f"the gradient of {player}'s loss", run.step, combine)
        return loss

    for name in terms:
        setattr(method, f"term_{name}", watched(name))
    method.combine = combined  # type: ignore[method-assign]


def _has_finite_gradient(loss: Tensor, parameters: Sequence[Tensor]) -> bool:
    gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return all(bool(gradient.isfinite().all()) for gradient in gradients if gradient is not None)
