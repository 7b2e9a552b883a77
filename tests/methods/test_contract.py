"""The contract, over every registered method and family: a new plugin needs no new test."""

from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.planning.config import Optim
from benchmarks.planning.registry import FAMILIES, METHODS
from benchmarks.training.optim import OPTIMISERS, Adam
from benchmarks.training.state import Training
from methods import noise
from methods.priors import Prior
from tests.methods.harness import IMAGES, go, method, misfit, spec_of, training, weights_of

STEPS = 20


PAIRS = [
    (name, family) for name in METHODS.names() for family in FAMILIES.names() if not misfit(name, family)
]
SMALL = ("mlp", "dense", "conv", "dcgan")


def slow(name: str, family: str) -> bool:
    """Whether a method of ours is trained in large networks beside small ones."""
    ours = METHODS.get(name).cls.__module__.startswith("methods.")
    return ours and family not in SMALL and any((name, small) in PAIRS for small in SMALL)


class Watch:
    """Stands before every player's optimiser: keeps the largest gradient of each parameter, and what moves by
    whom.
    """

    def __init__(self, run: Training) -> None:
        self.parameters = dict(run.networks.modules.named_parameters())
        self.before = self.flat()
        self.gradient, self.moved = (
            torch.zeros_like(self.before),
            torch.zeros_like(self.before, dtype=torch.bool),
        )
        self.trespasses: set[str] = set()
        for player, optimiser in run.optimisers.items():
            own = optimiser.parameters
            mine = torch.cat([torch.full((p.numel(),), name in own) for name, p in self.parameters.items()])
            where = {name: i for i, name in enumerate(own)}
            order = [where[name] for name in self.parameters if name in own]
            optimiser.step = self.around(player, optimiser, mine, order)  # type: ignore[method-assign]

    def flat(self) -> Tensor:
        return torch.cat([p.detach().flatten() for p in self.parameters.values()])

    def named(self, flat: Tensor) -> set[str]:
        """The parameters of which anything in `flat` is set."""
        parts = flat.split([p.numel() for p in self.parameters.values()])
        return {name for name, part in zip(self.parameters, parts, strict=True) if part.any()}

    def around(self, player: str, optimiser: Adam, mine: Tensor, order: list[int]) -> Any:
        step, own = optimiser.step, list(optimiser.parameters.values())

        def stepped(gradients: list[Tensor | None], rate: Tensor | float = 1.0) -> None:
            pairs = [(gradients[i], own[i]) for i in order]
            given = [torch.zeros_like(p) if g is None else g for g, p in pairs]
            flat = torch.cat([gradient.flatten() for gradient in given]).abs()
            self.gradient[mine] = torch.maximum(self.gradient[mine], flat)
            step(gradients, rate)
            changed = self.flat() != self.before
            if (changed & ~mine).any():
                self.trespasses.add(player)
            self.moved |= changed
            self.before = self.flat()

        return stepped


def full(run: Training, declared: tuple[str, ...]) -> set[str]:
    """Declared parameters by their full names; "Dx.last" is the last bias of Dx."""
    names = set()
    for entry in declared:
        role, _, parameter = entry.partition(".")
        held = [key for key, _ in run.networks.modules[role].named_parameters() if key.endswith("bias")]
        names.add(f"{role}.{held[-1] if parameter == 'last' else parameter}")
    return names


@pytest.mark.parametrize(
    ("name", "family"), [pytest.param(*pair, marks=[pytest.mark.slow] * slow(*pair)) for pair in PAIRS]
)
def test_training(name: str, family: str) -> None:
    """20 steps: losses are finite, each step moves the player's own parameters alone, and every one of them
    gets a gradient but those that the method declares unreached.
    """
    run = training(name, family, spec_of(family), STEPS if method(name).players else 0)
    watch = Watch(run)
    for row in go(run):
        assert all(abs(value) < 1e6 for value in row.values()), row
    assert run.step == STEPS or not run.method.players
    assert not watch.trespasses
    owned = {f"{role}.{key}" for roles in run.method.players.values() for role in roles
             for key, _ in run.networks.modules[role].named_parameters()}  # fmt: skip
    declared, seldom = full(run, run.method.unreached), full(run, run.method.seldom_reached)
    missed = owned - watch.named(watch.gradient)
    astray = sorted(missed - declared - seldom)
    assert not astray, f"no gradient reaches {astray}"
    assert watch.named(watch.moved) == owned - missed and declared <= missed


