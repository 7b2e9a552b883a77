"""How long a training step takes: `tox -e bench`. As an ordinary test each runs once and asserts no time."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from benchmarks.compute import advance, probe
from benchmarks.config import Optim, RunConfig
from benchmarks.registry import FAMILIES, METHODS
from methods.base import Spec

SPEC = Spec((3, 16, 16), labels=4)


def config(method: str) -> RunConfig:
    """The `quick` preset's networks on blank images."""
    entry, family = METHODS.get(method), FAMILIES.get("aegan")
    return RunConfig(
        dataset="blank", data={}, family="aegan", arch={**family.defaults, "width": 0.125}, method=method,
        weights=entry.weights, options=entry.options, prior="normal", latent=16, batch=16, steps=0, evaluate=(),
        optim=Optim(kind="keras-adam", clip="tensor"), seed=0, versions={},
    )  # fmt: skip


@pytest.mark.parametrize("method", ["gan", "aegan"])
def test_a_cycle(method: str, benchmark: Callable[..., Any]) -> None:
    """One cycle of a method: two steps of gan, four of aegan, their critics' updates included."""
    run = probe(config(method), SPEC, "cpu")
    assert benchmark(advance, run, 1) == sum(update.counts for update in run.method.cycle())
    assert all(torch.isfinite(p).all() for p in run.networks.modules.parameters())
