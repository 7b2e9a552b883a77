"""Variants: methods that differ from another one in data only, a weight or an option. No code here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """`of` with other weights or options; what is not named stays as the method has it. A weight 0 switches a
    term off.
    """

    of: str
    title: str
    paper: str
    summary: str
    weights: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


VARIANTS: dict[str, Variant] = {
    "direct": Variant(
        of="inverse",
        title="Direct inverse",
        paper="Luo et al. 2017, arXiv:1703.10094, Table 1; after Perarnau et al. 2016, arXiv:1611.06355",
        summary="E over the same frozen G, by the mean squared difference between z and E(G(z))",
        weights={"rec_x_gen": 0.0, "rec_z": 1.0},
    ),
    "gaia-nodist": Variant(
        of="gaia",
        title="GAIA without distance loss",
        paper="Sainburg et al. 2018, arXiv:1807.06650 (l = 0)",
        summary="GAIA with the weight of its distance loss at 0",
        weights={"dist": 0.0},
    ),
    "pacgan2": Variant(
        of="gan",
        title="PacGAN2",
        paper="Lin et al. 2018, arXiv:1712.04086, section 2",
        summary="GAN whose critic sees two samples side by side",
        options={"pack": 2},
    ),
}
