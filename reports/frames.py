"""The columns of the tidy table and the records, whatever an older or foreign store lacks of them."""

from collections.abc import Mapping
from math import nan
from typing import Any

import pandas as pd

from benchmarks.results import COMPUTE_OF, VARY

RECORD_TEXT = (
    "run", "method", "variant", "status", "reason", "device", "execution", "weights_sha256",
    "torch", "torch-fidelity", "ImageHash", "revision",
)  # fmt: skip
Seeds = dict[str, dict[int, float]]  # label -> seed -> value
LOST = (
    "diverged",
    "failed",
    "stopped",
)  # what became of a run without an end: it counts at the steps that it reached
RECORD_NUMBERS = ("seed", "wall_s", "steps_per_s", "peak_memory_mb")


def complete(frame: pd.DataFrame, text: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """The frame with every expected column and `label`, text without NaN and numbers as floats (NaN = absent).

    Seeds are whole numbers, exact beyond 2^53, where floats would make two of them one.
    """
    frame = frame.copy()
    for name in text:
        frame[name] = (
            frame[name].astype(object).where(frame[name].notna(), "").astype(str) if name in frame else ""
        )
    for name in numbers:
        if name == "seed" and name in frame:
            frame[name] = pd.Series([nan if pd.isna(s) else int(s) for s in frame[name]], frame.index, object)
            continue
        frame[name] = (
            pd.to_numeric(frame[name], errors="coerce").astype(float) if name in frame else float("nan")
        )
    labels = [Label(m, v) for m, v in zip(frame["method"], frame["variant"], strict=True)]
    frame["label"] = pd.Series(labels, index=frame.index, dtype=object)
    return frame


class Label(str):
    """What a row is about: a method and its variant ("" for the method as it is). Reads `gan · critic_updates=joint`."""

    method: str
    variant: str

    def __new__(cls, method: str, variant: str = "") -> "Label":
        made = super().__new__(cls, f"{method} · {variant}" if variant else method)
        made.method, made.variant = method, variant
        return made

    @staticmethod
    def of(name: str) -> "Label":
        """Returns a label as it is, a plain name as that of a method without a variant."""
        return name if isinstance(name, Label) else Label(name)

    @property
    def apart(self) -> bool:
        """Returns whether it is compared in a table of its own alone."""
        return bool(self.equal_compute or self.varied)

    @property
    def varied(self) -> str:
        """Returns the sources of variance that follow this arm's seed, as `init+order`; "" where those of the whole plan do."""
        return self._parts[1]

    @property
    def unvaried(self) -> "Label":
        """Returns the same arm where the sources of the whole plan follow the seed."""
        return Label(self.method, self._parts[0])

    @property
    def _parts(self) -> tuple[str, str]:
        """The variant before its sources of variance, and these: `lr=0.1, vary=init` is (`lr=0.1`, `init`)."""
        before, found, sources = self.variant.rpartition(VARY)
        if not found or (before and not before.endswith(", ")):
            return self.variant, ""
        return before.removesuffix(", "), sources

    @property
    def equal_compute(self) -> str:
        """The method whose operations this one has, or ""."""
        return self.variant.removeprefix(COMPUTE_OF) if self.variant.startswith(COMPUTE_OF) else ""


def dotted(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Returns nested values by dotted key: {"optim": {"lr": 0.1}} -> {"optim.lr": 0.1}."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= dotted(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found
