"""Dense networks for points and for images, with what small networks of papers differ in as options, for all roles or one.

`width` and `depth` of the hidden layers; `norm` in them, from the hidden layer `norm_from` on, with or without gain and
bias (`affine`), with its `momentum` and `eps`; `bias` of the linear layers; `activation` (leaky: `slope`), or the largest of
`maxout` pieces; initial weights by `init` (normal: `std`), biases 0 (`torch`: both as torch has them by default); `noise`
appends that many normals to the input. `dropout`: the probability that a hidden unit is left out, after its activation.
`join` says where vectors (z, labels) enter: at the `input`, or by a linear map of their own at the `hidden` layers from the
second on: there they are added, beside an image that comes in at the first (the critic of Donahue et al. 2016), or once
more where vectors are all that comes in (their generator). `code` is E's output for uniform units: the hyperbolic tangent,
or a sigmoid scaled to (-1, 1). Images come out of a sigmoid, points out of `output`.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from methods import noise
from methods.base import Role, Spec
from methods.families.base import Family
from methods.families.layers import (
    Activate,
    ChannelNorm,
    Dense,
    glorot,
    he,
    normal,
    ones,
    uniform,
    zeros,
)
from methods.families.stochastic import Dropout
from methods.roles import OTHER

FULL = 256  # the width at which the convolutional critics of patches have the published size


class DenseFamily(Family):
    name = "dense"
    title = "Dense networks, any"
    version = 2  # 2: distances of images are those in [-1, 1]
    joins = True
    summary = (
        "dense layers for points and images: widths, norms, maxout, noise and where z joins, for each role"
    )
    compiled_from = 10_000
    defaults = {
        "width": 256, "depth": 2, "activation": "relu", "slope": 0.2, "maxout": 0, "norm": "none", "norm_from": 1,
        "affine": True, "momentum": 0.1, "eps": 1e-5, "bias": "all", "init": "glorot", "std": 0.02, "noise": 0,
        "join": "input", "code": "tanh", "output": "linear", "dropout": 0.0,
    }  # fmt: skip
    later = ("dropout",)
    choices = {
        "activation": ("relu", "leaky", "tanh"),
        "norm": ("none", "batch", "layer"),
        "affine": (True, False),
        "bias": ("all", "last", "none"),
        "init": ("glorot", "he", "normal", "torch"),
        "join": ("input", "hidden"),
        "code": ("tanh", "sigmoid"),
        "output": ("linear", "sigmoid"),
    }
    deviations = ("a critic of patches is convolutional, as everywhere",)

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        return None

    def scaled(self, channels: float) -> int:
        return max(1, round(channels * self.options["width"] / FULL))

    def linear(self, n_in: int, n_out: int, bias: bool) -> Dense:
        """Builds a linear layer with its rules for initial weights."""
        rules = {
            "glorot": glorot,
            "he": he,
            "normal": normal(self.options["std"]),
            "torch": uniform(n_in**-0.5),
        }
        made = Dense(n_in, n_out, rules[self.options["init"]], bias)
        if self.options["init"] == "torch":
            made.inits["bias"] = made.inits["weight"]
        return made

    def units(self, role: Role, name: str) -> int:
        """Width of one of a role's inputs."""
        sizes = {"z": self.prior.latent, "y": self.spec.labels}
        return role.pack * sizes.get(name, int(torch.Size(self.spec.shape).numel()))

    def network(self, role: Role, n_out: int, *last: nn.Module) -> nn.Module:
        return Network(self, role, n_out, *last)

    def build(self, role: Role) -> nn.Module:
        """Without a wrapper for several images: a dense network lays them side by side itself."""
        if role.dst not in OTHER:
            if role.kind == "critic" and role.patches and self.spec.images:
                return super().build(role)
            return self.critic(role) if role.kind == "critic" else self.encoder(role)
        return self.autoencoder(role) if role.kind == "critic" else self.generator(role)

    def generator(self, role: Role) -> nn.Module:
        """Images or points from whatever comes in."""
        squash = self.spec.images or self.options["output"] == "sigmoid"
        last: list[nn.Module] = [nn.Sigmoid()] if squash else []
        last += [nn.Unflatten(1, self.spec.shape)] if self.spec.images else []
        return self.network(role, int(torch.Size(self.spec.shape).numel()), *last)

    def encoder(self, role: Role) -> nn.Module:
        if role.dst == "y":
            return self.network(role, self.spec.labels)
        halved = [Scale(0.5)] if self.options["code"] == "sigmoid" else []  # 2 sigmoid(a) - 1 = tanh(a / 2)
        n_out = self.prior.latent * (2 if role.stochastic else 1)
        return self.network(role, n_out, *halved, Activate(self.prior))

    def autoencoder(self, role: Role) -> nn.Module:
        """To z and back."""
        back = replace(role, src=("z",))
        return nn.Sequential(self.network(role, self.prior.latent), self.generator(back))

    def critic(self, role: Role) -> nn.Module:
        return self.network(role, 1)


