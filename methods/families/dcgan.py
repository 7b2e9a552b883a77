"""The DCGAN networks of Luo et al. 2017 (appendix, Tables 3 to 6), 5x5 kernels and stride 2, batch norm,
images in [0, 1].

At 64 px and width 1 exactly the published layers; at 32, 16 and 8 px G drops its last and critics and
encoders their first layers. Its manner for roles the paper has not: Dz is three dense layers of 512; labels
join z in G and stand where z stands in Table 6; a label encoder ends like IG, without activation; an
autoencoder critic is D's convolutions, z, and G.
"""

from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from methods.base import Role, Spec
from methods.families.base import Family, nearest
from methods.families.convolution import transpose
from methods.families.layers import (
    Activate,
    Centre,
    Conv,
    Dense,
    Flatten,
    SpatialAutoencoder,
    norm_layer,
    normal,
    zeros,
)

CHANNELS = (64, 128, 256, 512)  # of IG and D; of G in reverse
CODED = 16  # channels of the first map of an autoencoder whose code is a map
KERNEL, SLOPE = 5, 0.2
INIT = normal(0.02)


class DCGANFamily(Family):
    name = "dcgan"
    version = 2
    joins = True
    title = "DCGAN networks"
    summary = "Luo et al.'s G, IG, D and BiGAN critic: 5x5 strided convolutions; batch norm, in critics layer norm; 8 to 64 px"
    defaults = {"width": 1.0, "norm": "mixed"}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"norm": ("mixed", "batch", "layer", "none")}
    deviations: ClassVar[tuple[str, ...]] = (
        "critics and encoders see images centred to [-1, 1] (Centre): in [0, 1] samples go dark",
        "critics have layer norm unless arch.norm says otherwise (the paper's: batch norm, with which joint critics fail)",
        "left out by Luo et al., so DCGAN's (inferred): N(0, 0.02), batch-norm momentum 0.9, 'same' padding",
    )

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        sides = (8, 16, 32, 64)
        if not spec.images or spec.shape[1] != spec.shape[2] or spec.shape[1] not in sides:
            reason = "family dcgan draws square images of 8, 16, 32 or 64 px, not data of shape"
            return f"{reason} {spec.shape}{nearest(spec, sides)}"
        return None

    @property
    def halvings(self) -> int:
        """Layers of stride 2 between the image and 4 x 4."""
        return (self.spec.shape[1] // 4).bit_length() - 1

    def norm(self, role: Role) -> str:
        return role.norm(self.options["norm"])

    def convolutions(self, n_in: int, channels: tuple[int, ...], role: Role, slope: float) -> list[nn.Module]:
        """Convolutions of stride 2, each with norm and (leaky) ReLU."""
        layers: list[nn.Module] = []
        for n_out in map(self.scaled, channels):
            layers += [
                Conv(n_in, n_out, KERNEL, INIT, stride=2, phases=True),
                norm_layer(self.norm(role), n_out),
            ]
            layers.append(nn.LeakyReLU(slope) if slope else nn.ReLU())
            n_in = n_out
        return layers

    def trunk(self, role: Role, slope: float) -> tuple[list[nn.Module], int]:
        """Image to 4 x 4, flattened, and how wide that is."""
        channels = CHANNELS[-self.halvings :]
        # Deviation: centred, see `deviations`.
        layers = [
            Centre(),
            *self.convolutions(self.channels(role), channels, role, slope),
            Flatten(),
        ]
        return layers, 16 * self.scaled(channels[-1])

    def generator(self, role: Role) -> nn.Module:
        """Table 3."""
        return Generator(self, self.beside(role), self.norm(role))

    def encoder(self, role: Role) -> nn.Module:
        """Table 5, its output activation from the prior (tanh for the paper's uniform one)."""
        layers, wide = self.trunk(role, 0)
        if role.dst == "y":
            return nn.Sequential(*layers, Dense(wide, self.spec.labels, INIT))
        n_out = self.prior.latent * (2 if role.stochastic else 1)
        if self.beside(role):
            return Joint(self, role, 0, Dense(self.scaled(512), n_out, INIT), Activate(self.prior))
        return nn.Sequential(*layers, Dense(wide, n_out, INIT), Activate(self.prior))

    def autoencoder(self, role: Role) -> nn.Module:
        layers, wide = self.trunk(role, SLOPE)
        decoder = Generator(self, self.prior.latent, self.norm(role))
        return nn.Sequential(*layers, Dense(wide, self.prior.latent, INIT), decoder)

    def spatial(self, role: Role) -> nn.Module:
        return SpatialAutoencoder(self.channels(role), self.scaled(CODED))

    def critic(self, role: Role) -> nn.Module:
        """Tables 4 and 6; in this family's manner the rest."""
        if role.src == ("z",):
            sizes = [self.beside(role), *[self.scaled(512)] * 3]
            blocks = [m for a, b in pairwise(sizes) for m in (Dense(a, b, INIT), nn.LeakyReLU(SLOPE))]
            return nn.Sequential(*blocks, Dense(sizes[-1], 1, INIT))
        if self.beside(role):
            return Joint(self, role, SLOPE, Dense(self.scaled(512), 1, INIT))
        layers, wide = self.trunk(role, SLOPE)
        return nn.Sequential(*layers, Dense(wide, 1, INIT))


class Deconv(nn.Module):
    """TensorFlow's 5x5 transposed convolution of stride 2 with 'same' padding: the gradient of `Conv`'s,
    hence the crop.
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out, KERNEL, KERNEL))
        self.bias = nn.Parameter(torch.empty(n_out))
        self.inits = {"weight": INIT, "bias": zeros}

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, n_out, 2 H, 2 W]."""
        return transpose(x, self.weight, self.bias, 2 * x.shape[2], 1)


class Generator(nn.Module):
    """Table 3: a dense layer to 4 x 4, transposed convolutions that halve the channels, a sigmoid."""

    def __init__(self, family: DCGANFamily, n_in: int, norm: str) -> None:
        super().__init__()
        channels = [family.scaled(c) for c in reversed(CHANNELS)][: family.halvings]
        self.dense = Dense(n_in, 16 * channels[0], INIT)
        layers: list[nn.Module] = [norm_layer(norm, channels[0]), nn.ReLU()]
        for a, b in pairwise(channels):
            layers += [Deconv(a, b), norm_layer(norm, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, Deconv(channels[-1], family.spec.shape[0]))

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        """[B, d], and labels [B, L] where the role has them -> [B, C, H, W] in [0, 1]."""
        h = self.dense(torch.cat([z, *labels], 1) if labels else z)
        return self.layers(h.view(len(h), 4, 4, -1).permute(0, 3, 1, 2)).sigmoid()


class Joint(nn.Module):
    """Table 6: convolutions to 8 x 8, vectors tiled over it, three more convolutions to 1 x 1, then `last`."""

    def __init__(self, family: DCGANFamily, role: Role, slope: float, *last: nn.Module) -> None:
        super().__init__()
        first = CHANNELS[:-1][len(CHANNELS) - family.halvings :]
        n_in = family.channels(role)
        self.image = nn.Sequential(Centre(), *family.convolutions(n_in, first, role, slope))
        wide = (family.scaled(first[-1]) if first else n_in) + family.beside(role)
        self.both = nn.Sequential(*family.convolutions(wide, (512, 512, 512), role, slope), Flatten())
        self.score = last[0] if len(last) == 1 else nn.Sequential(*last)

    def forward(self, x: Tensor, *codes: Tensor) -> Tensor:
        """[B, C, H, W] and [B, d] (or labels [B, L]) -> [B, n_out]."""
        h = self.image(x)
        tiled = torch.cat(codes, 1)[:, :, None, None].expand(-1, -1, *h.shape[2:])
        return self.score(self.both(torch.cat([h, tiled], 1)))
