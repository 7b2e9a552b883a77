"""GAIA's image networks (Sainburg et al. 2018, after MUNIT, Huang et al. 2018): style apart from content.

z is content (first half) and style (second half). Both encoders: a 7x7 convolution to 64 channels, two 4x4 of
stride 2 that double them, ReLU, no norm; then content has four residual blocks with instance norm and a
linear layer, style a mean over pixels and a linear layer. From style, two dense layers of 256 make gains and
biases of the decoder's four AdaIN residual blocks; then twice: upsampling, 5x5 convolution to half the
channels, layer norm over H, W and C, ReLU; last a 7x7 convolution and a sigmoid. An autoencoder critic has
half the width, its own style code, no linear layers around its content. Padding mirrors; He weights. Roles
the paper has not: Dx is the style encoder at half width with a logit, Dxz puts z (or labels) beside it, Dz is
three dense layers of 256, Ey is the style encoder, labels join G's content.
"""

from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.base import Role, Spec
from methods.families.base import Family, nearest
from methods.families.layers import Activate, Conv, Dense, he, ones, zeros
from methods.families.translation import mirror
from methods.priors import Prior

BASE, BLOCKS, DOWN, SLOPE = 64, 4, 2, 0.2


class MUNITFamily(Family):
    name = "munit"
    title = "MUNIT networks"
    version = 2  # 2: distances of images are those in [-1, 1]
    summary = "GAIA's style and content encoders, AdaIN decoder and autoencoder critic"
    defaults = {"width": 1.0}
    deviations = (
        "critics see each image alone (no batch norm anywhere); kernels and padding are MUNIT's (inferred)",
        "both encoders halve twice; two further strided layers of the style encoder, MUNIT's and timsainb/GAIA's, are left out",
        "each AdaIN has gains and biases of its own; in timsainb/GAIA those of all blocks are one and the same",
    )

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        if not spec.images or spec.shape[1] % 4 or spec.shape[2] % 4 or min(spec.shape[1:]) < 8:
            reason = f"family munit draws images from 8 px with sides divisible by 4, not shape {spec.shape}"
            return reason + nearest(spec, range(8, 1024, 4))
        return None

    def __init__(self, spec: Spec, prior: Prior, **options: Any) -> None:
        """Raises ValueError for a latent of one unit."""
        super().__init__(spec, prior, **options)
        if prior.latent < 2:
            raise ValueError(f"latent = {prior.latent}: family munit needs at least 2, for content and style")
        self.style = prior.latent // 2

    @property
    def content(self) -> int:
        return self.prior.latent - self.style

    def generator(self, role: Role) -> nn.Module:
        return Generator(self, self.beside(role) - self.prior.latent)

    def encoder(self, role: Role) -> nn.Module:
        if role.dst == "y":
            return style_encoder(self.channels(role), self.scaled(BASE), self.spec.labels)
        return Encoder(self, self.channels(role), 2 if role.stochastic else 1)

    def autoencoder(self, role: Role) -> nn.Module:
        return Autoencoder(self.spec.shape[0], self.scaled(BASE / 2), self.style)

    def critic(self, role: Role) -> nn.Module:
        c, half = self.channels(role), self.scaled(BASE / 2)
        if role.src == ("z",):
            return latent_critic(self.beside(role), self.scaled(256))
        if self.beside(role):
            return JointCritic(c, half, self.beside(role))
        return style_encoder(c, half, 1, SLOPE)


class MirrorConv(Conv):
    """A convolution whose border is mirrored, behind a nearest 2x upsampling where `up` is 2."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int = 1, up: int = 1) -> None:
        super().__init__(n_in, n_out, kernel, he, stride=stride, up=up, fold=False)

    def forward(self, x: Tensor, constant: Tensor | None = None) -> Tensor:
        """[B, C, H, W] -> [B, n_out, up * H / stride, ...]."""
        x = F.interpolate(x, scale_factor=2, mode="nearest") if self.up == 2 else x
        return F.conv2d(mirror(x, *self.pad), self.weight, self.bias, self.stride)


class GroupNorm(nn.Module):
    """Normalises each sample over H and W (instance norm) or, `whole`, over H, W and C; with gain and bias."""

    def __init__(self, channels: int, whole: bool) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(channels)), nn.Parameter(torch.empty(channels))
        self.inits = {"weight": ones, "bias": zeros}
        self.groups = 1 if whole else channels

    def forward(self, x: Tensor) -> Tensor:
        return F.group_norm(x, self.groups, self.weight, self.bias, 1e-5)


class Residual(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), 3x3, by instance norm, or AdaIN with given gains and biases."""

    def __init__(self, channels: int, adaptive: bool) -> None:
        super().__init__()
        self.convs = nn.ModuleList([MirrorConv(channels, channels, 3) for _ in range(2)])
        self.norms = None if adaptive else nn.ModuleList([GroupNorm(channels, False) for _ in range(2)])

    def forward(self, x: Tensor, affine: Tensor | None = None) -> Tensor:
        """[B, C, H, W]; affine [B, 2, 2, C]: (first, second norm) x (gain, bias)."""
        h = x
        for i, conv in enumerate(self.convs):
            h = conv(h)
            if affine is not None:
                gain, bias = affine[:, i, :, :, None, None].unbind(1)
                h = gain * F.group_norm(h, h.shape[1], eps=1e-5) + bias
            elif self.norms is not None:
                h = self.norms[i](h)
            h = h.relu() if i == 0 else h
        return x + h


