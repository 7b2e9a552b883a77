"""Variants: methods that differ from another one in data only, a weight or an option. No code here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from methods._recommended import DONAHUE


@dataclass(frozen=True)
class Variant:
    """`of` with other weights or options; what is not named stays as the method has it. A weight 0 switches a
    term off. recommended: its own paper's settings; the method's are not taken over.
    """

    of: str
    title: str
    paper: str
    summary: str
    weights: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    recommended: Mapping[str, Any] = field(default_factory=dict)


# the authors' for ring and grid, as in the preset pacgan2018-table1
PACGAN: dict[str, Any] = {
    "optim": {"kind": "keras-adam", "lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.8},
    "batch": 100,
    "options": {
        "critic_updates": "simultaneous",
        "critic_steps": 1,
        "generator_steps": 0,
        "pack_batch": True,
        "smooth": 0.0,
    },
}


VARIANTS: dict[str, Variant] = {
    "direct": Variant(
        of="inverse",
        title="Direct inverse",
        paper="Luo et al. 2017, arXiv:1703.10094, Table 1; after Perarnau et al. 2016, arXiv:1611.06355",
        summary="E over the same frozen G, by the mean squared difference between z and E(G(z))",
        weights={"rec_x_gen": 0.0, "rec_z": 1.0},
        # Luo et al. have one setting for all experiments, as in inverse.py
        recommended={"optim": {"lr": 2e-4, "beta1": 0.5}, "batch": 64},
    ),
    "gaia-nodist": Variant(
        of="gaia",
        title="GAIA without distance loss",
        paper="Sainburg et al. 2018, arXiv:1807.06650 (l = 0)",
        summary="GAIA with the weight of its distance loss at 0",
        weights={"dist": 0.0},
        # GAIA's, from the same paper and code
        recommended={"optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.9}, "batch": 8},
    ),
    "pacgan2": Variant(
        of="gan",
        title="PacGAN2",
        paper="Lin et al. 2018, arXiv:1712.04086, section 2",
        summary="GAN whose critic sees two samples side by side, the batch twice as large",
        options={"pack": 2, "pack_batch": True},
        recommended=PACGAN,
    ),
    "pacgan3": Variant(
        of="gan",
        title="PacGAN3",
        paper="Lin et al. 2018, arXiv:1712.04086, section 2",
        summary="GAN whose critic sees three samples side by side, the batch three times as large",
        options={"pack": 3, "pack_batch": True},
        recommended=PACGAN,
    ),
    "pacgan4": Variant(
        of="gan",
        title="PacGAN4",
        paper="Lin et al. 2018, arXiv:1712.04086, section 2",
        summary="GAN whose critic sees four samples side by side, the batch four times as large",
        options={"pack": 4, "pack_batch": True},
        recommended=PACGAN,
    ),
    "aegan-r3gan": Variant(
        of="aegan",
        title="AEGAN over R3GAN",
        paper="Lazarou 2020, arXiv:2004.05472, section 5; Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4",
        summary="AEGAN's terms in R3GAN's game: relativistic pairs, both slopes of Dx and Dz penalised",
        options={"game": "relativistic"},
    ),
    "aegan-wgan-gp": Variant(
        of="aegan",
        title="AEGAN over WGAN-GP",
        paper="Lazarou 2020, arXiv:2004.05472, section 5; Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3",
        summary="AEGAN's terms in WGAN-GP's game: scores without a sigmoid, slopes of Dx and Dz kept near 1",
        options={"game": "wasserstein"},
    ),
    "aegan-hinge": Variant(
        of="aegan",
        title="AEGAN over hinge",
        paper="Lazarou 2020, arXiv:2004.05472, section 5; Miyato et al. 2018, arXiv:1802.05957, Eq. 16 and 17",
        summary="AEGAN's terms on hinges, each layer of Dx and Dz divided by its largest singular value",
        options={"game": "hinge"},
    ),
    "bigan-hinge": Variant(
        of="bigan",
        title="BiGAN over hinge",
        paper="Donahue et al. 2016, arXiv:1605.09782; Miyato et al. 2018, arXiv:1802.05957, Eq. 16 and 17",
        summary="BiGAN's pairs on hinges, each layer of Dxz divided by its largest singular value",
        options={"game": "hinge"},
    ),
    "bigan-wgan-gp": Variant(
        of="bigan",
        title="BiGAN over WGAN-GP",
        paper="Donahue et al. 2016, arXiv:1605.09782; Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3",
        summary="BiGAN's pairs on WGAN-GP's loss: the slope of Dxz on (x, z) kept near 1, five updates of Dxz to one of G and E",
        options={"game": "wasserstein"},
    ),
    "bigan-r3gan": Variant(
        of="bigan",
        title="BiGAN over R3GAN",
        paper="Donahue et al. 2016, arXiv:1605.09782; Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4",
        summary="BiGAN's pairs in R3GAN's game: relativistic pairs, both slopes of Dxz on (x, z) penalised",
        options={"game": "relativistic"},
    ),
    "ali-hinge": Variant(
        of="ali",
        title="ALI over hinge",
        paper="Dumoulin et al. 2016, arXiv:1606.00704; Miyato et al. 2018, arXiv:1802.05957, Eq. 16 and 17",
        summary="ALI's pairs on hinges, each layer of Dxz divided by its largest singular value",
        options={"game": "hinge"},
    ),
    "ali-wgan-gp": Variant(
        of="ali",
        title="ALI over WGAN-GP",
        paper="Dumoulin et al. 2016, arXiv:1606.00704; Gulrajani et al. 2017, arXiv:1704.00028, Eq. 3",
        summary="ALI's pairs on WGAN-GP's loss: the slope of Dxz on (x, z) kept near 1, five updates of Dxz to one of G and E",
        options={"game": "wasserstein"},
    ),
    "ali-r3gan": Variant(
        of="ali",
        title="ALI over R3GAN",
        paper="Dumoulin et al. 2016, arXiv:1606.00704; Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4",
        summary="ALI's pairs in R3GAN's game: relativistic pairs, both slopes of Dxz on (x, z) penalised",
        options={"game": "relativistic"},
    ),
    "jlr": Variant(
        of="lr",
        title="Joint latent regressor",
        paper="Donahue et al. 2016, arXiv:1605.09782, section 4.1",
        summary="latent regressor whose G too learns to be inverted by E, both with weight 0.25",
        weights={"code": 0.25, "code_gen": 0.25},
        # BiGAN's, from the same paper and code (preset bigan2016-mnist); E's loss too has the weight 0.25 there, not halved
        recommended={**DONAHUE, "weights": {"adv_x_gen": 2.0, "code": 0.5, "code_gen": 0.5}},
    ),
    "ae-l2": Variant(
        of="ae",
        title="AE (squared)",
        paper="Kramer 1991; Donahue et al. 2016, arXiv:1605.09782, Table 1",
        summary="autoencoder on mean |x - G(E(x))|^2",
        weights={"rec_x": 0.0, "sq_x": 1.0},
    ),
}
