"""What people give a finished run: images and latents of the right kind, or one line that says what is wanted."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

SLACK = 1e-3  # beyond [0, 1], for rounding


def images(x: Any, shape: tuple[int, ...], who: str = "encode got") -> Tensor:
    """float32 [n, *shape] of uint8, or of floats in [0, 1]; of points, of any finite floats. Raises ValueError otherwise.

    who: how the message begins.
    """
    x, wanted = _tensor(x), f"images [n, {', '.join(map(str, shape))}], uint8 or float in [0, 1]"
    points = len(shape) == 1
    wanted = f"points [n, {shape[0]}], float" if points else wanted
    if tuple(x.shape[1:]) != shape:
        last = x.dim() == 4 and not points and (x.shape[3], *x.shape[1:3]) == shape
        hint = "; channels come first: x.permute(0, 3, 1, 2)" if last else ""
        one = "; one image is x[None]" if tuple(x.shape) == shape else ""
        raise ValueError(f"{who} shape {list(x.shape)}, wants {wanted}{hint}{one}")
    if x.dtype == torch.uint8 and not points:
        return x.to(torch.float32) / 255
    if not x.is_floating_point():
        raise ValueError(f"{who} {x.dtype}, wants {wanted}")
    if len(x) and not bool(torch.isfinite(x).all()):
        raise ValueError(f"{who} values that are not finite, wants {wanted}")
    if len(x) and not points:
        low, high = float(x.min()), float(x.max())
        if low < -SLACK or high > 1 + SLACK:
            hint = (
                "x / 255"
                if low >= 0
                else "(x + 1) / 2"
                if low >= -1 - SLACK and high <= 1 + SLACK
                else "x.clamp(0, 1)"
            )
            raise ValueError(f"{who} values from {low:.3g} to {high:.3g}, wants {wanted}: perhaps {hint}")
    return x.to(torch.float32)


def latents(z: Any, width: int) -> Tensor:
    """Returns float32 [n, width] of floats. Raises ValueError otherwise."""
    z = _tensor(z)
    wanted = f"latents [n, {width}], float, as latents(n, rng) gives them"
    if z.dim() < 2 or z.shape[1] != width:
        raise ValueError(f"generate got shape {list(z.shape)}, wants {wanted}")
    if not z.is_floating_point():
        raise ValueError(f"generate got {z.dtype}, wants {wanted}")
    return z.to(torch.float32)


def _tensor(x: Any) -> Tensor:
    """Torch's tensors as they are, numpy's arrays as such."""
    if isinstance(x, np.ndarray):
        x = torch.from_numpy(np.ascontiguousarray(x))
    if not isinstance(x, Tensor):
        raise ValueError(f"got {type(x).__name__}, wants a torch tensor or a numpy array")
    return x


def quantise(x: Tensor) -> Tensor:
    """Rounds [0, 1] to uint8; values outside are clipped, NaN becomes 0."""
    return torch.nan_to_num(x).clamp(0, 1).mul(255).round().to(torch.uint8)


def unit(x: Tensor) -> Tensor:
    """Scales uint8 to float32 in [0, 1]; points pass through."""
    return x.to(torch.float32) / 255 if x.dtype == torch.uint8 else x
