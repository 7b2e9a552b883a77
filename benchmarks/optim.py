"""Adam, torch's fused kernel, with Keras' place for eps as an option, and clipping per tensor.

Keras computes lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps); torch's form is the same with eps
divided by sqrt(1 - b2^t), so its kernel is given that eps. A parameter without a gradient is skipped and
its steps are not counted.
"""

import torch
from torch import Tensor, nn

from benchmarks.config import Optim

STATE = ("step", "exp_avg", "exp_avg_sq")


class Adam:
    """The optimiser of one player over named parameters."""

    def __init__(self, parameters: dict[str, nn.Parameter], config: Optim, lr: float) -> None:
        self.parameters, self.config, self.lr = parameters, config, lr
        betas = (config.beta1, config.beta2)
        self._adam = torch.optim.Adam(parameters.values(), lr=lr, betas=betas, eps=config.eps, fused=True)
        self._steps = 0

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


def clip(gradients: list[Tensor | None], bound: float = 1.0) -> None:
    """Scale each gradient in place to a norm of at most `bound`."""
    present = [g for g in gradients if g is not None]
    if not present:
        return
    norms = torch._foreach_norm(present)
    torch._foreach_mul_(present, [torch.clamp(bound / (norm + 1e-12), max=1.0) for norm in norms])
