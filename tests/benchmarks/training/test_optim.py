"""Adam in both manners against its equations in numpy, clipping, and parameters without a gradient."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.planning.config import Optim
from benchmarks.training.cycle import Cycle
from benchmarks.training.optim import Adam, DeviceAdam, clip


def reference(
    kind: str, x: np.ndarray, gradients: list[np.ndarray], lr: float, b1: float, b2: float, eps: float
) -> np.ndarray:
    """Kingma & Ba 2015, algorithm 1 (adam), and the form before section 2.1 that Keras has (keras-adam)."""
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t, g in enumerate(gradients, 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        if kind == "adam":
            x = x - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
        else:
            x = x - lr * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + eps)
    return x


def parameter(*shape: int, seed: int = 0) -> nn.Parameter:
    return nn.Parameter(
        torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    )


@pytest.mark.parametrize("kind", ["adam", "keras-adam"])
def test_against_numpy(kind: str) -> None:
    config = Optim(kind=kind, beta1=0.5, beta2=0.9, eps=1e-2)
    p, rng = parameter(3, 4), np.random.default_rng(0)
    start, gradients = p.detach().numpy().copy(), [rng.normal(0, 0.1, (3, 4)) for _ in range(9)]
    made = Adam({"p": p}, config, lr=0.05)
    for gradient in gradients:
        made.step([torch.from_numpy(gradient.copy())])
    np.testing.assert_allclose(
        p.detach(), reference(kind, start, gradients, 0.05, 0.5, 0.9, 1e-2), rtol=1e-12
    )
    assert p.grad is None


def test_the_manners_differ_where_eps_matters() -> None:
    ends = []
    for kind in ("adam", "keras-adam"):
        p = parameter(2)
        Adam({"p": p}, Optim(kind=kind, eps=1e-2), lr=0.1).step([torch.full((2,), 1e-3, dtype=torch.float64)])
        ends.append(p.detach().clone())
    assert not torch.allclose(ends[0], ends[1])


def test_gradients_in_another_memory_order() -> None:
    """The fused kernel walks memory: a transposed gradient must meet its own weights."""
    a, b = parameter(3, 4), parameter(3, 4)
    gradient = torch.arange(12, dtype=torch.float64).reshape(4, 3).T
    Adam({"p": a}, Optim(), lr=0.1).step([gradient])
    Adam({"p": b}, Optim(), lr=0.1).step([gradient.contiguous()])
    assert torch.equal(a, b)


def test_a_parameter_without_a_gradient_is_skipped_and_not_counted() -> None:
    a, b, alone = parameter(3), parameter(3, seed=1), parameter(3, seed=1)
    still, gradient = b.detach().clone(), torch.ones(3, dtype=torch.float64)
    both, single = (
        Adam({"a": a, "b": b}, Optim(clip="tensor"), lr=0.1),
        Adam({"b": alone}, Optim(clip="tensor"), lr=0.1),
    )
    both.step([gradient.clone(), None])
    assert torch.equal(b, still) and not any(key.startswith("b.") for key in both.tensors())
    both.step([gradient.clone(), gradient.clone()])
    single.step([gradient.clone()])
    assert torch.equal(b, alone)
    both.step([None, None])


def test_the_rate_multiplies_the_learning_rate() -> None:
    a, b, start = parameter(3), parameter(3), parameter(3)
    gradient = torch.ones(3, dtype=torch.float64)
    Adam({"p": a}, Optim(), lr=0.1).step([gradient.clone()], torch.tensor(0.5))
    Adam({"p": b}, Optim(), lr=0.05).step([gradient.clone()])
    assert torch.allclose(a, b, rtol=1e-12)
    still = Adam({"p": start}, Optim(), lr=0.1)
    before = start.detach().clone()
    still.step([gradient.clone()], 0.0)
    assert torch.equal(start, before)


def test_a_falling_rate_is_the_same_whether_a_graph_holds_it_or_not() -> None:
    """The cycle's factor is a tensor where it is recorded: of float64, as the number that it stands for."""
    optim = Optim(lr=2e-4, decay_from=0.5, decay_to=0.01)
    adam = DeviceAdam({"p": torch.nn.Parameter(torch.zeros(1))}, optim, lr=2e-4)
    config = SimpleNamespace(optim=optim, schedules=dict, steps=2000)
    run = SimpleNamespace(
        method=SimpleNamespace(cycle=list), config=config, optimisers={}, device="cpu", step=0
    )
    static, eager = (Cycle(run, static) for static in (True, False))  # type: ignore[arg-type]
    for run.step in range(1000, 2000):
        for cycle in (static, eager):
            cycle.prepare()
        assert torch.equal(adam._rate(static._rate), adam._rate(eager._rate)), run.step  # type: ignore[arg-type]


def test_clipping_bounds_each_tensor() -> None:
    long, short, zero = torch.full((4,), 3.0), torch.full((4,), 0.1), torch.zeros(4)
    gradients: list[torch.Tensor | None] = [long.clone(), None, short.clone(), zero.clone()]
    clip(gradients)
    assert torch.allclose(gradients[0], long / 6) and gradients[1] is None  # type: ignore[arg-type]
    assert torch.equal(gradients[2], short) and torch.equal(gradients[3], zero)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["adam", "keras-adam"])
def test_it_goes_on_from_its_tensors(kind: str) -> None:
    gradients = [
        torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(i)) for i in range(6)
    ]
    a, b = parameter(3), parameter(3)
    first, second = (Adam({"p": p}, Optim(kind=kind, eps=1e-2), lr=0.1) for p in (a, b))
    for gradient in gradients[:3]:
        first.step([gradient.clone()])
    with torch.no_grad():
        b.copy_(a)
    second.load({key: value.clone() for key, value in first.tensors().items()})
    for gradient in gradients[3:]:
        first.step([gradient.clone()])
        second.step([gradient.clone()])
    assert torch.equal(a, b)
