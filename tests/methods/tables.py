"""Reads a network's layers as rows, in the order in which they run, to hold beside a paper's table."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from methods import noise

Row = tuple[
    str, tuple[int, ...], tuple[int, ...]
]  # kind of layer, its weight's shape, its output's shape without B


def rows(network: nn.Module, *inputs: Tensor) -> list[Row]:
    """Every layer that owns parameters, once for each time it runs."""
    found: list[Row] = []

    def hook(kind: str) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda layer, _, out: found.append(
            (kind, tuple(layer.get_parameter("weight").shape), tuple(out.shape[1:]))
        )

    handles = [
        layer.register_forward_hook(hook(type(layer).__name__))
        for layer in network.modules()
        if any(True for _ in layer.parameters(recurse=False))
    ]
    with noise.using(torch.Generator().manual_seed(0)), torch.no_grad():
        network(*inputs)
    for handle in handles:
        handle.remove()
    return found


def total(table: list[Row]) -> int:
    """Parameters of a table: each layer's weight and a bias for each output channel (norms: gain and
    bias).
    """
    made = 0
    for kind, weight, _ in table:
        made += int(torch.Size(weight).numel())
        made += weight[1] if kind == "Deconv" else weight[0]
    return made


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
