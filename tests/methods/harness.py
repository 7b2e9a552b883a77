"""What the tests of methods share: small runs through the real trainer, and tiny networks that numpy can
repeat.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.planning.config import Optim, RunConfig
from benchmarks.planning.registry import FAMILIES, METHODS, Entry
from benchmarks.training.cycle import modes
from benchmarks.training.loop import Hooks, train
from benchmarks.training.state import Source, Training
from methods import noise
from methods.base import Batch, Method, Networks, Spec, Terms, Update
from methods.priors import Prior
from methods.roles import OTHER

IMAGES = Spec((3, 8, 8), labels=4)
POINTS = Spec((2,), labels=4, label_kind="classes")
SMALL: dict[str, dict[str, Any]] = {
    "aegan": {"width": 1 / 16},
    "conv": {"channels": 8},
    "cyclegan": {"width": 1 / 32},
    "dcgan": {"width": 1 / 32},
    "dense": {"width": 16, "slope": 0.2},
    "mlp": {"width": 16, "output": "sigmoid"},
    "munit": {"width": 1 / 32},
}


def entry_of(name: str | type[Method]) -> Entry:
    """A registered method or variant by name; a class that nobody registered as it is."""
    if isinstance(name, str):
        return METHODS.get(name)
    options = {**name.common, **name.options}
    return Entry(name.name, name, name.title, name.paper, name.summary, dict(name.weights), options)


def method(name: str | type[Method], weights: Mapping[str, float] | None = None, **options: Any) -> Method:
    """A method as a plan makes it: variant, weights and options resolved."""
    entry = entry_of(name)
    ever_on = [term for term, weight in {**entry.weights, **(weights or {})}.items() if weight]
    return entry.cls(ever_on, {**entry.options, **options})


def spec_of(family: str) -> Spec:
    return IMAGES if FAMILIES.get(family).fits(IMAGES) is None else POINTS


def usual_prior(name: str | type[Method], spec: Spec) -> str:
    """The normal one, or where a method cannot have it the one that it recommends."""
    cls = entry_of(name).cls
    if cls.name == "infogan":  # its paper's does not fit into four units
        return "categorical:2+uniform:1+normal"
    return (
        "normal"
        if cls.fits(spec, Prior.parse("normal", 4)) is None
        else cls.recommended.get("prior", "normal")
    )


def misfit(name: str, family: str) -> str | None:
    """Why a method cannot run on the family's small data."""
    spec, made = spec_of(family), method(name)
    reasons = [made.fits(spec, Prior.parse(usual_prior(name, spec), 4))]
    reasons += [FAMILIES.get(family).fits(spec, role) for role in made.roles.values()]
    return next((reason for reason in reasons if reason), None)


