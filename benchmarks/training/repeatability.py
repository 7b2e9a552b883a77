"""Whether a method draws from `methods.noise` alone: one that draws elsewhere cannot be resumed or made again.

Asked of code from outside before it is trained; ours is asked by tests.
"""

from contextlib import suppress

import torch

from benchmarks.planning.config import RunConfig
from benchmarks.storage.checkpoint import digest
from benchmarks.training.flops import advance, probe
from methods.base import Spec


def check_repeatable(config: RunConfig, spec: Spec) -> None:
    """Train two cycles twice over, on a CPU. Raises ValueError where the weights differ."""
    found = set()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with suppress(Exception):  # a method that raises says so in its own run
            for _ in range(2):
                run = probe(config, spec, "cpu")
                if run.method.cycle():
                    advance(run, 2)
                found.add(digest(run.networks.modules.state_dict()))
    finally:
        torch.set_num_threads(threads)
    if len(found) > 1:
        raise ValueError(
            f"method {config.method}: two runs of the same seed end in different weights: draw with methods.noise (normal, "
            "uniform, integers), not with torch.rand or numpy.random"
        )
