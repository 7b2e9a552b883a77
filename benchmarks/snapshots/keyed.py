"""What evaluation draws and keeps is keyed by names: seeds from anything printable, values computed once."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def key(*parts: object) -> int:
    """A 32-bit seed from anything printable (torch's CPU generator keeps no more bits)."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "little")


def generator(*parts: object) -> torch.Generator:
    """A torch generator keyed by `parts`."""
    return torch.Generator().manual_seed(key(*parts))


class Memo:
    """Values computed once and kept under a key."""

    def __init__(self) -> None:
        self._memo: dict[Any, Any] = {}

    def memo(self, name: Any, compute: Callable[[], T]) -> T:
        """`compute()` at the first call with this `name`, the kept value afterwards."""
        if name not in self._memo:
            self._memo[name] = compute()
        return self._memo[name]
