"""The parts of the bound of VAEs (Kingma & Welling 2013, arXiv:1312.6114), and Soft-IntroVAE's grid-normalised one.

Of held-out x: KL(q(z | x) || N(0, I)), and |x - G(z)|^2 at the mean of q and at a draw of it; the KL of generated x.
grid = 10^7 times the mean over x of b = KL + |x - G(mean)|^2, divided by the sum of b over x and over 1,024 x 1,024 points of
the data set's window (Daniel & Tamar 2021, arXiv:2012.13253, their code): b is to be small where the data lie.
"""

import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot, Unavailable, unit
from methods.losses import kl_normal

N, SIDE, CHUNK = 12_800, 1024, 2**17


def posterior(s: Snapshot, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns mean and log-variance of q(z | x) [n, d], and its KL from N(0, I) [n]. Raises Unavailable if E is no Gaussian."""
    ask = getattr(s.model, "posterior", None)
    stats = None if ask is None else ask(unit(x))
    if stats is None:
        raise Unavailable("the encoder gives no Gaussian")
    mean, logvar = torch.nan_to_num(stats).chunk(2, 1)
    return mean, logvar, kl_normal(stats.double())


def error(s: Snapshot, x: Tensor, z: Tensor) -> Tensor:
    """Returns |x - G(z)|^2, float64 [n]."""
    return (flat(x) - flat(s.generate(z))).square().sum(1)


def normalised(s: Snapshot, b: Tensor, side: int = SIDE) -> float:
    """Returns 10^7 times the mean of b [n] over its sum with that of a grid of side x side points."""
    total, axis = b.sum(), torch.linspace(-s.data.extent, s.data.extent, side)
    for x in torch.cartesian_prod(axis, axis).split(CHUNK):
        mean, _, kl = posterior(s, x)
        total += (kl + error(s, x, mean)).sum()
    return 1e7 * float(b.mean() / total)


def compute(s: Snapshot) -> dict[str, float]:
    n = min(N, len(s.data.test))
    x = s.data.images("test", n)
    mean, logvar, kl = posterior(s, x)
    drawn = mean + (logvar / 2).exp() * torch.randn(mean.shape, generator=s.torch_rng("elbo"))
    at_mean, generated = error(s, x, mean), posterior(s, s.sample(n))[2]
    rows = {"kl": kl, "error": at_mean, "error_drawn": error(s, x, drawn), "kl_generated": generated}
    grid = {"grid": normalised(s, kl + at_mean)} if s.data.kind == "points" and s.data.extent else {}
    return {name: float(value.mean()) for name, value in rows.items()} | grid


METRIC = Metric(
    name="elbo",
    title="Bound of VAEs",
    question="other",
    needs=frozenset({"generate", "encode"}),
    values={
        "kl": Value("KL of q(z | x) from the prior", None, "nats", low=0),
        "error": Value("Squared error of reconstructions", "lower", low=0),
        "error_drawn": Value("Squared error from drawn codes", "lower", low=0),
        "kl_generated": Value("KL of q(z | G(z)) from the prior", None, "nats", low=0),
        "grid": Value("Grid-normalised negative ELBO", "lower", "10^-7", low=0),
    },
    compute=compute,
    references=("untrained",),
    n=lambda s: min(N, len(s.data.test)),
)
