"""Small convolutional networks for images of any size: those of Unrolled GAN for stacked digits (Metz et al. 2016,
arXiv:1611.02163, appendix), as PacGAN's code has them (Lin et al. 2018, arXiv:1712.04086, Table 3).

G: a dense layer to the smallest map, 4 x 4 of 28, with `channels` channels; 3x3 transposed convolutions of stride 2 that
halve them, a last 3x3 one of stride 1, tanh. Critics and encoders: 3x3 convolutions of stride 2 up to `channels`, doubling,
one dense layer. Norm and (leaky) ReLU after every layer but the last. Sizes halve upwards, 28 14 7 4, and padding is
TensorFlow's 'same' at each. Vectors beside an image meet its last map in a hidden dense layer of 256 units; images are [-1, 1]
inside. `arch.Dx.channels` = 8 is the
paper's 'D is 1/4 of G', 16 its half.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from methods.base import Role, Spec
from methods.families.base import Family
from methods.families.convolution import convolve, transpose
from methods.families.layers import Activate, BatchNorm, Centre, ChannelNorm, Dense, normal, truncated, zeros

FULL, KERNEL, SMALLEST = 64, 3, 4  # channels of G, taps, side of a map that is halved no more
CODED = 32  # channels of the first map of an autoencoder whose code is a map, at 64 channels
MEET = 256  # units where an image's map meets vectors, at 64 channels


class ConvFamily(Family):
    name = "conv"
    version = 2
    joins = True
    title = "Small convolutional networks"
    summary = "Unrolled GAN's 3x3 networks: channels, norm and slope for each role; images of 8 px and more"
    defaults = {"channels": FULL, "norm": "mixed", "slope": 0.3, "momentum": 0.1, "eps": 1e-5, "std": 0.02}
    choices = {"norm": ("mixed", "batch", "layer", "none")}
    deviations = (
        "encoders, autoencoders and joint critics, which the paper has not, are its D, with a hidden layer where vectors join",
        "critics have layer norm unless arch.norm says otherwise; the paper's have batch norm",
    )

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        if not spec.images or spec.shape[1] != spec.shape[2] or spec.shape[1] < 2 * SMALLEST:
            return f"family conv draws square images of at least 8 px, not data of shape {spec.shape}"
        return None

    @property
    def sides(self) -> list[int]:
        """Returns the sides of the maps, from the image down."""
        made = [self.spec.shape[1]]
        while made[-1] > SMALLEST:
            made.append(-(-made[-1] // 2))
        return made

    def scaled(self, channels: float) -> int:
        return max(1, round(channels * self.options["channels"] / FULL))

    def widths(self) -> list[int]:
        """Returns the channels of the maps below the image, the smallest map's last."""
        count = len(self.sides) - 1
        return [max(1, self.options["channels"] >> (count - 1 - i)) for i in range(count)]

    def norm_and_activation(self, channels: int, role: Role, slope: float) -> list[nn.Module]:
        """Returns what follows each layer of that many channels except the last."""
        o, kind = self.options, role.norm(self.options["norm"])
        batch = kind == "batch"
        activation = nn.LeakyReLU(slope, inplace=batch) if slope else nn.ReLU(inplace=batch)
        if kind == "none":
            return [activation]
        norm = BatchNorm(channels, o["momentum"], o["eps"]) if kind == "batch" else ChannelNorm(channels)
        return [norm, activation]

    def dense(self, n_in: int, n_out: int) -> Dense:
        return Dense(n_in, n_out, normal(self.options["std"]))

    def down(self, role: Role, n_out: int, slope: float, *last: nn.Module) -> nn.Module:
        """Builds the network from images, and vectors where the role has them, to n_out numbers."""
        layers: list[nn.Module] = [Centre()]
        widths = [self.channels(role), *self.widths()]
        for (a, b), side in zip(pairwise(widths), self.sides, strict=False):
            layers += [
                Convolution(a, b, side, 2, self.options["std"]),
                *self.norm_and_activation(b, role, slope),
            ]
        flat, vectors = widths[-1] * self.sides[-1] ** 2, self.beside(role)
        both: list[nn.Module] = []
        if vectors:  # a dense layer alone would only add up what it gives to each
            meet = self.scaled(MEET)
            both = [self.dense(flat + vectors, meet), nn.LeakyReLU(slope) if slope else nn.ReLU()]
            flat = meet
        return Down(nn.Sequential(*layers), nn.Sequential(*both, self.dense(flat, n_out), *last))

    def generator(self, role: Role) -> nn.Module:
        return self.up(self.beside(role), role)

    def up(self, n_in: int, role: Role) -> nn.Module:
        """Builds the network from vectors to images."""
        sides, std = self.sides[::-1], self.options["std"]
        widths = [self.options["channels"] >> i for i in range(len(sides))]
        widths = [max(1, width) for width in widths]
        first = self.dense(n_in, widths[0] * sides[0] ** 2)
        layers = self.norm_and_activation(widths[0], role, 0)
        for (a, b), side in zip(pairwise(widths), sides[1:], strict=True):
            layers += [Transposed(a, b, side, std), *self.norm_and_activation(b, role, 0)]
        layers += [Convolution(widths[-1], self.spec.shape[0], sides[-1], 1, std), Bounded()]
        return Up(first, sides[0], nn.Sequential(*layers))

    def encoder(self, role: Role) -> nn.Module:
        if role.dst == "y":
            return self.down(role, self.spec.labels, 0)
        n_out = self.prior.latent * (2 if role.stochastic else 1)
        return self.down(role, n_out, 0, Activate(self.prior))

    def autoencoder(self, role: Role) -> nn.Module:
        slope = self.options["slope"]
        return nn.Sequential(self.down(role, self.prior.latent, slope), self.up(self.prior.latent, role))

    def spatial(self, role: Role) -> nn.Module:
        """Two layers of D down, two of G back up, and G's last."""
        slope, std, sides = self.options["slope"], self.options["std"], self.sides[:3]
        coded = [self.scaled(CODED << i) for i in range(len(sides) - 1)]
        layers: list[nn.Module] = [Centre()]
        for (a, b), side in zip(pairwise([self.channels(role), *coded]), sides, strict=False):
            layers += [Convolution(a, b, side, 2, std), *self.norm_and_activation(b, role, slope)]
        for (a, b), side in zip(pairwise([*coded[::-1], coded[0]]), sides[-2::-1], strict=True):
            layers += [Transposed(a, b, side, std), *self.norm_and_activation(b, role, 0)]
        last = Convolution(coded[0], self.spec.shape[0], sides[0], 1, std)
        return nn.Sequential(*layers, last, Bounded())

    def critic(self, role: Role) -> nn.Module:
        if self.channels(role):
            return self.down(role, 1, self.options["slope"])
        sizes = [self.beside(role), *[self.scaled(512)] * 2]
        layers = [
            m for a, b in pairwise(sizes) for m in (self.dense(a, b), nn.LeakyReLU(self.options["slope"]))
        ]
        return nn.Sequential(*layers, self.dense(sizes[-1], 1))


