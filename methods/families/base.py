"""The family contract: a family builds a network for a role from shapes and prior, and never learns a
method's name.

It owns initialisation (keyed by seed, role and parameter, so at one seed every method starts from the same
bits in every parameter of equal shape), the value range inside its networks (data are [0, 1] everywhere else)
and E's output activation.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from methods import noise
from methods.base import Networks, Role, Spec
from methods.families.layers import Activate, Dense, he
from methods.families.translation import BASE, Joined, PatchCritic, Translator
from methods.features import weighs
from methods.priors import Prior
from methods.roles import OTHER

MEET = 256  # hidden units where vectors meet what an encoder gives

Init = Callable[[Tensor, torch.Generator], None]


def nearest(spec: Spec, sides: Iterable[int]) -> str:
    """The end of a reason why images do not fit: which of the sides that a family draws is nearest, and how to ask for it."""
    if not spec.images or spec.shape[1] != spec.shape[2]:
        return ""
    side = min(sides, key=lambda one: (abs(one - spec.shape[1]), one))
    return f"; the nearest is {side} px: --set data.size={side}"


class Family:
    """Base of every family. Subclasses set the class attributes and write the builders they have a manner
    for.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    version: ClassVar[int] = 1
    defaults: ClassVar[dict[str, Any]] = {}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {}
    # options added after runs were first named: left out of their names at the default
    later: ClassVar[tuple[str, ...]] = ()
    deviations: ClassVar[tuple[str, ...]] = ()  # from the paper's networks
    # steps from which compiling them pays on a CPU; None: it never does
    compiled_from: ClassVar[int | None] = None
    joins: ClassVar[bool] = False  # whether its own encoders take vectors beside an image

    def __init__(self, spec: Spec, prior: Prior, **options: Any) -> None:
        self.spec, self.prior = spec, prior
        self.options = {**self.defaults, **options}

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        """None, or the reason why the family cannot draw such data or give such a role."""
        return None

    def generator(self, role: Role) -> nn.Module:
        raise NotImplementedError

    def encoder(self, role: Role) -> nn.Module:
        raise NotImplementedError

    def critic(self, role: Role) -> nn.Module:
        raise NotImplementedError

    def autoencoder(self, role: Role) -> nn.Module:
        raise NotImplementedError

    def spatial(self, role: Role) -> nn.Module:
        """Builds an autoencoder of images whose code is a map; a family without a manner for it gives its autoencoder."""
        return self.autoencoder(role)

    def translator(self, role: Role) -> nn.Module:
        """Image to image, with vectors in it or not: CycleGAN's network, unless the family has a manner of its own."""
        n_in, (n_out, size, *_) = self.channels(role) + self.beside(role), self.spec.shape
        return Translator(n_in, n_out, size, self.scaled(BASE))

    def patch_critic(self, role: Role) -> nn.Module:
        n_in, size = self.channels(role) + self.beside(role), self.spec.shape[1]
        return PatchCritic(n_in, size, self.scaled(BASE), norm=not role.spectral)

    def mapper(self, role: Role) -> nn.Module:
        """Latents to latents: three dense layers, unless the family has a manner of its own."""
        sizes, latent = (64, 64), self.prior.latent
        layers: list[nn.Module] = []
        for n_in, n_out in zip((self.beside(role), *sizes), (*sizes, latent), strict=True):
            layers += [Dense(n_in, n_out, he), nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers[:-1], Activate(self.prior))

    @property
    def content(self) -> int | None:
        """How many leading units of z say what is where, if the family keeps style apart; None: all of
        them.
        """
        return None

    def beside(self, role: Role) -> int:
        """Units of the vectors, latents or labels, among a role's inputs."""
        units = {"x": 0, "x2": 0, "z": self.prior.latent, "y": self.spec.labels}
        return role.pack * sum(units[name] for name in role.src)

    def channels(self, role: Role) -> int:
        """Channels of the images, or coordinates of the points, among a role's inputs."""
        return self.spec.shape[0] * role.pack * sum(name in OTHER for name in role.src)

    def scaled(self, channels: float) -> int:
        """So many channels at width 1, at the family's width; a family without that option has width 1."""
        return max(1, round(channels * self.options.get("width", 1)))

    def build(self, role: Role) -> nn.Module:
        """The network of a role, not yet initialised: critics by what they judge, producers by what they
        make and of what.
        """
        images, drawn = sum(name in OTHER for name in role.src), role.dst in OTHER
        if role.kind == "producer" and images and self.beside(role) and not (drawn or self.joins):
            alone = replace(role, src=tuple(name for name in role.src if name in OTHER))
            units = self.spec.labels if role.dst == "y" else self.prior.latent * (1 + role.stochastic)
            return Beside(self.build(alone), units, self.beside(role))
        tiled = role.patches or (role.kind == "producer" and drawn)
        if role.kind == "critic" and not drawn:
            made = self.patch_critic(role) if role.patches and self.spec.images else self.critic(role)
        elif images:
            made = (
                self.encoder(role)
                if not drawn
                else self.translator(role)
                if tiled
                else self.spatial(role)
                if role.spatial and self.spec.images
                else self.autoencoder(role)
            )
        else:
            made = self.generator(role) if drawn else self.mapper(role)
        several = images > 1 or (images == 1 and tiled and len(role.src) > 1)
        return Joined(made, tiled) if several and self.spec.images else made

    def of(self, role: str) -> "Family":
        """The family with a role's own options: `arch.G.width` stands for width in G."""
        own = self.options.get(role)
        return type(self)(self.spec, self.prior, **{**self.options, **own}) if isinstance(own, dict) else self

    def networks(self, roles: dict[str, Role], seed: int) -> Networks:
        """All networks of a method by role name, initialised from (seed, role, parameter)."""
        modules = nn.ModuleDict({name: self.of(name).build(role) for name, role in roles.items()})
        for name, module in modules.items():
            initialise(module, partial(noise.key, seed, "init", name))
            if roles[name].spectral:
                spectral(module, noise.key(seed, "spectral", name))
        return Networks(modules, self.prior, self.content)


class Beside(nn.Module):
    """What an encoder gives of an image [B, units] and vectors beside it, through one hidden layer, to as many units."""

    def __init__(self, encoder: nn.Module, units: int, vectors: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.both = nn.Sequential(Dense(units + vectors, MEET, he), nn.ReLU(), Dense(MEET, units, he))

    def forward(self, x: Tensor, *vectors: Tensor) -> Tensor:
        return self.both(torch.cat([self.encoder(x), *vectors], 1))


def initialise(module: nn.Module, seed_of: Callable[[str], int]) -> None:
    """Fill every parameter by the rule its layer names in `inits`, with a generator of its own."""
    with torch.no_grad():
        for path, layer in module.named_modules():
            for name, parameter in layer.named_parameters(recurse=False):
                full = f"{path}.{name}" if path else name
                rule: Init = layer.inits[name]  # type: ignore[assignment, index]
                rule(parameter, torch.Generator().manual_seed(seed_of(full)))


def spectral(network: nn.Module, seed: int) -> None:
    """Divides each weight of the network by its largest singular value, found by a power iteration in each forward pass in
    training mode (Miyato et al. 2018, arXiv:1802.05957, Algorithm 1), which starts from vectors keyed by `seed`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in [layer for layer in network.modules() if weighs(layer)]:
            dim = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
            nn.utils.parametrizations.spectral_norm(layer, eps=1e-12, dim=dim)
