"""Batch norm's statistics estimated anew: by numpy over the same batches, without touching the run."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.planning.preset import build
from benchmarks.planning.registry import DATASETS, METHODS
from benchmarks.planning.resolve import resolve
from benchmarks.training.normalisation import reestimated
from benchmarks.training.state import Training
from methods import noise
from methods.base import Batch
from methods.families.layers import BatchNorm
from tests.benchmarks import tiny
from tests.methods.harness import go, spec_of, training, weights_of


def trained(method: str = "bigan") -> Training:
    run = training(method, "dcgan", spec_of("dcgan"), 4)
    go(run)
    return run


@pytest.mark.parametrize(
    ("method", "how", "made"), [("bigan", "reestimated", "x_gen"), ("ae", "reestimated-rec", "x_rec")]
)
def test_they_are_means_over_batches(method: str, how: str, made: str) -> None:
    """Of the means and the unbiased variances of what the first norm of G is given."""
    run = trained(method)
    before = weights_of(run)
    found = reestimated(
        run.method, run.networks, run.source, run.state, noise.Keyed(3), before, how, batches=5
    )
    networks = replace(run.networks, modules=copy.deepcopy(run.networks.modules).eval())
    norms = [
        (name, layer) for name, layer in networks.modules.named_modules() if isinstance(layer, BatchNorm)
    ]
    name, layer = next((name, layer) for name, layer in norms if name.startswith("G."))
    seen: list[torch.Tensor] = []
    layer.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    for _, each in norms:
        each.train()
    rng = noise.Keyed(3)
    for i in range(5):
        rng.at("statistics", i)
        getattr(Batch(run.method, networks, run.source, rng, run.state), made)
    rows = [h.double().numpy().reshape(*h.shape[:2], -1) for h in seen]
    means, variances = (
        [getattr(np, what)(r, axis=(0, 2), **k) for r in rows]
        for what, k in (("mean", {}), ("var", {"ddof": 0}))
    )
    n = rows[0].shape[0] * rows[0].shape[2]
    np.testing.assert_allclose(found[f"{name}.running_mean"].numpy(), np.mean(means, 0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        found[f"{name}.running_var"].numpy(), np.mean(variances, 0) * n / (n - 1), rtol=1e-4, atol=1e-6
    )
    moved = {k for k in before if not torch.equal(found[k], before[k])}
    assert moved and all("running" in k or "num_batches" in k for k in moved)
    assert all(k.startswith(("G.", "E.")) for k in moved), "critics are not evaluated"
    assert all(torch.equal(v, before[k]) for k, v in weights_of(run).items()), "the run is as it was"


def test_a_run_evaluates_them_and_trains_with_its_own(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr("benchmarks.training.state.reestimated", lambda *args: calls.append(args) or args[-1])
    run = trained()
    run.evaluated()
    assert not calls
    run.config = run.config.model_copy(update={"norm_statistics": "reestimated"})
    run.evaluated(), run.evaluated()
    assert len(calls) == 1, "once for a step"


def test_a_run_is_named_by_them() -> None:
    run = trained()
    other = run.config.model_copy(update={"norm_statistics": "reestimated"})
    assert other.hash != run.config.hash
    assert run.config.model_copy(update={"norm_statistics": "running"}).hash == run.config.hash


@pytest.mark.parametrize(("method", "named"), [("bigan", "reestimated"), ("ae", "reestimated-rec")])
def test_a_g_that_learns_on_codes_alone_has_those_of_reconstructions(
    method: str, named: str, tmp_path: Path
) -> None:
    preset = build(tiny.values(tmp_path, norm_statistics="reestimated"))
    data = DATASETS.get(preset.dataset)(tmp_path, **preset.data)
    assert resolve(preset, METHODS.get(method), 0, data, "cpu").norm_statistics == named
