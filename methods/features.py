"""Hidden layers of a network by name: what feature matching, a learned similarity or a probe of a critic looks at."""

from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize


def features(network: nn.Module, *inputs: Tensor) -> dict[str, Tensor]:
    """Returns the activations [B, ...] of one forward pass: "1" to "k" after each weighted layer but the last, in running
    order; "last" is the k-th, the input of the output layer; "output" is the network's output.

    Raises ValueError for a network of one layer, which has no hidden one.
    """
    seen: list[Tensor] = []

    def look(layer: nn.Module, args: tuple[Any, ...]) -> None:
        seen.append(args[0])

    handles = [layer.register_forward_pre_hook(look) for layer in network.modules() if weighs(layer)]
    try:
        output = network(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    hidden = seen[1:]  # the first is what came in
    if not hidden:
        raise ValueError("features: a network of one layer has no hidden layer")
    return {**{str(i): h for i, h in enumerate(hidden, 1)}, "last": hidden[-1], "output": output}


def weighs(layer: nn.Module) -> bool:
    """Whether a layer has a weight matrix or kernels of its own."""
    return parametrize.is_parametrized(layer) or any(p.dim() > 1 for p in layer.parameters(recurse=False))
