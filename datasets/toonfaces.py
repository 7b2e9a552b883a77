"""Cartoon faces from known factors: a designed data set whose manifold is known, drawn on the spot.

Each face is a function of the independent factors in `FACTORS`; 40 binary attributes are rules on them.
`render` draws any factors again, so that a sample's distance to the true manifold can be measured. The option `fixed`
holds factors at one value: a domain of faces (hair_colour=black), whose counterpart in another domain is known.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from datasets._toonfaces.attributes import ATTRIBUTE_NAMES, attributes
from datasets._toonfaces.factors import FACTOR_NAMES, FACTORS, Factor, canonical, sample
from datasets._toonfaces.render import render
from datasets.base import SPLITS, Dataset, Split, at_least


class Toonfaces(Dataset):
    """Procedural cartoon faces with their factors and attributes."""

    name = "toonfaces"
    title = "Toonfaces"
    summary = "procedural cartoon faces of any size, with their true factors and 40 attributes; no download"
    version = 2
    defaults: ClassVar[dict[str, Any]] = {
        "size": 32,
        "n_train": 12000,
        "n_test": 2000,
        "seed": 0,
        "fixed": "",
    }
    later = ("fixed",)
    fixable = FACTOR_NAMES

    def check(self) -> None:
        at_least(self, size=8, n_train=1, n_test=1, seed=0)
        self.options["fixed"] = canonical(self.options["fixed"])

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.options["size"], self.options["size"])

    def chunks(self, split: str) -> Iterator[Split]:
        seed, n, fixed = (self.options[key] for key in ("seed", f"n_{split}", "fixed"))
        for factors in sample(seed, SPLITS.index(split), n, fixed=fixed):
            yield Split(
                x=render(factors, self.options["size"]),
                labels=attributes(factors),
                label_names=ATTRIBUTE_NAMES,
                factors=factors,
                factor_names=FACTOR_NAMES,
            )


__all__ = ["ATTRIBUTE_NAMES", "FACTORS", "FACTOR_NAMES", "Factor", "Toonfaces", "attributes", "render"]
