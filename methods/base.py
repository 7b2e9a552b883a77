"""The method contract: what a method declares, and the few helpers its equations are written with.

A method is one file that reads like its paper. It sees tensors; it touches no optimiser, device, seed, log or
file. The trainer (benchmarks/training/loop.py) runs `cycle()` over and over, one `Update` after the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from methods import noise
from methods.cycles import CRITICS
from methods.cycles import Update as Update
from methods.cycles import balanced_cycle as balanced_cycle
from methods.cycles import critic_updates as critic_updates
from methods.cycles import game_updates as game_updates
from methods.losses import l2, pixel_l1, weighted
from methods.priors import Prior, gaussian_like, reparametrised
from methods.roles import OTHER, WAYS
from methods.roles import Role as Role
from methods.roles import Spec as Spec

State = dict[str, Tensor]
Terms = dict[str, Tensor]
Options = Mapping[str, Any] | None


@dataclass
class Networks:
    """The networks of one run by role: `n.G`, `n.E`, `n.Dx`. content: how many leading units of z are not style (None: all)."""

    modules: nn.ModuleDict
    prior: Prior
    content: int | None = None

    def __getattr__(self, role: str) -> nn.Module:
        try:
            return self.__dict__["modules"][role]
        except KeyError:
            raise AttributeError(f"no network {role!r}") from None


class Batch:
    """Everything made for one update, lazily and once: i, x, y, z and every make_<name> of the method."""

    def __init__(self, method: "Method", n: Networks, source: Any, rng: noise.Keyed, state: State) -> None:
        self.method, self.n, self.source, self.rng, self.state = method, n, source, rng, state

    def __getattr__(self, name: str) -> Any:
        make = getattr(type(self.method), f"make_{name}", None)
        if make is None:
            raise AttributeError(f"{self.method.name} makes no {name!r}: write make_{name}(self, n, b)")
        with self.rng.scope(name):
            value = make(self.method, self.n, self)
        self.__dict__[name] = value
        return value


class Method:
    """Base of every method. Subclasses set the class attributes and write `cycle` and their terms.

    base: a method trained once, whose networks (base_roles) this one takes over, frozen.
    unreached: parameters that rightly get no gradient: "role.parameter"; "Dx.last" is the last bias of Dx.
    seldom_reached: those that may get none in the first steps (a hinge's bias, while all scores are within it).
    ex_post: samples come from a Gaussian fitted to the training codes.
    labelled: G takes labels; a latent is [z, y], and `latents` is given training labels for codes.
    max_encoded: at most this many images in the default metrics, where encoding is expensive.
    shape: of the data, (C, H, W) or (p,); set before a run begins.
    recommended: the paper's settings (optim, batch, prior, options, weights), which a preset takes by settings = "paper"; a
        subclass or variant does not inherit them.
    space: what a search may choose of its weights and options: a pair (low, high) is a range on a log scale, a list a choice.
    later: options and terms added after runs were first named: at their default they are left out of a run's name.
    """

    shape: tuple[int, ...] = ()

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    summary: ClassVar[str]
    version: ClassVar[int] = 1
    base: ClassVar[str | None] = None
    base_roles: ClassVar[tuple[str, ...]] = ("G",)
    roles: ClassVar[dict[str, Role]]
    players: ClassVar[dict[str, tuple[str, ...]]]
    weights: ClassVar[dict[str, float]]
    options: ClassVar[dict[str, Any]] = {}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {}
    deviations: ClassVar[tuple[str, ...]] = ()
    unreached: ClassVar[tuple[str, ...]] = ()
    seldom_reached: ClassVar[tuple[str, ...]] = ()
    ex_post: ClassVar[bool] = False
    labelled: ClassVar[bool] = False
    max_encoded: ClassVar[int | None] = None
    recommended: ClassVar[dict[str, Any]] = {}
    space: ClassVar[dict[str, Any]] = {}
    later: ClassVar[tuple[str, ...]] = ()
    common: ClassVar[dict[str, Any]] = {"fakes": "eval"}
    common_choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "fakes": ("eval", "train"),
        "critic_updates": CRITICS,
    }

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        """ever_on: terms whose weight is ever non-zero (default: by `weights`); options, resolved."""
        self.ever_on = frozenset((k for k, w in self.weights.items() if w) if ever_on is None else ever_on)
        self.options = {**self.common, **type(self).options, **(options or {})}  # type: ignore[misc]

    def active(self, *names: str) -> tuple[str, ...]:
        """Those of `names` whose weight is ever non-zero, in the given order. Raises ValueError for one without a weight."""
        for name in names:
            if name not in self.weights:
                raise ValueError(f"method {self.name}: term {name!r} is asked for, but has no weight")
        return tuple(name for name in names if name in self.ever_on)

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        """None, or the reason why this method cannot be trained on such data or with such a prior.

        Here: draws of a Gaussian encoder fill the whole space, so z must be normal; elsewhere codes lie where z never is.
        """
        if prior.is_normal or not any(role.stochastic for role in cls.roles.values()):
            return None
        return f"{cls.name} draws z from E's Gaussian, so its prior must be normal too: take prior normal"

    def init_state(self) -> State:
        """Running state, tensors only (BEGAN's k, CycleGAN's pools); checkpointed, and moved to the run's device."""
        return {}

    def cycle(self) -> list[Update]:
        """The updates that are repeated until the budget is spent; an empty list ends the run at once."""
        raise NotImplementedError(f"{type(self).__name__} declares no cycle")

    # What a batch holds. Draws come from the noise scope of the quantity.
    def make_i(self, n: Networks, b: Batch) -> Tensor:
        return b.source.indices()

    def make_x(self, n: Networks, b: Batch) -> Tensor:
        return b.source.x(b.i)

    def make_y(self, n: Networks, b: Batch) -> Tensor:
        return b.source.y(b.i)

    def make_x2(self, n: Networks, b: Batch) -> Tensor:  # unpaired: rows of its own
        return b.source.second.x(b.source.second.indices())

    def make_z(self, n: Networks, b: Batch) -> Tensor:
        return n.prior.sample(b.source.batch)

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z)

    def make_z_stats(self, n: Networks, b: Batch) -> Tensor:
        return n.E(b.x)

    def make_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return reparametrised(b.z_stats) if self.roles["E"].stochastic else b.z_stats

    def make_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z_enc)

    def make_z_rec_stats(self, n: Networks, b: Batch) -> Tensor:
        return n.E(b.x_gen)

    def make_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return reparametrised(b.z_rec_stats) if self.roles["E"].stochastic else b.z_rec_stats

    # How terms become losses, and what may depend on them.
    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        """The loss of `player` from its unweighted terms t: their weighted sum; critics' terms count 1."""
        first, *rest = (weighted(value, w.get(name, 1.0)) for name, value in t.items())
        return sum(rest, first)

    def rates(self, t: Terms, state: State) -> dict[str, Tensor]:
        """Player -> factor on its learning rate, before the step, from detached terms."""
        return {}

    def after(self, t: Terms, b: Batch, state: State) -> None:
        """Moves the state after the step; no gradient."""

    # What the finished model can do.
    def generate(self, n: Networks, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Images [B, C, H, W] or points [B, p] from latents [B, d]."""
        return n.G(z)

    def encode(self, n: Networks, x: Tensor, rng: torch.Generator) -> Tensor:
        """Latents [B, d] of x; the mean where the encoder is stochastic."""
        stats = n.E(x)
        return stats.chunk(2, 1)[0] if self.roles["E"].stochastic else stats

    def translate(self, n: Networks, x: Tensor, to: str = "x2") -> Tensor:
        """Images [B, C, H, W] of one domain as the other's; to: "x2", or "x" for the way back."""
        way = (OTHER[to],), to
        for name, role in self.roles.items():
            if (role.src, role.dst) == way:
                return n.modules[name](x)
        raise NotImplementedError(
            f"{self.name}: no network makes {to} of {way[0][0]} alone: override translate"
        )

    @classmethod
    def can(cls) -> frozenset[str]:
        """Which of "generate", "encode" and "translate" the finished model offers."""
        producers = [role for role in cls.roles.values() if role.kind == "producer"]
        return frozenset(word for word, way in WAYS.items() if any(role.goes(*way) for role in producers))

    @classmethod
    def two_domains(cls) -> bool:
        """Whether some network sees or draws images of a second domain, which the plan must name then."""
        return any("x2" in (*role.src, role.dst) for role in cls.roles.values())

    def latents(self, prior: Prior, codes: Tensor | None, k: int, rng: torch.Generator) -> Tensor:
        """k latents: the prior's, or where `ex_post` those of a Gaussian fitted to the training codes [n, d]."""
        with noise.using(rng):
            if not self.ex_post:
                return prior.sample(k)
            assert codes is not None
            return gaussian_like(codes, k)

    def mapped(self, n: Networks, z: Tensor) -> Tensor:
        """What `generate` takes [B, d], from draws of `latents`: themselves, unless a network learns the latent space."""
        return z

    # Terms that several methods share; each is one unweighted scalar.
    def term_rec_x(self, n: Networks, b: Batch) -> Tensor:
        return pixel_l1(b.x_rec, b.x)

    def term_sq_x(self, n: Networks, b: Batch) -> Tensor:
        return l2(b.x_rec, b.x)

    def term_rec_z(self, n: Networks, b: Batch) -> Tensor:
        return l2(b.z_rec, b.z)
