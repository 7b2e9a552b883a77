"""Batch norm's statistics estimated anew: by numpy over the same batches, without touching the run."""

import numpy as np
import torch

from benchmarks.training.normalisation import reestimated
from benchmarks.training.state import Training
from methods import noise
from methods.base import Batch
from methods.families.layers import BatchNorm
from tests.methods.harness import go, spec_of, training, weights_of


def trained() -> Training:
    run = training("bigan", "dcgan", spec_of("dcgan"), 4)
    go(run)
    return run


def test_they_are_means_over_batches() -> None:
    """Of the means and the unbiased variances of what the first norm of G is given."""
    run = trained()
    before = weights_of(run)
    found = reestimated(run.method, run.networks, run.source, run.state, noise.Keyed(3), before, batches=5)
    name, layer = next(
        (name, layer) for name, layer in run.networks.G.named_modules() if isinstance(layer, BatchNorm)
    )
    seen: list[torch.Tensor] = []
    layer.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    run.networks.modules.eval()
    rng = noise.Keyed(3)
    for i in range(5):
        rng.at("statistics", i)
        _ = Batch(run.method, run.networks, run.source, rng, run.state).x_gen
    rows = [h.double().numpy().reshape(*h.shape[:2], -1) for h in seen]
    means, variances = (
        [getattr(np, what)(r, axis=(0, 2), **k) for r in rows]
        for what, k in (("mean", {}), ("var", {"ddof": 0}))
    )
    n = rows[0].shape[0] * rows[0].shape[2]
    np.testing.assert_allclose(
        found[f"G.{name}.running_mean"].numpy(), np.mean(means, 0), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        found[f"G.{name}.running_var"].numpy(), np.mean(variances, 0) * n / (n - 1), rtol=1e-4, atol=1e-6
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
