"""RAE (Ghosh et al. 2019, arXiv:1903.12436, Eq. 11 and section 4): a deterministic autoencoder with regularised codes and
decoder, whose latents come from a mixture of Gaussians fitted to the training codes.

L = |x - G(E(x))|^2 + beta |E(x)|^2 + lambda |theta_G|^2, RAE-L2; the density of codes is estimated after training.
"""

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import l2
from methods.priors import Prior, mixture_like


class RAE(Method):
    name = "rae"
    title = "RAE"
    paper = "Ghosh et al. 2019, arXiv:1903.12436"
    summary = "autoencoder with regularised codes and decoder; samples from a mixture of Gaussians fitted to the training codes"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"GE": ("G", "E")}
    # beta and lambda: RAE-L2 on MNIST (configurations/config.py, number 4, of ParthaEth/Regularized_autoencoders-RAE-), where
    # both distances are means (models/rae/loss_functions.py, lines 4 to 12)
    weights = {"sq_x": 1.0, "code": 1e-4, "decay": 1e-7}
    options = {"components": 10}
    space = {"code": (1e-5, 1e-2)}
    ex_post = True
    # Adam's defaults in Keras and the batch of the same configuration
    recommended = {"optim": {"lr": 1e-3, "beta1": 0.9, "eps": 1e-7, "kind": "keras-adam"}, "batch": 100}
    deviations = (
        "the learning rate is not halved when the validation loss stalls, as the authors' code does",
        "the decoder's penalty is that of its weight matrices and kernels",
    )

    def cycle(self) -> list[Update]:
        return [Update({"GE": self.active(*self.weights)}, stream="G", steps=1)]

    def term_code(self, n: Networks, b: Batch) -> Tensor:
        """|E(x)|^2, mean over units and batch (L_RAE^Z)."""
        return l2(b.z_enc, torch.zeros_like(b.z_enc))

    def term_decay(self, n: Networks, b: Batch) -> Tensor:
        """|theta_G|^2, summed over weights (L_REG of RAE-L2)."""
        squares = [p.square().sum() for p in n.G.parameters() if p.dim() > 1]
        return torch.stack(squares).sum()

    def latents(self, prior: Prior, codes: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """k draws [k, d] from a mixture of full Gaussians fitted to the training codes [n, d]."""
        assert codes is not None
        return mixture_like(codes, k, self.options["components"], rng)
