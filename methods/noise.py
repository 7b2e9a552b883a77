"""Keyed randomness: every draw comes from (seed, stream, scope, index), never from a global generator.

A run needs no generator state to resume, a term that is switched off moves no other draw, and no run depends
on its neighbours. Networks and methods call `normal`, `uniform` and `integers`, which use the scope that is
open.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b

import torch
from torch import Tensor

_scopes: list[Callable[[], torch.Generator]] = []  # asked only at a draw: most scopes draw nothing


def key(*parts: object) -> int:
    """A 63-bit seed from any values; torch's CPU generator keeps its low 32 bits, so all bits are hashed
    ones.
    """
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


class Keyed:
    """The draws of one run: `at` chooses stream and index, `scope` opens the generator of one quantity.

    apart: scope -> seed, for quantities that draw by another seed than the rest.
    """

    def __init__(
        self, seed: int, device: torch.device | str = "cpu", apart: Mapping[str, int] | None = None
    ) -> None:
        self.seed, self.device, self.apart = seed, torch.device(device), dict(apart or {})
        self._generators: dict[tuple[str, str], torch.Generator] = {}
        self._stream, self._index = "", 0

    def at(self, stream: str, index: int) -> None:
        """Move to update `index` of `stream`; generators that drew for a scope of this stream are seeded anew."""
        self._stream, self._index = stream, index
        for (name, scope), generator in self._generators.items():
            if name == stream:
                generator.manual_seed(key(self.seed_of(scope), stream, scope, index))

    def seed_of(self, scope: str) -> int:
        """Returns the seed that a quantity's draws come from."""
        return self.apart.get(scope, self.seed)

    @property
    def generators(self) -> list[torch.Generator]:
        """Those that have drawn: what a CUDA graph has to know before it records draws."""
        return list(self._generators.values())

    def renewed(self) -> "Keyed":
        """The same place in the same draws, with generators of its own."""
        made = Keyed(self.seed, self.device, self.apart)
        made.at(self._stream, self._index)
        return made

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Open the scope (stream, name, index): what is drawn inside depends on nothing outside."""
        slot = (self._stream, name)
        _scopes.append(lambda: self._generator(slot))
        try:
            yield
        finally:
            _scopes.pop()

    def _generator(self, slot: tuple[str, str]) -> torch.Generator:
        generator = self._generators.get(slot)
        if generator is None:
            generator = self._generators[slot] = torch.Generator(self.device)
            generator.manual_seed(key(self.seed_of(slot[1]), *slot, self._index))
        return generator


@contextmanager
def using(generator: torch.Generator) -> Iterator[None]:
    """Draw from `generator` until the block ends (evaluation, initialisation, tests)."""
    _scopes.append(lambda: generator)
    try:
        yield
    finally:
        _scopes.pop()


def _current() -> torch.Generator:
    if not _scopes:
        raise RuntimeError("a draw outside every noise scope: open one with methods.noise.using(generator)")
    return _scopes[-1]()


def normal(*shape: int) -> Tensor:
    """Standard normals of `shape`, contiguous: drawing into channels_last memory costs five times as much."""
    generator = _current()
    return torch.randn(shape, generator=generator, device=generator.device)


def uniform(*shape: int) -> Tensor:
    """Uniforms in [0, 1) of `shape`."""
    generator = _current()
    return torch.rand(shape, generator=generator, device=generator.device)


def integers(high: int, *shape: int) -> Tensor:
    """Integers in [0, high) of `shape`, drawn with replacement."""
    generator = _current()
    return torch.randint(high, shape, generator=generator, device=generator.device)