@pytest.mark.parametrize(("name", "family"), PAIRS)
def test_the_finished_model(name: str, family: str) -> None:
    """generate, encode and translate give the shapes and ranges of the data, the same twice; what a method cannot, it
    does not claim.
    """
    spec = spec_of(family)
    short: dict[str, Any] = {"search_steps": 3} if "search_steps" in METHODS.get(name).options else {}
    run = training(name, family, spec, 0, **short)
    made, n = run.method, run.networks
    n.modules.eval().requires_grad_(False)
    assert made.can() <= {"generate", "encode", "translate"} and made.can()
    assert ("translate" in made.can()) <= made.two_domains()
    x = run.source.x(torch.arange(5))
    z = None
    with torch.no_grad():
        if "encode" in made.can():
            z, again = (made.encode(n, x, torch.Generator().manual_seed(1)) for _ in range(2))
            assert z.shape[0] == 5 and z.dtype == torch.float32 and torch.equal(z, again)
        if "translate" in made.can():
            for to in ("x2", "x"):
                turned, same = (made.translate(n, x, to) for _ in range(2))
                assert turned.shape == x.shape and torch.equal(turned, same) and not torch.equal(turned, x)
                assert not spec.images or (turned.min() >= 0 and turned.max() <= 1)
        if "generate" in made.can():
            known = (
                run.source.y(torch.arange(32))
                if made.labelled
                else torch.randn(32, 4)
                if made.ex_post
                else None
            )
            drawn, same = (
                made.latents(n.prior, known, 6, torch.Generator().manual_seed(2)) for _ in range(2)
            )
            assert torch.equal(drawn, same) and (z is None or z.shape[1] == drawn.shape[1])
            images = made.generate(n, drawn)
            assert images.shape == (6, *spec.shape)
            if spec.images:
                assert images.min() >= 0 and images.max() <= 1


@pytest.mark.parametrize("name", METHODS.names())
def test_the_declaration(name: str) -> None:
    """What people read is there; players own each role once and no role of the base; options' choices hold
    the default.
    """
    entry, made = METHODS.get(name), method(name)
    assert entry.title and entry.paper and entry.summary and isinstance(made.version, int)
    owned = [role for roles in made.players.values() for role in roles]
    frozen = set(made.base_roles) if made.base else set()
    assert len(owned) == len(set(owned)) and set(owned) == set(made.roles) - frozen
    if made.base:
        base = method(made.base)
        assert base.base is None and all(made.roles[role] == base.roles[role] for role in frozen)
    for key, values in {**made.common_choices, **made.choices}.items():
        assert made.options.get(key, values[0]) in values
    assert all(role.kind in ("producer", "critic") for role in made.roles.values())


@pytest.mark.parametrize("name", METHODS.names())
def test_what_a_paper_recommends_is_known(name: str) -> None:
    """Its optimiser's constants, its own options and weights; a prior that can be read."""
    made = METHODS.get(name).cls
    paper = dict(METHODS.get(name).recommended)
    optim = Optim.model_validate({"lr": 1e-3, "beta1": 0.9, **paper.pop("optim", {})})
    assert optim.kind in OPTIMISERS and set(optim.players) <= set(made.players)
    assert set(paper.pop("options", {})) <= set(made.options) | set(made.common)
    assert set(paper.pop("weights", {})) <= set(made.weights)
    Prior.parse(paper.pop("prior", "normal"), 16)
    assert paper.pop("batch", 1) > 0 and not paper


@pytest.mark.parametrize("name", METHODS.names())
def test_the_cycle(name: str) -> None:
    """Updates name terms that exist, on streams named by what is trained on, and one counted update at
    least.
    """
    made = method(name)
    updates = made.cycle()
    terms = {term for update in updates for names in update.terms.values() for term in names}
    assert all(hasattr(made, f"term_{term}") for term in terms)
    assert {player for update in updates for player in update.terms} == set(made.players)
    assert bool(updates) == bool(made.players)
    assert not updates or sum(update.steps for update in updates) > 0
    assert set(made.ever_on) <= terms
    assert all(term in made.weights for update in updates for player, names in update.terms.items() for term in names
               if all(made.roles[role].kind == "producer" for role in made.players[player]))  # fmt: skip


def test_same_seed_same_weights() -> None:
    """Two runs of one seed end in the same bits, another seed in others (AEGAN: noise in every network)."""
    runs = [training("aegan", "aegan", IMAGES, 4, seed=seed) for seed in (3, 3, 4)]
    for run in runs:
        go(run)
    a, b, c = (weights_of(run) for run in runs)
    assert all(torch.equal(value, b[key]) for key, value in a.items())
    assert not all(torch.equal(value, c[key]) for key, value in a.items())


def test_fakes_are_made_in_evaluation_mode_unless_asked() -> None:
    """With E's noise on while critics learn, AEGAN takes another way."""
    ways = []
    for fakes in ("eval", "train"):
        run = training("aegan", "aegan", IMAGES, 4, fakes=fakes)
        go(run)
        ways.append(weights_of(run))
    assert any(not torch.equal(value, ways[1][key]) for key, value in ways[0].items() if key.startswith("Dz"))


def test_the_ex_post_gaussian_has_the_codes_moments() -> None:
    codes = (
        torch.randn(4000, 3, generator=torch.Generator().manual_seed(0))
        @ torch.tensor([[1.0, 0.5, 0], [0, 2, 0], [0, 0, 0]])
        + 5
    )
    made = method("ae")
    drawn = made.latents(Prior.parse("normal", 3), codes, 20_000, torch.Generator().manual_seed(1))
    torch.testing.assert_close(drawn.mean(0), codes.mean(0), atol=0.06, rtol=0)
    torch.testing.assert_close(drawn.T.cov(), codes.T.cov(), atol=0.15, rtol=0)


def test_latents_without_codes_are_the_prior_s() -> None:
    prior = Prior.parse("uniform", 3)
    drawn = method("gan").latents(prior, None, 5, torch.Generator().manual_seed(1))
    with noise.using(torch.Generator().manual_seed(1)):
        assert torch.equal(drawn, prior.sample(5))
