"""AEGAN as most people would write it, after the usual DCGAN tutorial: what the trainer is compared with.

Float images in memory in NCHW, `randn_like`, upsampling before the convolution, the critic's weights included in the
generator's backward pass, torch's Adam, `.item()` behind every update. Networks, weights, losses, batch and schedule
(joint critic updates) are the suite's own. Layer norm over channels has two usual forms; the faster one is taken.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.planning.config import RunConfig
from methods.base import Networks


class ChannelNorm(nn.LayerNorm):
    """Over the channels of [B, C, H, W], with the permutations of timm's LayerNorm2d."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class FirstNorm(nn.LayerNorm):
    """The same by means over dimension 1, as ConvNeXt's `channels_first` has it; slower here."""

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt(variance + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class Noise(nn.Module):
    """Additive or, as Keras' GaussianDropout, multiplicative; while training."""

    def __init__(self, std: float, multiply: bool = False) -> None:
        super().__init__()
        self.std, self.multiply = std, multiply

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        draw = torch.randn_like(x) * self.std
        return x * (1 + draw) if self.multiply else x + draw


class Centre(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2 - 1


class Flatten(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def conv(like: nn.Module) -> nn.Sequential:
    """A 'same' convolution of the shape of one of ours."""
    n_out, n_in, kernel, _ = like.weight.shape
    before, after = like.pad
    return nn.Sequential(
        nn.ZeroPad2d((before, after, before, after)), nn.Conv2d(n_in, n_out, kernel, like.stride)
    )


def deconv(like: nn.Module) -> nn.Sequential:
    """A transposed convolution of stride 2 of the shape of one of ours."""
    n_in, n_out, kernel, _ = like.weight.shape
    side, before = getattr(like, "side", slice(-1)), getattr(like, "before", 1)
    return nn.Sequential(nn.ConvTranspose2d(n_in, n_out, kernel, 2, before), Crop(side))


class Generator(nn.Module):
    """Two paths, concatenated before each upsampling and convolution."""

    def __init__(self, like: nn.Module, norm: type[nn.LayerNorm]) -> None:
        super().__init__()
        self.path_x, self.path_y = plain(like.path_x, norm), plain(like.path_y, norm)
        self.ups = [each.up for each in like.convs]
        self.convs = nn.ModuleList(map(conv, like.convs))
        self.norms = nn.ModuleList(norm(each.weight.numel(), eps=1e-3) for each in like.norms)
        self.last = conv(like.last)

    def forward(self, z: Tensor) -> Tensor:
        x = self.path_x(z)
        x = x.view(len(z), 4, 4, -1).permute(0, 3, 1, 2).contiguous()
        y = self.path_y(z)[:, :, None, None]
        for up, layer, norm in zip(self.ups, self.convs, self.norms, strict=True):
            x = torch.cat([x, y.expand(-1, -1, *x.shape[2:])], 1)
            x = F.relu(norm(layer(F.interpolate(x, scale_factor=2) if up == 2 else x)))
        x = torch.cat([x, y.expand(-1, -1, *x.shape[2:])], 1)
        return (torch.tanh(self.last(x)) + 1) / 2


class Crop(nn.Module):
    """Without the last rows and columns."""

    def __init__(self, side: int | slice) -> None:
        super().__init__()
        self.kept = side if isinstance(side, slice) else slice(side)

    def forward(self, x: Tensor) -> Tensor:
        return x[..., self.kept, self.kept]


class Down(nn.Module):
    """Convolutions, flattened channel by channel, and dense layers."""

    def __init__(self, like: nn.Module, norm: type[nn.LayerNorm]) -> None:
        super().__init__()
        self.image, self.both = plain(like.image, norm), plain(like.both, norm)

    def forward(self, x: Tensor) -> Tensor:
        return self.both(self.image(x).flatten(1))


class Up(nn.Module):
    """A dense layer and transposed convolutions."""

    def __init__(self, like: nn.Module, norm: type[nn.LayerNorm]) -> None:
        super().__init__()
        self.side, self.dense, self.layers = like.side, plain(like.dense), plain(like.layers, norm)

    def forward(self, z: Tensor) -> Tensor:
        h = self.dense(z).view(len(z), -1, self.side, self.side)
        return (torch.tanh(self.layers(h)) + 1) / 2


class Unflatten(nn.Module):
    """[B, 16 C], pixel by pixel -> [B, C, 4, 4]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.view(len(x), 4, 4, -1).permute(0, 3, 1, 2).contiguous()


class LatentCritic(nn.Module):
    """Dz, block by block."""

    def __init__(self, like: nn.Module) -> None:
        super().__init__()
        self.noise = Noise(like.noise.std)
        self.blocks = nn.ModuleList(plain(block, nn.LayerNorm) for block in like.blocks)
        self.head = plain(like.head, nn.LayerNorm)

    def forward(self, z: Tensor) -> Tensor:
        h = self.noise(z)
        for block in self.blocks:
            h = torch.cat([h, block(h)], 1)
        return self.head(h)


def plain(like: nn.Module, norm: type[nn.LayerNorm] = ChannelNorm) -> nn.Module:
    """The same network in everyday layers, its weights not yet ours."""
    kind = type(like).__name__
    if kind == "Generator" and hasattr(like, "path_x"):
        return Generator(like, norm)
    if kind == "Generator":
        return nn.Sequential(plain(like.dense), Unflatten(), plain(like.layers, norm), nn.Sigmoid())
    if kind in ("Down", "Up"):
        return {"Down": Down, "Up": Up}[kind](like, norm)
    if kind == "Network":
        return copy.deepcopy(like)  # of dense layers, in which nothing is ours
    if kind == "LatentCritic":
        return LatentCritic(like)
    if isinstance(like, nn.Sequential):
        images = any(type(each).__name__ in ("Conv", "Convolution", "Deconv", "Transposed") for each in like)
        return nn.Sequential(*(plain(each, norm if images else nn.LayerNorm) for each in like))
    made = {
        "Dense": lambda: nn.Linear(like.in_features, like.out_features),
        "Conv": lambda: conv(like),
        "Convolution": lambda: conv(like),
        "Deconv": lambda: deconv(like),
        "Transposed": lambda: deconv(like),
        "BatchNorm": lambda: nn.BatchNorm2d(like.num_features, like.eps, like.momentum),
        "ChannelNorm": lambda: norm(like.weight.numel(), eps=1e-3),
        "GaussianNoise": lambda: Noise(like.std),
        "GaussianDropout": lambda: Noise(like.std, multiply=True),
        "Centre": Centre,
        "Flatten": Flatten,
        "Activate": nn.Identity,  # of a normal prior
        "ReLU": nn.ReLU,
        "LeakyReLU": lambda: nn.LeakyReLU(like.negative_slope),
    }
    return made[kind]() if kind in made else like


def networks(ours: Networks, norm: type[nn.LayerNorm] = ChannelNorm) -> dict[str, nn.Module]:
    """G, E, Dx and Dz in everyday layers, with the weights of `ours`."""
    made = {}
    for role, module in ours.modules.items():
        made[role] = plain(module, norm)
        with torch.no_grad():
            for own, other in zip(made[role].parameters(), module.parameters(), strict=True):
                own.copy_(other)
                own.requires_grad_(True)
    return made


class Loop:
    """The training loop."""

    def __init__(self, n: dict[str, nn.Module], config: RunConfig, x: Tensor, span: float) -> None:
        """x: [N, C, H, W] or [N, 2], the data as floats."""
        self.n, self.config, self.x, self.span = n, config, x, span
        players = {"GE": ("G", "E"), "Dx": ("Dx",), "Dz": ("Dz",)}
        self.optim = {
            player: torch.optim.Adam(
                [p for role in roles for p in n[role].parameters()],
                lr=config.optim.lr if player == "GE" else config.optim.critic_lr,
                betas=(config.optim.beta1, config.optim.beta2),
            )
            for player, roles in players.items()
        }
        self.losses: list[float] = []

    def batch(self) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self.x), (self.config.batch,))
        return self.x[rows], torch.randn(self.config.batch, self.config.latent)

    def update(self, player: str, loss: Tensor) -> None:
        self.optim[player].zero_grad()
        loss.backward()
        self.optim[player].step()
        self.losses.append(loss.item())

    def judge(self, critic: str, real: Tensor, fake: Tensor) -> None:
        smooth = float(self.config.options["smooth"])
        scores = self.n[critic](real), self.n[critic](fake.detach())
        self.update(critic, bce(scores[0], 1 - smooth) + bce(scores[1], smooth))

    def cycle(self) -> int:
        """Two updates of each critic and two of G and E; the steps that makes."""
        G, E, Dx, Dz = (self.n[role] for role in ("G", "E", "Dx", "Dz"))
        w = {name: float(weight) for name, weight in self.config.weights.items()}
        E.eval()
        x, z = self.batch()
        self.judge("Dx", x, G(z))
        x, z = self.batch()
        self.judge("Dx", x, G(E(x)))
        x, z = self.batch()
        self.judge("Dz", z, E(x))
        x, z = self.batch()
        self.judge("Dz", z, E(G(z)))
        E.train()
        for _ in range(2):
            x, z = self.batch()
            x_gen, z_enc = G(z), E(x)
            x_rec, z_rec = G(z_enc), E(x_gen)
            loss = w["rec_x"] * self.span * F.l1_loss(x_rec, x) + w["rec_z"] * F.mse_loss(z_rec, z)
            loss = loss + w["adv_x_gen"] * bce(Dx(x_gen), 1) + w["adv_x_rec"] * bce(Dx(x_rec), 1)
            loss = loss + w["adv_z_enc"] * bce(Dz(z_enc), 1) + w["adv_z_rec"] * bce(Dz(z_rec), 1)
            self.update("GE", loss)
        return 2


def bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
