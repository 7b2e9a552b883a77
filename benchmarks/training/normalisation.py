"""Batch norm's statistics of finished weights: the mean over many training batches in place of a moving average.

BiGAN's authors reset the statistics before they evaluate and average them over 1,000 batches: G's over G(z), E's over E(x).
A G whose samples come from a Gaussian fitted to codes, as an autoencoder's, has those of G(E(x)).
"""

import copy
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from methods import noise
from methods.base import Batch, Method, Networks, State

BATCHES = 1000
MADE = {  # role -> what it makes of a batch
    "reestimated": {"E": "z_stats", "G": "x_gen"},
    "reestimated-rec": {"E": "z_stats", "G": "x_rec"},
}


def reestimated(
    method: Method, n: Networks, source: object, state: State, rng: noise.Keyed, weights: dict[str, Tensor],
    how: str = "reestimated", batches: int = BATCHES,
) -> dict[str, Tensor]:  # fmt: skip
    """`weights` of all networks, the statistics of G and E estimated anew. Nothing given is changed; draws are `rng`'s.

    how: a key of `MADE`.
    """
    n = replace(n, modules=copy.deepcopy(n.modules))
    n.modules.load_state_dict(weights)
    n.modules.eval().requires_grad_(False)
    made = {role: name for role, name in MADE[how].items() if role in n.modules}
    for layer in (layer for role in made for layer in n.modules[role].modules()):
        if isinstance(layer, _BatchNorm):
            layer.train().reset_running_stats()
            layer.momentum = None  # the plain mean over batches
    with torch.no_grad():
        for i in range(batches):
            rng.at("statistics", i)
            b = Batch(method, n, source, rng, state)
            for name in made.values():
                getattr(b, name)
    return dict(n.modules.state_dict())