class Scale(nn.Module):
    """x times a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


class BatchNorm(nn.BatchNorm1d):
    """Batch norm of [B, C]; running statistics weigh the new batch by `momentum`."""

    def __init__(self, channels: int, eps: float, momentum: float, affine: bool) -> None:
        super().__init__(channels, eps, momentum, affine)
        self.inits = {"weight": ones, "bias": zeros}


class Hidden(nn.Module):
    """A linear map of what comes in (and one of what joins), norm, activation or maxout."""

    def __init__(self, family: DenseFamily, place: int, n_in: int, joins: int, role: Role) -> None:
        """place: from 1; joins: units of the vectors that are added."""
        super().__init__()
        o = family.options
        self.pieces = o["maxout"]
        wide = o["width"] * max(self.pieces, 1)
        self.linear = family.linear(n_in, wide, o["bias"] == "all")
        self.joined = family.linear(joins, wide, False) if joins else None
        kind = role.norm(o["norm"]) if place >= o["norm_from"] else "none"
        self.norm: nn.Module = nn.Identity()
        if kind == "batch":
            self.norm = BatchNorm(wide, o["eps"], o["momentum"], o["affine"])
        elif kind == "layer":
            self.norm = ChannelNorm(wide)
        activations = {"relu": nn.ReLU(), "leaky": nn.LeakyReLU(o["slope"]), "tanh": nn.Tanh()}
        self.activation: nn.Module = activations[o["activation"]]
        self.dropout = Dropout(o["dropout"])

    def forward(self, h: Tensor, vectors: Tensor | None = None) -> Tensor:
        h = self.linear(h)
        if self.joined is not None:
            h = h + self.joined(vectors)
        h = self.norm(h)
        h = h.unflatten(1, (-1, self.pieces)).amax(2) if self.pieces else self.activation(h)
        return self.dropout(h)


class Network(nn.Module):
    """All of a role's inputs [B, ...] -> [B, n_out]."""

    def __init__(self, family: DenseFamily, role: Role, n_out: int, *last: nn.Module) -> None:
        super().__init__()
        o = family.options
        self.noise = o["noise"]
        self.is_vector = [name not in OTHER for name in role.src]
        joins = o["join"] == "hidden" and any(self.is_vector)
        self.joins, self.apart = (
            joins,
            joins and not all(self.is_vector),
        )  # apart: vectors come in nowhere else
        sizes = [family.units(role, name) for name in role.src]
        vectors = sum(size for size, vector in zip(sizes, self.is_vector, strict=True) if vector)
        wide = [sum(sizes) - (vectors if self.apart else 0) + self.noise, *[o["width"]] * o["depth"]]
        self.hidden = nn.ModuleList(
            Hidden(family, place, n_in, vectors if joins and place > 1 else 0, role)
            for place, n_in in enumerate(wide[:-1], 1)
        )
        self.output = nn.Sequential(family.linear(wide[-1], n_out, o["bias"] != "none"), *last)

    def __getitem__(self, place: slice) -> nn.Sequential:
        """Some of the layers of a network of one input: [:-1] ends with the last hidden one."""
        return nn.Sequential(nn.Flatten(), *self.hidden, self.output)[place]

    def forward(self, *inputs: Tensor) -> Tensor:
        vectors = [part for part, vector in zip(inputs, self.is_vector, strict=True) if vector]
        joined = torch.cat(vectors, 1) if self.joins else None
        first = [
            part.flatten(1)
            for part, vector in zip(inputs, self.is_vector, strict=True)
            if not (vector and self.apart)
        ]
        if self.noise:
            first.append(noise.normal(len(first[0]), self.noise))
        h = torch.cat(first, 1) if len(first) > 1 else first[0]
        for layer in self.hidden:
            h = layer(h, joined)
        return self.output(h)
