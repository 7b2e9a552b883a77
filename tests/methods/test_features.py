"""Hidden layers by name, and the penalties that several methods share."""

import pytest
import torch
from torch import nn

from benchmarks.planning.registry import FAMILIES
from methods.base import Role
from methods.features import features
from methods.losses import kl_normal, slope_penalty
from methods.priors import Prior
from tests.methods.harness import IMAGES, SMALL, Affine, TwoAffine, spec_of


def test_features_are_what_the_layers_see() -> None:
    """By number and as "last"; the output too; no hook stays; a network of one layer has none."""
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2), nn.LayerNorm(2), nn.Linear(2, 1))
    x = torch.randn(5, 4)
    found = features(net, x)
    assert list(found) == ["1", "2", "last", "output"]
    assert torch.equal(found["1"], net[:2](x)) and torch.equal(found["2"], net[:4](x))
    assert found["last"] is found["2"] and torch.equal(found["output"], net(x))
    assert not any(layer._forward_pre_hooks for layer in net)
    with pytest.raises(ValueError, match="no hidden layer"):
        features(net[0], x)
    joint = TwoAffine(7, (1,), 0)
    assert torch.equal(features(joint, x, x[:, :3])["last"], joint.first(x, x[:, :3]))


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("src", [("x",), ("z",), ("x", "z")])
def test_every_critic_has_features(family: str, src: tuple[str, ...]) -> None:
    """In every family, of joint critics too: the last one decides the score."""
    spec, prior = spec_of(family), Prior.parse("normal", 4)
    role = Role("critic", src, "score")
    n = FAMILIES.get(family)(spec, prior, **SMALL.get(family, {})).networks({"D": role}, 0)
    made = {"x": torch.rand(6, *spec.shape), "z": torch.randn(6, 4)}
    n.modules.eval()
    found = features(n.D, *(made[name] for name in src))
    assert "1" in found and found["last"].shape[0] == 6 and found["output"].shape == (6, 1)
    last = [layer for layer in n.D.modules() if isinstance(layer, nn.Linear)][-1]
    assert torch.equal(last(found["last"]), found["output"])
    assert spec == IMAGES or found["last"].dim() == 2


def test_the_slope_penalty_is_the_squared_gradient() -> None:
    """Of D(x) = w.x it is |w|^2, and its gradient 2 w; the KL of N(0, I) is 0."""
    critic = Affine(18, (1,), 3)
    penalty = slope_penalty(critic, (torch.rand(6, 18),))
    w = critic.weight.detach()
    assert penalty.item() == pytest.approx(w.square().sum().item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(penalty, critic.weight)
    torch.testing.assert_close(gradient, 2 * w)
    assert kl_normal(torch.zeros(2, 6)).tolist() == [0, 0]
