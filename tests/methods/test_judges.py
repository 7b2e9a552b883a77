"""Networks that judge, over all methods and families: they join what they are given, stay in training mode, and keep to the norms
that their authors have.
"""

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.planning.registry import FAMILIES, METHODS
from benchmarks.training.cycle import modes
from methods import losses, noise
from methods.base import Role
from methods.families.dense import BatchNorm as DenseBatchNorm
from methods.families.layers import BatchNorm, ChannelNorm
from methods.losses import pixel_l1
from methods.priors import Prior
from methods.roles import OTHER
from tests.methods.harness import IMAGES, SMALL, affine_networks, forward, method, misfit, spec_of, training

CLASSES = {METHODS.get(name).cls for name in METHODS.names()}
# every set of two or more inputs of which a network makes no image
JOINT = {
    (role.kind, role.src, role.dst, role.stochastic)
    for cls in CLASSES
    for role in cls.roles.values()
    if len(set(role.src)) > 1 and role.dst not in OTHER
}
LARGE: dict[str, dict[str, float]] = {
    "conv": {"channels": 64},
    "dcgan": {"width": 1 / 8},
    "aegan": {"width": 1 / 8},
    "munit": {"width": 1 / 8},
}


def spread(values: Tensor) -> float:
    return float(values.std())


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("shape", sorted(JOINT))
def test_what_comes_together_is_joined(family: str, shape: tuple[str, tuple[str, ...], str, bool]) -> None:
    """f(a, b) - f(a, b') - f(a', b) + f(a', b') over the spread of f: zero where a network only adds up what it gives to each."""
    kind, src, dst, stochastic = shape
    spec, role = spec_of(family), Role(kind, src, dst, stochastic)
    made = FAMILIES.get(family)
    if made.fits(spec, role):
        pytest.skip(str(made.fits(spec, role)))
    arch = LARGE.get(family, SMALL.get(family, {}))
    network = made(spec, Prior.parse("normal", 4), **arch).networks({"N": role}, 0).modules["N"].eval()
    rng = torch.Generator().manual_seed(3)
    draw = {
        "x": lambda: torch.rand(256, *spec.shape, generator=rng),
        "z": lambda: torch.randn(256, 4, generator=rng),
        "y": lambda: (torch.rand(256, spec.labels, generator=rng) < 0.5).float(),
    }
    draw["x2"] = draw["x"]
    first, second = ([draw[name]() for name in src] for _ in range(2))
    with torch.no_grad(), noise.using(torch.Generator().manual_seed(0)):
        f = [
            network(a, *rest)[:, 0]
            for a, rest in (
                (first[0], first[1:]),
                (first[0], second[1:]),
                (second[0], first[1:]),
                (second[0], second[1:]),
            )
        ]
    assert spread(f[0] - f[1] - f[2] + f[3]) > 0.02 * spread(f[0])


SCORES = {"age": "E", "alae": "E", "introvae": "E", "soft-introvae": "E"}


def test_who_scores_is_declared() -> None:
    declared = {
        cls.name: name
        for cls in CLASSES
        for name, role in cls.roles.items()
        if role.scores and cls.name in SCORES
    }
    assert declared == SCORES


@pytest.mark.parametrize("name", METHODS.names())
def test_judges_are_always_in_training_mode(name: str) -> None:
    """Whoever is updated: a score by running statistics is another function than the one that was learnt."""
    family = next((f for f in ("dcgan", "dense", "munit") if not misfit(name, f)), None)
    if family is None:
        pytest.skip("fits no family of images")
    run = training(name, family, spec_of(family), 0)
    for update in run.method.cycle():
        modes(run.method, run.networks, frozenset(update.terms))
        for role_name, role in run.method.roles.items():
            if role.judges:
                assert run.networks.modules[role_name].training, role_name


@pytest.mark.parametrize("family", ["conv", "dcgan"])
def test_critics_have_layer_norm_unless_told(family: str) -> None:
    """Batch norm in critics only where arch.norm asks for it; producers have it by default."""
    roles = {"G": Role("producer", ("z",), "x"), "Dx": Role("critic", ("x",), "score")}
    roles["Dxz"] = Role("critic", ("x", "z"), "score")
    for norm, critics in (("mixed", False), ("batch", True)):
        made = FAMILIES.get(family)(IMAGES, Prior.parse("normal", 4), norm=norm).networks(roles, 0)
        has = {
            name: any(isinstance(layer, BatchNorm) for layer in made.modules[name].modules())
            for name in roles
        }
        assert has == {"G": True, "Dx": critics, "Dxz": critics}


