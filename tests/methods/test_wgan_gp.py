"""WGAN-GP's losses and gradients against numpy, with a critic whose slope is known."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.base import Spec
from methods.losses import gradient_penalty, slope_penalty
from methods.priors import Prior
from tests.methods.harness import (
    Affine,
    Table,
    affine,
    affine_networks,
    agree,
    drawn,
    float64,
    forward,
    method,
)

SPEC, PRIOR, B = Spec((2, 3, 3), labels=3), Prior.parse("normal", 3), 6


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    with float64():
        yield


class Quadratic(nn.Module):
    """D(x) = a |x|^2 / 2 + w.x + c, whose slope a x + w is known."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.7))
        self.w = nn.Parameter(torch.linspace(-1, 1, wide))
        self.c = nn.Parameter(torch.tensor(0.3))

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        return (self.a * x.square().sum(1) / 2 + x @ self.w + self.c)[:, None]


def test_wgan_gp() -> None:
    """Eq. 3: D(G(z)) - D(x) + 10 (|grad D(x_mix)| - 1)^2, and its gradients, that of the output's bias being
    0.
    """
    made = method("wgan-gp")
    n = affine_networks(made, SPEC, PRIOR)
    critic = n.modules["Dx"] = Quadratic(18)
    first, *_, last = made.cycle()
    b, terms = forward(made, n, Table(SPEC, B), first)
    x, x_gen = b.x.numpy().reshape(B, -1), affine(n.G, b.z.numpy()).reshape(B, -1)
    share = drawn("fake_x_gen", "slope", B, uniform=True).numpy()[:, None]
    a, w, c = 0.7, np.linspace(-1, 1, 18), 0.3

    def loss(a: float, w: np.ndarray, c: float) -> dict[str, float]:
        def d(v: np.ndarray) -> float:
            return float((a * (v**2).sum(1) / 2 + v @ w + c).mean())

        slope = np.sqrt(((a * (share * x + (1 - share) * x_gen) + w) ** 2).sum(1)) / 2  # in [-1, 1]
        return {"real_x": -d(x), "fake_x_gen": d(x_gen), "slope": 10 * float(((slope - 1) ** 2).mean())}

    agree({name: term.item() for name, term in terms.items()}, loss(a, w, c))
    whole = made.combine("Dx", terms, made.weights, {})
    got = torch.autograd.grad(whole, [critic.a, critic.w, critic.c])
    h = 1e-6
    by_a = (sum(loss(a + h, w, c).values()) - sum(loss(a - h, w, c).values())) / (2 * h)
    by_w = [
        (sum(loss(a, w + d, c).values()) - sum(loss(a, w - d, c).values())) / (2 * h) for d in h * np.eye(18)
    ]
    assert got[0].item() == pytest.approx(by_a, rel=1e-6)
    np.testing.assert_allclose(got[1].numpy(), by_w, rtol=1e-6)
    assert got[2].item() == pytest.approx(0, abs=1e-15)
    _, terms = forward(made, n, Table(SPEC, B), last)
    x_gen = affine(n.G, forward(made, n, Table(SPEC, B), last)[0].z.numpy()).reshape(B, -1)
    assert terms["adv_x_gen"].item() == pytest.approx(-(a * (x_gen**2).sum(1) / 2 + x_gen @ w + c).mean())
    assert len(made.cycle()) == 6


def test_slopes_are_those_of_images_in_the_papers_range() -> None:
    """A critic of images in [-1, 1], x -> D(2 x - 1), has half the slope that it has here; of points the same."""
    images = torch.rand(5, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    weight = torch.randn(18, generator=torch.Generator().manual_seed(1))

    def critic(x: Tensor) -> Tensor:
        return (2 * x - 1).flatten(1) @ weight

    assert slope_penalty(critic, (images,)).item() == pytest.approx(weight.square().sum().item(), rel=1e-5)
    penalty = gradient_penalty(critic, (images,), (1 - images,), torch.full((5,), 0.3))
    assert penalty.item() == pytest.approx((weight.norm().item() - 1) ** 2, rel=1e-5)
    points = images.flatten(1)
    assert slope_penalty(lambda x: x @ weight, (points,)).item() == pytest.approx(
        weight.square().sum().item(), rel=1e-5
    )


def test_the_penalty_is_zero_where_the_slope_is_one() -> None:
    critic = Affine(4, (1,), 0)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[0.5, 0.5, 0.5, 0.5]]))
    x = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    assert gradient_penalty(critic, (x,), (1 - x,), torch.full((3,), 0.3)).item() == pytest.approx(
        0, abs=1e-20
    )
