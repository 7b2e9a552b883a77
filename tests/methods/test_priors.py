"""Priors: moments, ranges, what encoders output for them, and readable errors."""

import pytest
import torch
from torch import Tensor

from methods import noise
from methods.priors import Prior

N = 20_000


def draw(text: str, latent: int) -> Tensor:
    with noise.using(torch.Generator().manual_seed(0)):
        return Prior.parse(text, latent).sample(N)


@pytest.mark.parametrize(
    ("text", "mean", "std", "low", "high"),
    [
        ("normal", 0, 1, -7, 7),
        ("uniform", 0, 3**-0.5, -1, 1),
        ("bernoulli", 0, 1, -1, 1),
        ("categorical", 0.25, (3 / 16) ** 0.5, 0, 1),
        ("sphere", 0, 1, -2, 2),
    ],
)
def test_moments_and_range(text: str, mean: float, std: float, low: float, high: float) -> None:
    """Within five standard errors of the closed form, and inside the range."""
    z = draw(text, 4).double()
    assert z.shape == (N, 4)
    assert torch.all((z.mean(0) - mean).abs() < 5 * std / N**0.5)
    assert torch.all((z.std(0) - std).abs() < 5 * std / N**0.5)
    assert z.min() >= low and z.max() <= high
    assert abs(float(torch.corrcoef(z.T)[0, 1]) - (-1 / 3 if text == "categorical" else 0)) < 0.05


def test_discrete_parts() -> None:
    z = draw("normal:2+bernoulli:3+categorical", 10)
    assert set(z[:, 2:5].unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(z[:, 5:].sum(1), torch.ones(N)) and set(z[:, 5:].unique().tolist()) == {0.0, 1.0}


def test_what_an_encoder_outputs() -> None:
    """Linear for a normal part, tanh for uniform and Bernoulli, softmax for categorical."""
    code = torch.randn(7, 9, generator=torch.Generator().manual_seed(1))
    assert Prior.parse("normal", 9).activate(code) is code
    made = Prior.parse("normal:2+uniform:2+bernoulli:2+categorical:3", 9).activate(code)
    expected = torch.cat([code[:, :2], code[:, 2:6].tanh(), code[:, 6:].softmax(1)], 1)
    torch.testing.assert_close(made, expected)


def test_one_part_may_take_the_rest() -> None:
    assert Prior.parse("normal+bernoulli:4", 16).parts == (("normal", 12), ("bernoulli", 4))
    assert Prior.parse("normal:12+categorical:4", 16).latent == 16


@pytest.mark.parametrize(
    ("text", "latent"),
    [
        ("gauss", 4),
        ("normal:0", 4),
        ("normal:-1", 4),
        ("normal:x", 4),
        ("", 4),
        ("normal:3", 4),
        ("normal:5", 4),
        ("normal+uniform", 4),
        ("normal+bernoulli:4", 4),
        ("normal", 0),
    ],
)
def test_nonsense_is_a_value_error(text: str, latent: int) -> None:
    with pytest.raises(ValueError, match="prior"):
        Prior.parse(text, latent)


def test_a_sphere_has_one_radius() -> None:
    """sqrt(units), of draws, of what encoders give, and of points between; one unit is no sphere."""
    prior = Prior.parse("sphere", 9)
    with noise.using(torch.Generator().manual_seed(0)):
        a, b = prior.sample(5), prior.activate(noise.normal(5, 9))
    for z in (a, b, prior.between(a, b, 0.3), prior.between(a, b, torch.linspace(0, 1, 5)[:, None])):
        torch.testing.assert_close(z.norm(dim=1), torch.full((5,), 3.0))
    with pytest.raises(ValueError, match="a sphere needs at least 2 units"):
        Prior.parse("sphere:1+normal", 4)


def test_ways_between_latents() -> None:
    """A right angle is halved on a sphere; parts go their own ways, labels behind them along the line; ends are ends."""
    prior = Prior.parse("sphere:2+normal", 4)
    a, b = torch.tensor([[2.0, 0, 1, 1, 0]]), torch.tensor([[0, 2.0, 3, 3, 1]])
    half = 2**0.5
    torch.testing.assert_close(prior.between(a, b, 0.5), torch.tensor([[half, half, 2, 2, 0.5]]))
    torch.testing.assert_close(prior.between(a, b, 0.0), a)
    torch.testing.assert_close(prior.between(a, b, 1.0), b)
    assert torch.equal(prior.between(a, a, 0.5), a), "no angle, no division by its sine"
    flat = Prior.parse("normal", 5)
    assert torch.equal(flat.between(a, b, 0.5), (a + b) / 2)


def test_every_category_in_turn_leaves_the_rest_as_it_is() -> None:
    """Columns beyond the prior's (labels) too; without a categorical part there is none."""
    prior, code = Prior.parse("normal:1+categorical:3+normal", 6), torch.randn(2, 8)
    made = prior.categories(code)
    assert made.shape == (2, 3, 8)
    assert (made[:, :, 1:4] == torch.eye(3)).all()
    assert (made[..., [0, 4, 5, 6, 7]] == code[:, None, [0, 4, 5, 6, 7]]).all()
    assert Prior.parse("normal", 6).categories(code).shape == (2, 0, 8)
