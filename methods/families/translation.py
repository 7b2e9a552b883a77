"""CycleGAN's networks (Zhu et al. 2017, arXiv:1703.10593, appendix 7.2), which every image family uses for their roles.

Translator: a mirrored 7x7 convolution, convolutions of stride 2 that double the channels, residual blocks (six, nine
from 256 px), fractionally strided convolutions back, 7x7 and tanh; instance norm and ReLU. Critic: a PatchGAN of 4x4
convolutions with leaky ReLU, whose logits see 70 x 70 pixels of an image of 256. Both are scaled to the image: two
halvings in the translator from 32 px, one below; patches of 34 x 34 at 128 px and of 16 x 16 (Isola et al. 2017) at
64 px and below. Vectors among the inputs (labels, z) are tiled into further channels. Images are [-1, 1] inside.

With instance norm behind the first layer, which is linear, the paper's translator does not see an image's mean colour
and contrast. Not `everywhere`, it stays in the residual blocks, whose sums pass both on.
"""

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.families.layers import Centre, normal, zeros

BASE, SLOPE = 64, 0.2
INIT = normal(0.02)


class Convolution(nn.Conv2d):
    """Weights N(0, 0.02); `bias` where no norm follows, which would take it away again."""

    inits: ClassVar[dict[str, Any]] = {"weight": INIT, "bias": zeros}

    def reset_parameters(self) -> None:
        """Left to the family."""


class Upward(nn.ConvTranspose2d):
    """3x3 of stride 1/2: [B, C, H, W] -> [B, n_out, 2 H, 2 W]."""

    inits: ClassVar[dict[str, Any]] = {"weight": INIT, "bias": zeros}

    def __init__(self, n_in: int, n_out: int, bias: bool = False) -> None:
        super().__init__(n_in, n_out, 3, 2, 1, 1, bias=bias)

    def reset_parameters(self) -> None:
        """Left to the family."""


def normed(convolution: nn.Module, channels: int, activation: nn.Module) -> list[nn.Module]:
    """Convolution, instance norm without gain and bias, activation."""
    return [convolution, nn.InstanceNorm2d(channels), activation]


def mirror(x: Tensor, before: int, after: int) -> Tensor:
    """Pads H and W of [B, C, H, W] by their mirror image, the edge itself not repeated.

    On a GPU by slices: the backward pass of torch's own kernel there adds in no fixed order, so two runs differ.
    """
    if not x.is_cuda:
        return F.pad(x, (before, after, before, after), "reflect")
    for dim in (2, 3):
        head, tail = x.narrow(dim, 1, before), x.narrow(dim, x.shape[dim] - 1 - after, after)
        x = torch.cat([head.flip(dim), x, tail.flip(dim)], dim)
    return x


class Mirrored(Convolution):
    """A convolution of odd `kernel` that keeps the size, its border mirrored."""

    def __init__(self, n_in: int, n_out: int, kernel: int, bias: bool = False) -> None:
        super().__init__(n_in, n_out, kernel, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        border = self.kernel_size[0] // 2
        return super().forward(mirror(x, border, border))


class Residual(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), 3x3."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        first = normed(Mirrored(channels, channels, 3), channels, nn.ReLU())
        self.layers = nn.Sequential(*first, *normed(Mirrored(channels, channels, 3), channels, nn.Identity()))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Joined(nn.Module):
    """A network of several inputs: images' channels side by side; vectors behind them, or tiled into channels too."""

    def __init__(self, net: nn.Module, tiled: bool) -> None:
        super().__init__()
        self.net, self.tiled = net, tiled

    def forward(self, *inputs: Tensor) -> Tensor:
        images, vectors = ([v for v in inputs if (v.dim() == 4) == image] for image in (True, False))
        if self.tiled:
            images += [v[:, :, None, None].expand(-1, -1, *images[0].shape[2:]) for v in vectors]
        return self.net(torch.cat(images, 1), *([] if self.tiled else vectors))


class Translator(nn.Module):
    """Images [B, n_in, H, W] in [0, 1] to images [B, n_out, H, W] in [0, 1]; `size` is H, `base` 64 in the paper.

    everywhere: instance norm behind every convolution but the last, as in the paper; else in the residual blocks only.
    """

    def __init__(self, n_in: int, n_out: int, size: int, base: int, everywhere: bool = True) -> None:
        super().__init__()
        halvings, bias = 2 if size >= 32 else 1, not everywhere

        def active(convolution: nn.Module, channels: int) -> list[nn.Module]:
            return normed(convolution, channels, nn.ReLU()) if everywhere else [convolution, nn.ReLU()]

        layers = [Centre(), *active(Mirrored(n_in, base, 7, bias), base)]
        for c in (base * 2**i for i in range(halvings)):
            layers += active(Convolution(c, 2 * c, 3, 2, 1, bias=bias), 2 * c)
        layers += [Residual(base * 2**halvings) for _ in range(9 if size >= 256 else 6)]
        for c in (base * 2**i for i in reversed(range(halvings))):
            layers += active(Upward(2 * c, c, bias), c)
        self.layers = nn.Sequential(*layers, Mirrored(base, n_out, 7, bias=True))

    def forward(self, x: Tensor) -> Tensor:
        return (self.layers(x).tanh() + 1) / 2


class PatchCritic(nn.Sequential):
    """Images [B, n_in, H, W] in [0, 1] to a logit for each patch [B, 1, h, w]; a layer of stride 1 stands before it."""

    def __init__(self, n_in: int, size: int, base: int, norm: bool = True) -> None:
        halvings = min(max((size // 32).bit_length() - 1, 1), 3)
        layers = [Centre(), Convolution(n_in, base, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for i in range(halvings):
            c, stride = base * 2**i, 2 if i + 1 < halvings else 1
            convolution = Convolution(c, 2 * c, 4, stride, 1, bias=not norm)
            activation = nn.LeakyReLU(SLOPE)
            layers += normed(convolution, 2 * c, activation) if norm else [convolution, activation]
        super().__init__(*layers, Convolution(base * 2**halvings, 1, 4, 1, 1))
