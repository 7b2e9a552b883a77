"""Methods over a base run: its networks stay bit-identical, buffers included; and Creswell's search."""

from typing import Any

import pytest
import torch

from benchmarks.planning.registry import METHODS
from methods.base import Networks, Spec
from methods.losses import cross_entropy
from methods.priors import Prior
from tests.methods.harness import IMAGES, affine_networks, go, method, training, usual_prior, weights_of

OVER_A_BASE = [entry.name for entry in METHODS if entry.cls.base]


def test_who_stands_on_a_base() -> None:
    """Those of one base share it: the plan trains it once."""
    bases = {name: METHODS.get(name).cls.base for name in ("inverse", "direct", "creswell", "icgan")}
    assert bases == {"inverse": "gan", "direct": "gan", "creswell": "gan", "icgan": "cgan"}


@pytest.mark.parametrize("fakes", ["eval", "train"])
@pytest.mark.parametrize("name", [name for name in OVER_A_BASE if METHODS.get(name).cls.players])
def test_the_base_is_frozen(name: str, fakes: str) -> None:
    """G's weights and running statistics (batch norm) are the same bits after training; E's are not."""
    run = training(name, "dcgan", IMAGES, 5, fakes=fakes)
    before = weights_of(run)
    go(run)
    after = weights_of(run)
    frozen = {key for key in before if key.split(".")[0] in run.method.base_roles}
    assert frozen and all(torch.equal(before[key], after[key]) for key in frozen)
    assert any(not torch.equal(before[key], after[key]) for key in before.keys() - frozen)
    assert not any(
        p.requires_grad for role in run.method.base_roles for p in run.networks.modules[role].parameters()
    )


def inverted(prior: str, **options: Any) -> tuple[Networks, torch.Tensor, torch.Tensor]:
    made = method("creswell", **options)
    n = affine_networks(made, Spec((2, 3, 3)), Prior.parse(prior, 3))
    n.modules.eval().requires_grad_(False)
    z = torch.rand(5, 3, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8
    with torch.no_grad():
        return n, z, made.encode(n, n.G(z), torch.Generator().manual_seed(1))


@pytest.mark.parametrize("prior", ["normal", "uniform", "normal:1+uniform:2"])
def test_descent_finds_the_latents(prior: str) -> None:
    """For a generator that can be inverted, z comes back."""
    _, z, found = inverted(prior, search_steps=600, search_lr=0.01)
    torch.testing.assert_close(found, z, atol=0.02, rtol=0)


def test_descent_goes_on_and_stays_in_the_box() -> None:
    """More steps fit better, several starts no worse than the best of them; a uniform prior's z stays in [-1,
    1].
    """
    losses = []
    for steps in (0, 10, 100):
        n, z, found = inverted("uniform", search_steps=steps)
        assert found.abs().max() <= 1 and found.shape == z.shape
        losses.append(float(cross_entropy(n.G(z), n.G(found)).mean()))
    assert losses[0] > losses[1] > losses[2]
    n, z, best = inverted("uniform", search_steps=0, restarts=20)
    assert float(cross_entropy(n.G(z), n.G(best)).mean()) < losses[0]


def test_where_methods_do_not_fit() -> None:
    """Reasons name what is missing."""
    points, bare = Spec((2,)), Spec((3, 8, 8))
    normal, discrete = Prior.parse("normal", 4), Prior.parse("normal+bernoulli:2", 4)
    cases = [
        ("inverse", points, normal, "images"),
        ("creswell", points, normal, "images"),
        ("creswell", bare, discrete, "continuous"),
        ("icgan", bare, normal, "labelled"),
        ("cgan", bare, normal, "labelled"),
        ("vae", bare, discrete, "take prior normal"),
    ]
    for name, spec, prior, reason in cases:
        assert reason in (method(name).fits(spec, prior) or ""), name
    for name in METHODS.names():
        assert method(name).fits(IMAGES, Prior.parse(usual_prior(name, IMAGES), 4)) is None, name


@pytest.mark.parametrize("prior", ["uniform", "sphere", "normal+bernoulli:2"])
def test_codes_lie_where_z_does(prior: str) -> None:
    """A method is refused whose E, or what its paper adds to E, draws codes where z of that prior never is."""
    drawn = {name for name in METHODS.names() if any(r.stochastic for r in method(name).roles.values())}
    assert {"vae", "vae-gan", "ali", "alice", "bigbigan", "soft-introvae"} <= drawn
    for name in {*drawn, "veegan"}:
        reason = method(name).fits(IMAGES, Prior.parse(prior, 4))
        assert reason is not None and "take prior normal" in reason, name
