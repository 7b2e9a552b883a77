"""ALICE's scores on a known mixture (Li et al. 2017, arXiv:1709.01215, section 5.1): inception score and reconstruction.

ICP = exp(mean KL(p(y | x) || p(y))) of generated points, p(y | x) the mixture's own posterior: the classifier that the
authors trained to 100 % is not published. K at best, 1 for a single mode. MSE = mean over points and coordinates of
(x - G(E(x)))^2 of held-out points.
"""

import numpy as np
from scipy.special import logsumexp

from benchmarks.metrics._numerics import flat
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot


def log_posterior(x: np.ndarray, modes: np.ndarray, std: float) -> np.ndarray:
    """[n, K]: log p(mode | x) of points [n, d] under equally likely round Gaussians."""
    square = ((x[:, None] - modes) ** 2).sum(2) / (-2 * std**2)
    return square - logsumexp(square, 1, keepdims=True)


def inception(log_p: np.ndarray) -> float:
    """exp of the mean KL divergence of rows p(y | x) [n, K] from their mean."""
    marginal = logsumexp(log_p, 0) - np.log(len(log_p))
    return float(np.exp((np.exp(log_p) * (log_p - marginal)).sum(1).mean()))


def compute(s: Snapshot) -> dict[str, float]:
    assert s.data.modes is not None
    found = {"score": inception(log_posterior(flat(s.x_gen[: s.n]).numpy(), s.data.modes, s.data.mode_std))}
    if s.has("encode"):
        found["mse"] = float((flat(s.x) - flat(s.x_rec)).square().mean())
    return found


METRIC = Metric(
    name="icp",
    title="Inception score and reconstruction",
    question="covers",
    needs=frozenset({"generate", "points"}),
    values={
        "score": Value("Inception score of the modes", "higher", low=1),
        "mse": Value("Mean squared error of reconstructions", "lower", low=0),
    },
    compute=compute,
    references=("real", "mean-image", "random-pairs", "untrained"),
    applies=lambda s: None if s.data.modes is not None else "the points are not a mixture of known modes",
)