def downsampling(n_in: int, base: int, slope: float = 0) -> list[nn.Module]:
    """7x7 to `base` channels, then two halvings that double them."""
    layers: list[nn.Module] = []
    for i in range(DOWN + 1):
        layers.append(MirrorConv(n_in, base * 2**i, 4, stride=2) if i else MirrorConv(n_in, base, 7))
        layers.append(nn.LeakyReLU(slope) if slope else nn.ReLU())
        n_in = base * 2**i
    return layers


def style_encoder(n_in: int, base: int, n_out: int, slope: float = 0) -> nn.Sequential:
    """Image to a vector that knows no place."""
    return nn.Sequential(
        *downsampling(n_in, base, slope),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        Dense(base * 2**DOWN, n_out, he),
    )


def content_encoder(n_in: int, base: int) -> nn.Sequential:
    """Image to a map [B, 4 base, H / 4, W / 4]."""
    return nn.Sequential(*downsampling(n_in, base), *[Residual(base * 2**DOWN, False) for _ in range(BLOCKS)])


def latent_critic(n_in: int, wide: int) -> nn.Sequential:
    sizes = [n_in, wide, wide, wide]
    layers = [m for a, b in pairwise(sizes) for m in (Dense(a, b, he), nn.LeakyReLU(SLOPE))]
    return nn.Sequential(*layers, Dense(wide, 1, he))


class Encoder(nn.Module):
    """E: content and style side by side; a stochastic one gives both means, then both log-variances."""

    def __init__(self, family: MUNITFamily, c: int, heads: int) -> None:
        super().__init__()
        _, h, w = family.spec.shape
        base = family.scaled(BASE)
        self.content = content_encoder(c, base)
        self.code = Dense(base * 2**DOWN * (h // 4) * (w // 4), family.content * heads, he)
        self.style = style_encoder(c, base, family.style * heads)
        self.heads, self.activate = heads, Activate(family.prior)

    def forward(self, x: Tensor) -> Tensor:
        parts = [
            self.code(self.content(x).flatten(1)).chunk(self.heads, 1),
            self.style(x).chunk(self.heads, 1),
        ]
        return self.activate(torch.cat([part[i] for i in range(self.heads) for part in parts], 1))


class Decoder(nn.Module):
    """Content map [B, 4 base, h, w] and style [B, s] to an image [B, C, 4 h, 4 w] in [0, 1]."""

    def __init__(self, style: int, base: int, n_out: int, mlp: int) -> None:
        super().__init__()
        channels = base * 2**DOWN
        self.mlp = nn.Sequential(
            Dense(style, mlp, he),
            nn.ReLU(),
            Dense(mlp, mlp, he),
            nn.ReLU(),
            Dense(mlp, BLOCKS * 4 * channels, he),
        )
        self.blocks = nn.ModuleList([Residual(channels, True) for _ in range(BLOCKS)])
        ups: list[nn.Module] = []
        for i in reversed(range(DOWN)):
            ups += [
                MirrorConv(base * 2 ** (i + 1), base * 2**i, 5, up=2),
                GroupNorm(base * 2**i, True),
                nn.ReLU(),
            ]
        self.ups = nn.Sequential(*ups, MirrorConv(base, n_out, 7))

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        affine = self.mlp(style).view(len(style), BLOCKS, 2, 2, -1)
        for i, block in enumerate(self.blocks):
            content = block(content, affine[:, i])
        return self.ups(content).sigmoid()


class Generator(nn.Module):
    """G: the decoder behind a linear layer that spreads the content code (and labels) over the map."""

    def __init__(self, family: MUNITFamily, labels: int) -> None:
        super().__init__()
        c, h, w = family.spec.shape
        base = family.scaled(BASE)
        self.split, self.map = family.content, (base * 2**DOWN, h // 4, w // 4)
        self.code = Dense(family.content + labels, int(torch.Size(self.map).numel()), he)
        self.decoder = Decoder(family.style, base, c, family.scaled(256))

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        """[B, d], and labels [B, L] where the role has them -> [B, C, H, W] in [0, 1]."""
        content, style = z[:, : self.split], z[:, self.split :]
        return self.decoder(self.code(torch.cat([content, *labels], 1)).view(len(z), *self.map), style)


class Autoencoder(nn.Module):
    """GAIA's critic: content map and style code straight into the decoder."""

    def __init__(self, channels: int, base: int, style: int) -> None:
        super().__init__()
        self.content, self.style = content_encoder(channels, base), style_encoder(channels, base, style)
        self.decoder = Decoder(style, base, channels, base * 2**DOWN)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.content(x), self.style(x))


class JointCritic(nn.Module):
    """Dxz: the pooled image and z (or labels), a dense layer each, then a logit from both."""

    def __init__(self, channels: int, base: int, beside: int) -> None:
        super().__init__()
        wide = base * 2**DOWN
        self.image = style_encoder(channels, base, wide, SLOPE)
        self.code = Dense(beside, wide, he)
        self.head = nn.Sequential(
            nn.LeakyReLU(SLOPE), Dense(2 * wide, wide, he), nn.LeakyReLU(SLOPE), Dense(wide, 1, he)
        )

    def forward(self, x: Tensor, *codes: Tensor) -> Tensor:
        """[B, C, H, W] and [B, d] (or labels [B, L]) -> logits [B, 1]."""
        return self.head(torch.cat([self.image(x), self.code(torch.cat(codes, 1))], 1))
