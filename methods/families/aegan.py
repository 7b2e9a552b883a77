"""The networks of AEGAN (Lazarou 2020 and its code): layer norm over channels, noise in every critic and
encoder layer.

At 64 px and width 1 exactly the published layers; other sizes change strides and upsampling only, and width
scales every channel count but Dz's. Images are [-1, 1] inside. Its manner for roles the paper has not: Dxz
joins the flattened trunk of Dx with z in two dense layers; a label encoder ends like E, without activation;
an autoencoder critic is E and G in a row.
"""

import torch
from torch import Tensor, nn

from methods.base import Role, Spec
from methods.families.base import Family, nearest
from methods.families.layers import (
    Activate,
    Centre,
    Conv,
    Dense,
    Flatten,
    glorot,
    norm_layer,
    normal,
)
from methods.families.stochastic import GaussianDropout, GaussianNoise

CHANNELS = (64, 64, 128, 128, 128, 256)  # of E and Dx
BLOCKS = (256, 128, 128, 64, 64)  # of G
START = 64  # channels of G's two paths at 4 x 4
SLOPE = 0.02


class AEGANFamily(Family):
    name = "aegan"
    title = "AEGAN networks"
    summary = "Lazarou's G, E, Dx and Dz: layer norm, two-path generator, noisy critics; 8 to 128 px"
    defaults = {"width": 1.0, "fold": True, "norm": "layer", "noise": True}
    choices = {"norm": ("layer", "batch", "none"), "fold": (True, False), "noise": (True, False)}

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        sides = (8, 16, 32, 64, 128)
        if not spec.images or spec.shape[1] != spec.shape[2] or spec.shape[1] not in sides:
            reason = "family aegan draws square images of 8, 16, 32, 64 or 128 px, not data of shape"
            return f"{reason} {spec.shape}{nearest(spec, sides)}"
        return None

    def generator(self, role: Role) -> nn.Module:
        return Generator(self, self.beside(role), role)

    def trunk(self, role: Role, kernel: int, slope: float) -> tuple[list[nn.Module], int]:
        """Six noisy convolutions to 4 x 4, and the flattened width."""
        norm = role.norm(self.options["norm"])
        noisy, n_in = self.options["noise"], self.channels(role)
        layers: list[nn.Module] = [Centre(), GaussianNoise(0.01 if noisy else 0)]
        halvings = (self.spec.shape[1] // 4).bit_length() - 1
        for i, channels in enumerate(map(self.scaled, CHANNELS)):
            layers.append(Conv(n_in, channels, kernel, normal(0.02), stride=2 if i < halvings else 1))
            layers += [GaussianDropout(0.005)] if noisy else []
            layers += [norm_layer(norm, channels), nn.LeakyReLU(slope) if slope else nn.ReLU()]
            n_in = channels
        return [*layers, Flatten()], 16 * n_in

    def encoder(self, role: Role) -> nn.Module:
        layers, wide = self.trunk(role, 4, 0)
        if role.dst == "y":
            return nn.Sequential(*layers, Dense(wide, self.spec.labels, normal(0.02)))
        n_out = self.prior.latent * (2 if role.stochastic else 1)
        return nn.Sequential(*layers, Dense(wide, n_out, normal(0.02)), Activate(self.prior))

    def autoencoder(self, role: Role) -> nn.Module:
        code = self.encoder(Role(role.kind, ("x",), "z", batch_independent=role.batch_independent))
        return nn.Sequential(code, Generator(self, self.prior.latent, role))

    def critic(self, role: Role) -> nn.Module:
        if role.src == ("z",):
            return LatentCritic(self.prior.latent * role.pack, self.options["noise"], role.norm("layer"))
        layers, wide = self.trunk(role, 3, SLOPE)
        if self.beside(role):
            return JointCritic(nn.Sequential(*layers), wide, self.beside(role), role.norm("layer"))
        return nn.Sequential(*layers, Dense(wide, 1, normal(0.02)))


class Generator(nn.Module):
    """Two paths: X is drawn block by block, Y is one vector that every block sees at every pixel."""

    def __init__(self, family: AEGANFamily, n_in: int, role: Role) -> None:
        super().__init__()
        norm = role.norm(family.options["norm"])
        start, fold = family.scaled(START), family.options["fold"]
        doublings = (family.spec.shape[1] // 4).bit_length() - 1
        self.path_x = nn.Sequential(
            Dense(n_in, 16 * start, normal(0.02)), norm_layer(norm, 16 * start), nn.ReLU()
        )
        self.path_y = nn.Sequential(Dense(n_in, start, glorot), norm_layer(norm, start), nn.ReLU())
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        channels = start
        for i, n_out in enumerate(map(family.scaled, BLOCKS)):
            up = 2 if i < doublings else 1
            self.convs.append(Conv(channels + start, n_out, 4, normal(0.02), up=up, fold=fold))
            self.norms.append(norm_layer(norm, n_out))
            channels = n_out
        self.last = Conv(channels + start, family.spec.shape[0], 4, normal(0.02), fold=fold)

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        """[B, d], and labels [B, L] where the role has them -> [B, C, H, W] in [0, 1]."""
        z = torch.cat([z, *labels], 1) if labels else z
        x = self.path_x(z)
        x = x.view(len(z), 4, 4, -1).permute(0, 3, 1, 2)
        y = self.path_y(z)[:, :, None, None]
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(conv(x, y)).relu()
        return (self.last(x, y).tanh() + 1) / 2


class LatentCritic(nn.Module):
    """Dz: 16 dense blocks of 16, each concatenated to its input, then 128 units and a logit. All Glorot."""

    def __init__(self, n_in: int, noisy: bool, norm: str) -> None:
        super().__init__()
        self.noise = GaussianNoise(0.01 if noisy else 0)
        self.blocks = nn.ModuleList()
        for _ in range(16):
            dropout = [GaussianDropout(0.005)] if noisy else []
            self.blocks.append(
                nn.Sequential(Dense(n_in, 16, glorot), *dropout, norm_layer(norm, 16), nn.LeakyReLU(SLOPE))
            )
            n_in += 16
        self.head = nn.Sequential(Dense(n_in, 128, glorot), nn.LeakyReLU(SLOPE), Dense(128, 1, glorot))

    def forward(self, z: Tensor) -> Tensor:
        """[B, d] -> logits [B, 1]."""
        h = self.noise(z)
        for block in self.blocks:
            h = torch.cat([h, block(h)], 1)
        return self.head(h)


class JointCritic(nn.Module):
    """Dxz: the flattened trunk of Dx beside z (or labels), one hidden layer of 128 with layer norm, a
    logit.
    """

    def __init__(self, trunk: nn.Sequential, wide: int, beside: int, norm: str) -> None:
        super().__init__()
        self.trunk = trunk
        self.image = Dense(wide, 128, normal(0.02))
        self.latent = Dense(beside, 128, glorot)
        self.head = nn.Sequential(
            norm_layer(norm, 256),
            nn.LeakyReLU(SLOPE),
            Dense(256, 128, glorot),
            nn.LeakyReLU(SLOPE),
            Dense(128, 1, glorot),
        )

    def forward(self, x: Tensor, *codes: Tensor) -> Tensor:
        """[B, C, H, W] and [B, d] (or labels [B, L]) -> logits [B, 1]."""
        return self.head(torch.cat([self.image(self.trunk(x)), self.latent(torch.cat(codes, 1))], 1))