def arrays(spec: Spec, size: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Random data as a data set stores them: uint8 images or float points, and labels."""
    rng = np.random.default_rng(7)
    c, *hw = spec.shape
    x = rng.integers(0, 256, (size, *hw, c), dtype=np.uint8) if hw else rng.random((size, c), np.float32)
    labels = rng.random((size, spec.labels))
    if spec.label_kind == "classes":
        return x, np.eye(spec.labels, dtype=np.uint8)[labels.argmax(1)]
    return x, (labels < 0.5).astype(np.uint8)


def training(
    name: str | type[Method],
    family: str,
    spec: Spec,
    steps: int,
    *,
    seed: int = 0,
    batch: int = 4,
    prior: str = "",
    latent: int = 4,
    weights: Mapping[str, float] | None = None,
    **options: Any,
) -> Training:
    """A run of `steps` updates of the producers, not yet started; a base's networks stand at their initial
    weights.
    """
    entry, made = entry_of(name), method(name, weights, **options)
    prior = prior or usual_prior(name, spec)
    law = Prior.parse(prior, latent)
    arch = SMALL.get(family, {})
    networks = FAMILIES.get(family)(spec, law, **arch).networks(made.roles, seed)
    if made.base:
        for role in made.base_roles:
            networks.modules[role].eval()
    config = RunConfig(
        dataset="random", data={}, family=family, arch=arch, method=entry.name, weights={**entry.weights, **(weights or {})},
        options=dict(made.options), prior=prior, latent=latent, batch=batch, steps=steps, evaluate=(steps,),
        optim=Optim(), seed=seed, versions={},
    )  # fmt: skip
    x, labels = arrays(spec)
    source = Source(x, labels, batch, torch.device("cpu"))
    source.second = Source(255 - x if spec.images else 1 - x, labels, batch, torch.device("cpu"))
    return Training(config, made, networks, source, torch.device("cpu"))


def go(run: Training) -> list[dict[str, float]]:
    """Train to the end of the budget; the rows of the history."""
    rows: list[dict[str, float]] = []
    train(run, Hooks(lambda step, row: rows.append(row)))
    return rows


def weights_of(run: Training) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in run.networks.modules.state_dict().items()}


def forward(
    made: Method,
    n: Networks,
    source: Any,
    update: Update,
    state: dict[str, Tensor] | None = None,
    seed: int = 0,
) -> tuple[Batch, Terms]:
    """Batch and terms of one update, without a step."""
    modes(made, n, frozenset(update.terms))
    rng = noise.Keyed(seed)
    rng.at(update.stream, 0)
    b = Batch(made, n, source, rng, made.init_state() if state is None else state)
    terms: Terms = {}
    for name in dict.fromkeys(name for names in update.terms.values() for name in names):
        with rng.scope(name):
            terms[name] = getattr(made, f"term_{name}")(n, b)
    return b, terms


@contextmanager
def float64() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


class Table:
    """Float64 images, points and labels for equations on small inputs; indices come from the open noise
    scope.
    """

    def __init__(self, spec: Spec, batch: int, size: int = 12) -> None:
        generator = torch.Generator().manual_seed(7)
        self.images = torch.rand(size, *spec.shape, generator=generator)
        self.labels = (torch.rand(size, spec.labels, generator=generator) < 0.5).to(self.images)
        self.batch, self.second = batch, None

    def indices(self) -> Tensor:
        return noise.integers(len(self.images), self.batch)

    def x(self, i: Tensor) -> Tensor:
        return self.images[i]

    def y(self, i: Tensor) -> Tensor:
        return self.labels[i]


class Affine(nn.Module):
    """Flattens and joins its inputs, applies one linear layer, and shapes the result: what a numpy line can
    repeat.
    """

    def __init__(self, n_in: int, shape: Iterable[int], seed: int, squash: bool = False) -> None:
        super().__init__()
        self.shape, self.squash = tuple(shape), squash
        generator = torch.Generator().manual_seed(seed)
        wide = int(torch.Size(self.shape).numel())
        self.weight = nn.Parameter(torch.randn(wide, n_in, generator=generator) * 0.5)
        self.bias = nn.Parameter(torch.randn(wide, generator=generator) * 0.1)

    def forward(self, *inputs: Tensor) -> Tensor:
        h = torch.cat([value.flatten(1) for value in inputs], 1) @ self.weight.T + self.bias
        return (h.sigmoid() if self.squash else h).view(len(h), *self.shape)


class TwoAffine(nn.Module):
    """An Affine to five hidden units and one from them: a network with features."""

    def __init__(self, n_in: int, shape: Iterable[int], seed: int) -> None:
        super().__init__()
        self.first, self.second = Affine(n_in, (5,), seed), Affine(5, shape, seed + 100)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.second(self.first(*inputs))


def affine_networks(made: Method, spec: Spec, prior: Prior) -> Networks:
    """One Affine per role; images come out of a sigmoid."""
    pixels = int(torch.Size(spec.shape).numel())
    size = {"x": pixels, "x2": pixels, "z": prior.latent, "y": spec.labels, "score": 1}
    modules, made.shape = {}, spec.shape
    for seed, (name, role) in enumerate(sorted(made.roles.items())):
        image = role.dst in OTHER
        out = spec.shape if image else (size[role.dst] * (2 if role.stochastic else 1),)
        modules[name] = Affine(sum(size[v] for v in role.src) * role.pack, out, seed, squash=image)
    return Networks(nn.ModuleDict(modules), prior)


def affine(layer: nn.Module, *inputs: np.ndarray) -> np.ndarray:
    """What an Affine does, in numpy."""
    assert isinstance(layer, Affine)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    h = np.concatenate([a.reshape(len(a), -1) for a in inputs], 1) @ weight.T + bias
    return (sigmoid(h) if layer.squash else h).reshape(len(h), *layer.shape)


def sigmoid(a: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(a)))


def drawn(stream: str, scope: str, *shape: int, uniform: bool = False) -> Tensor:
    """What a scope of the first update of a stream draws (seed 0)."""
    rng = noise.Keyed(0)
    rng.at(stream, 0)
    with rng.scope(scope):
        return noise.uniform(*shape) if uniform else noise.normal(*shape)


def agree(terms: dict[str, float], expected: dict[str, float]) -> None:
    """Every term has its expected value."""
    assert terms.keys() <= expected.keys()
    for name, value in terms.items():
        assert value == pytest.approx(float(expected[name]), rel=1e-10), name