def padding(side: int, stride: int) -> tuple[int, int]:
    """Returns TensorFlow's 'same' padding (before, after) for any side."""
    total = max((-(-side // stride) - 1) * stride + KERNEL - side, 0)
    return total // 2, total - total // 2


class Convolution(nn.Module):
    """3x3, 'same': [B, n_in, side, side] -> [B, n_out, side / stride, ..], rounded up; weights of a truncated normal."""

    def __init__(self, n_in: int, n_out: int, side: int, stride: int, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_out, n_in, KERNEL, KERNEL))
        self.bias = nn.Parameter(torch.empty(n_out))
        self.inits = {"weight": truncated(std), "bias": zeros}
        self.stride, self.pad = stride, padding(side, stride)

    def forward(self, x: Tensor) -> Tensor:
        return convolve(x, self.weight, self.bias, self.stride, self.pad)


class Transposed(nn.Module):
    """The transpose of a 3x3 convolution of stride 2: [B, n_in, side / 2, ..] -> [B, n_out, side, side]."""

    def __init__(self, n_in: int, n_out: int, side: int, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out, KERNEL, KERNEL))
        self.bias = nn.Parameter(torch.empty(n_out))
        self.inits = {"weight": normal(std), "bias": zeros}
        self.side, self.before = side, padding(side, 2)[0]

    def forward(self, x: Tensor) -> Tensor:
        return transpose(x, self.weight, self.bias, self.side, self.before)


class Bounded(nn.Module):
    """An image's output, brought to [0, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return (x.tanh() + 1) / 2


class Down(nn.Module):
    """Convolutions on an image, then dense layers on their map and the vectors beside it."""

    def __init__(self, image: nn.Module, both: nn.Module) -> None:
        super().__init__()
        self.image, self.both = image, both

    def forward(self, x: Tensor, *vectors: Tensor) -> Tensor:
        return self.both(torch.cat([self.image(x).flatten(1), *vectors], 1))


class Up(nn.Module):
    """A dense layer to the smallest map, convolutions upwards; [0, 1]."""

    def __init__(self, dense: nn.Module, side: int, layers: nn.Module) -> None:
        super().__init__()
        self.dense, self.side, self.layers = dense, side, layers

    def forward(self, *vectors: Tensor) -> Tensor:
        h = self.dense(torch.cat(vectors, 1)).unflatten(1, (-1, self.side, self.side))
        return self.layers(h)
