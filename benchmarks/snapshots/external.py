"""A model from a Python file that knows nothing of this program: `latent`, and `generate(z)`, `encode(x)` or both.

    latent = 64                     # width of z
    def generate(z): ...            # float32 [n, latent] -> images [n, C, H, W] in [0, 1], or uint8
    def encode(x): ...              # float32 [n, C, H, W] in [0, 1] -> float [n, latent]
    def latents(n, rng): ...        # optional: float [n, latent]; a standard normal if it is not there

Arrays may be torch's or numpy's. The file is run as the code that it is: only give one that is trusted.
"""

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.planning.plugins import module_of
from benchmarks.planning.sources import source_of_file
from benchmarks.snapshots import inputs
from benchmarks.snapshots.snapshot import generator, quantise

CHUNK = 250  # images at once; fixed, so that results do not depend on what asks
PROBE = 8
CLOSE = 1e-3  # between a row alone and the same row among others


class External:
    """A file's functions as a model: whatever goes in and comes out is checked."""

    untrained = None

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        """shape: (C, H, W), or (d,) of points. Raises ValueError where the file does not define what it should."""
        self.path, self.shape, self.module = path, shape, _load(path)
        known = ("generate", "encode")
        self.can = frozenset(name for name in known if callable(getattr(self.module, name, None)))
        width = getattr(self.module, "latent", None)
        if not self.can:
            raise ValueError(f"--model {path} defines neither generate(z) nor encode(x)")
        if not isinstance(width, int) or isinstance(width, bool) or width < 1:
            raise ValueError(
                f"--model {path}: latent = {width!r}: the width of z is wanted, such as latent = 64"
            )
        self.latent = width

    def generate(self, z: Tensor) -> Tensor:
        """Maps [n, latent] -> [n, C, H, W] in [0, 1], or points. Raises ValueError for anything else that comes out."""
        who = f"--model {self.path}: generate gave"
        return self._whole("generate", z, lambda out: inputs.images(out, self.shape, who))

    def encode(self, x: Tensor) -> Tensor:
        """Maps [n, C, H, W] in [0, 1], or points -> [n, latent]. Raises ValueError for anything else that comes out."""
        return self._whole("encode", x, lambda out: self._codes(out, "encode"))

    def latents(self, n: int, rng: torch.Generator) -> Tensor:
        """Returns [n, latent] by the file's own prior, or standard normal."""
        own = getattr(self.module, "latents", None)
        if own is None:
            return torch.randn(n, self.latent, generator=rng)
        return self._counted("latents", self._codes(self._call("latents", n, rng), "latents"), n)

    def translate(self, x: Tensor, to: str) -> Tensor:
        raise NotImplementedError

    def check(self) -> None:
        """Tries the functions on a few latents and noise images. Raises ValueError for what no metric could work with."""
        x = torch.rand(PROBE, *self.shape, generator=generator("probe", "x"))
        given = {"generate": self.latents(PROBE, generator("probe", "z")), "encode": x}
        for name in sorted(self.can):
            function: Callable[[Tensor], Tensor] = getattr(self, name)
            whole, again, part = function(given[name]), function(given[name]), function(given[name][:1])
            scale = CLOSE * (1 + float(whole.abs().max()))
            if float((whole - again).abs().max()) > scale:
                raise ValueError(
                    f"--model {self.path}: {name} gave two results for one input: fix its noise, call .eval()"
                )
            if float((whole[:1] - part).abs().max()) > scale:
                raise ValueError(
                    f"--model {self.path}: what {name} makes of a row hangs on the other rows of the batch: call .eval()"
                )

    @cached_property
    def sha256(self) -> str:
        """Hashes the file's code and, if it generates, its first images as they are measured: weights lie elsewhere."""
        made = hashlib.sha256(source_of_file(self.path).encode())
        if "generate" in self.can:
            x = self.generate(self.latents(64, generator("probe", 1)))
            made.update((quantise(x) if len(self.shape) == 3 else x).numpy().tobytes())
        else:
            x = torch.rand(64, *self.shape, generator=generator("probe", 2))
            made.update(self.encode(x).numpy().tobytes())
        return made.hexdigest()

    def _whole(self, name: str, given: Tensor, checked: Callable[[Any], Tensor]) -> Tensor:
        parts = given.to(torch.float32).split(CHUNK)
        return torch.cat([self._counted(name, checked(self._call(name, part)), len(part)) for part in parts])

    def _call(self, name: str, *given: Any) -> Any:
        try:
            with torch.no_grad():
                made = getattr(self.module, name)(*given)
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            raise ValueError(f"--model {self.path}: {name} raised {said}") from error
        return made.detach().cpu() if isinstance(made, Tensor) else made

    def _codes(self, out: Any, name: str) -> Tensor:
        made = torch.from_numpy(np.ascontiguousarray(out)) if isinstance(out, np.ndarray) else out
        wanted = f"wants float [n, {self.latent}], for latent = {self.latent}"
        if not isinstance(made, Tensor):
            raise ValueError(f"--model {self.path}: {name} gave {type(out).__name__}, {wanted}")
        if made.dim() != 2 or made.shape[1] != self.latent or not made.is_floating_point():
            raise ValueError(f"--model {self.path}: {name} gave {made.dtype} {list(made.shape)}, {wanted}")
        if not bool(torch.isfinite(made).all()):
            raise ValueError(f"--model {self.path}: {name} gave values that are not finite")
        return made.to(torch.float32)

    def _counted(self, name: str, made: Tensor, n: int) -> Tensor:
        if len(made) != n:
            raise ValueError(f"--model {self.path}: {name} gave {len(made)} rows, {n} were asked for")
        return made


def _load(path: Path) -> ModuleType:
    try:
        return module_of(path)
    except Exception as error:
        said = (
            str(error) if isinstance(error, ValueError) else f"{path} raised {type(error).__name__}: {error}"
        )
        raise ValueError(f"--model {said.splitlines()[0]}") from error
