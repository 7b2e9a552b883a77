"""Adam, torch's fused kernel, with Keras' place for eps as an option, and clipping per tensor.

Keras computes lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps); torch's form is the same with eps
divided by sqrt(1 - b2^t), so its kernel is given that eps. A parameter without a gradient is skipped and
its steps are not counted.

`DeviceAdam` is the same for a GPU: the host knows nothing of the step, so that a CUDA graph can repeat it. There eps
cannot move, so Keras' factor is put into the learning rate, and the kernel's own corrections are switched off by a step
count of infinity.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from benchmarks.planning.config import Optim
from benchmarks.planning.registry import unknown

STATE = ("step", "exp_avg", "exp_avg_sq")


class Optimiser(Protocol):
    """What the loop asks of the optimiser of one player."""

    parameters: dict[str, nn.Parameter]

    def step(self, gradients: list[Tensor | None], rate: Tensor | float = 1.0) -> None:
        """One step along `gradients` (in the parameters' order), the learning rate multiplied by `rate`."""

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors, for a checkpoint."""

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave."""


class Adam:
    """The optimiser of one player over named parameters."""

    def __init__(self, parameters: dict[str, nn.Parameter], config: Optim, lr: float) -> None:
        self.parameters, self.config, self.lr = parameters, config, lr
        betas, decay = (config.beta1, config.beta2), config.weight_decay
        self._adam = self.build(parameters.values(), lr=lr, betas=betas, eps=config.eps, weight_decay=decay)
        self._steps = 0

    @staticmethod
    def build(parameters: Iterable[nn.Parameter], **constants: Any) -> torch.optim.Optimizer:
        """Returns torch's optimiser, whose state has the names of STATE."""
        return torch.optim.Adam(parameters, fused=True, **constants)

    def step(self, gradients: list[Tensor | None], rate: Tensor | float = 1.0) -> None:
        """One step along `gradients` (in the parameters' order), the learning rate multiplied by `rate`."""
        if self.config.clip == "tensor":
            clip(gradients)
        self._steps += 1
        group = self._adam.param_groups[0]
        group["lr"] = self.lr * float(rate)
        if self.config.kind == "keras-adam":
            group["eps"] = self.config.eps / (1 - self.config.beta2**self._steps) ** 0.5
        for parameter, gradient in zip(self.parameters.values(), gradients, strict=True):
            # torch's fused CPU kernel walks memory, not indices: a gradient in another memory order (channels_last, a
            # transposed view) would silently meet the wrong weights.
            parameter.grad = None if gradient is None else gradient.contiguous()
        self._adam.step()
        for parameter in self.parameters.values():
            parameter.grad = None

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors, for a checkpoint."""
        state = self._adam.state
        made = {
            f"{name}.{key}": state[p][key]
            for name, p in self.parameters.items()
            if p in state
            for key in STATE
        }
        return {**made, "steps": torch.tensor(self._steps)}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave."""
        self._steps = int(tensors["steps"])
        for name, parameter in self.parameters.items():
            if f"{name}.step" in tensors:
                self._adam.state[parameter] = {key: tensors[f"{name}.{key}"].clone() for key in STATE}


class RAdam(Adam):
    """Rectified Adam (Liu et al. 2019, arXiv:1908.03265), torch's; no graph repeats its step."""

    @staticmethod
    def build(parameters: Iterable[nn.Parameter], **constants: Any) -> torch.optim.Optimizer:
        return torch.optim.RAdam(parameters, **constants)


class DeviceAdam:
    """Adam of one player whose counters and learning rate are tensors on the parameters' device; fp32 rounding of the rate
    makes other bits of it than `Adam`.
    """

    def __init__(self, parameters: dict[str, nn.Parameter], config: Optim, lr: float) -> None:
        self.parameters, self.config = parameters, config
        device = next(iter(parameters.values())).device
        first = 0.0 if config.kind == "adam" else torch.inf
        self._state = {
            name: (torch.full((), first, device=device), torch.zeros_like(p), torch.zeros_like(p))
            for name, p in parameters.items()
        }
        self._steps = torch.zeros((), dtype=torch.float64, device=device)
        self._betas = torch.tensor([config.beta1, config.beta2], dtype=torch.float64, device=device)
        self._lr = torch.full_like(self._steps, lr)

    def step(self, gradients: list[Tensor | None], rate: Tensor | float = 1.0) -> None:
        """One step along `gradients` (in the parameters' order), the learning rate multiplied by `rate`."""
        if self.config.clip == "tensor":
            clip(gradients)
        self._steps += 1
        named = zip(self.parameters.items(), gradients, strict=True)
        moved = [(p, g.contiguous(), *self._state[name]) for (name, p), g in named if g is not None]
        if moved:
            parameters, present, steps, means, squares = map(list, zip(*moved, strict=True))
            with torch.no_grad():
                adam(
                    parameters, present, means, squares, [], steps, fused=True, capturable=True, amsgrad=False,
                    beta1=self.config.beta1, beta2=self.config.beta2, lr=self._rate(rate),
                    weight_decay=self.config.weight_decay,
                    eps=self.config.eps, maximize=False,
                )  # fmt: skip

    def _rate(self, rate: Tensor | float) -> Tensor:
        """The learning rate of this step as a scalar on the device."""
        factor = self._lr * rate
        if self.config.kind == "keras-adam":
            first, second = (1 - self._betas**self._steps).unbind()
            factor = factor * second.sqrt() / first
        return factor.float()

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors, for a checkpoint."""
        made = {
            f"{name}.{key}": t for name, ts in self._state.items() for key, t in zip(STATE, ts, strict=True)
        }
        return {**made, "steps": self._steps}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` gave: copied, since a graph may know the places."""
        for name, tensor in self.tensors().items():
            tensor.copy_(tensors[name])


# name -> (for a loop of single operations, for one whose cycles are recorded and repeated, if there is one)
OPTIMISERS: dict[str, tuple[type[Adam], type[DeviceAdam] | None]] = {
    "adam": (Adam, DeviceAdam),
    "keras-adam": (Adam, DeviceAdam),
    "radam": (RAdam, None),
}

# What a search may choose of each one's constants: a pair is a range on a log scale, a list a choice. critic_factor is
# critic_lr / lr, asked for where a method has critics.
_ADAM: dict[str, Any] = {"lr": (5e-5, 2e-3), "critic_factor": (0.25, 4.0), "beta1": [0.0, 0.5, 0.9]}
SPACES: dict[str, dict[str, Any]] = {"adam": _ADAM, "keras-adam": _ADAM, "radam": _ADAM}


def optimiser(
    parameters: dict[str, nn.Parameter], config: Optim, lr: float, static: bool = False
) -> Optimiser:
    """Builds the optimiser that `config` names for one player; static: one that recorded cycles can repeat, if there is one."""
    check(config)
    eager, repeated = OPTIMISERS[config.kind]
    return (repeated if static and repeated else eager)(parameters, config, lr)


def check(config: Optim, static: bool = False) -> None:
    """Raises ValueError for an unknown optimiser, or one that recorded cycles (static) cannot repeat."""
    if config.kind not in OPTIMISERS:
        raise unknown("optimiser", config.kind, OPTIMISERS)
    if static and OPTIMISERS[config.kind][1] is None:
        raise ValueError(
            f"optim.kind = {config.kind!r} cannot be compiled: take --compile off, on a GPU --graphs off"
        )


def clip(gradients: list[Tensor | None], bound: float = 1.0) -> None:
    """Scale each gradient in place to a norm of at most `bound`."""
    present = [g for g in gradients if g is not None]
    if not present:
        return
    norms = torch.stack(torch._foreach_norm(present))
    torch._foreach_mul_(present, torch.clamp(bound / (norms + 1e-12), max=1.0).unbind())