NO_BATCH_NORM = {
    "acai": ["Dx"], "alae": ["D", "E"], "began": ["D"], "bigbigan": ["Dx", "Dxz", "Dz"], "gaia": ["D"], "idinvert": ["Dx"],
    "r3gan": ["Dx"], "sngan": ["Dx"], "wgan-gp": ["Dx"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NO_BATCH_NORM))
def test_critics_whose_authors_have_no_batch_norm(name: str) -> None:
    roles = METHODS.get(name).cls.roles
    assert [role for role in sorted(roles) if roles[role].batch_independent] == NO_BATCH_NORM[name]


@pytest.mark.parametrize("name", METHODS.names())
def test_whose_slopes_are_penalised_sees_each_sample_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Networks that a slope passes through are those whose role says `batch_independent`."""
    family = next((f for f in ("dcgan", "dense", "munit", "mlp") if not misfit(name, f)), None)
    if family is None:
        pytest.skip("fits no family of small data")
    run, penalised, inside = training(name, family, spec_of(family), 0), set[str](), []

    def slopes(critic: losses.Critic, sample: losses.Sample) -> Tensor:
        inside.append(True)
        made = plain(critic, sample)
        inside.pop()
        return made

    plain = losses._slopes
    monkeypatch.setattr(losses, "_slopes", slopes)
    for role_name, network in run.networks.modules.items():
        network.register_forward_hook(lambda *_, who=role_name: penalised.add(who) if inside else None)
    for update in run.method.cycle():
        forward(run.method, run.networks, run.source, update)
    assert all(run.method.roles[who].batch_independent for who in penalised)
    assert bool(penalised) == name.endswith(PENALISED)


PENALISED = ("alae", "idinvert", "r3gan", "wgan-gp")


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize("norm", ["", "batch", "layer"])
def test_no_family_has_a_norm_that_a_role_forbids(family: str, norm: str) -> None:
    """Whatever arch.norm asks for: no batch norm where samples are seen alone, no norm at all under spectral norm."""
    made, spec = FAMILIES.get(family), spec_of(family)
    if norm and norm not in made.choices.get("norm", ()):
        pytest.skip("has no such option")
    arch = {**SMALL.get(family, {}), **({"norm": norm} if norm else {})}
    for name in METHODS.names():
        if misfit(name, family):
            continue
        roles = {k: role for k, role in method(name).roles.items() if role.batch_independent or role.spectral}
        networks = made(spec, Prior.parse("normal", 4), **arch).networks(roles, 0)
        for role_name, role in roles.items():
            layers = list(networks.modules[role_name].modules())
            assert not any(isinstance(layer, BatchNorm | DenseBatchNorm) for layer in layers), (
                name,
                role_name,
            )
            assert not (role.spectral and any(isinstance(layer, ChannelNorm) for layer in layers)), (
                name,
                role_name,
            )


@pytest.mark.parametrize("family", FAMILIES.names())
@pytest.mark.parametrize(("name", "term"), [("aegan", "rec_x"), ("began", "real"), ("cyclegan", "idt_x")])
def test_distances_of_images_are_the_papers(name: str, term: str, family: str) -> None:
    """The term over the authors' own, a mean absolute difference of images in [-1, 1]: 1 in every family."""
    if misfit(name, family) or not spec_of(family).images:
        pytest.skip(misfit(name, family) or "points are as they are")
    run = training(name, family, spec_of(family), 0, weights={term: 1.0} if term == "idt_x" else None)
    made, nets = run.method, run.networks
    update = next(u for u in made.cycle() if any(term in terms for terms in u.terms.values()))
    b, terms = forward(made, run.networks, run.source, update)
    modes(made, run.networks, frozenset(update.terms))
    with noise.using(torch.Generator().manual_seed(0)):
        pair = {
            "rec_x": lambda: (b.x, b.x_rec),
            "real": lambda: (b.x, nets.D(b.x)),
            "idt_x": lambda: (b.x, nets.F(b.x)),
        }[term]()
    theirs = np.abs((2 * pair[0] - 1).detach().numpy() - (2 * pair[1] - 1).detach().numpy()).mean()
    assert terms[term].item() / theirs == pytest.approx(1, rel=2e-2)  # noise in critics is another draw


def test_points_are_as_they_are() -> None:
    a, b = torch.zeros(3, 2), torch.ones(3, 2)
    assert pixel_l1(a, b).item() == 1
    assert affine_networks(method("ae"), spec_of("mlp"), Prior.parse("normal", 2)).content is None
