"""Dense networks for points (Sainburg et al. 2018, appendix): six layers of 256 units and a
linear output.

The paper says six layers of 256 units a network, without a layer count for encoder and decoder: here G, E and
every critic have six hidden layers each (an autoencoder critic six to z and six back), ReLU, He
initialisation, as in its image networks. Two manners of output: `linear` draws points in the data's own
units, whatever they are; `sigmoid` draws them in [0, 1] for data scaled to it. GAIA needs the second: its
losses are clipped to +-1, beyond which it learns nothing, silently.
"""

import torch
from torch import Tensor, nn

from methods.base import Role, Spec
from methods.families.base import Family
from methods.families.layers import Activate, Dense, glorot, he, norm_layer

SLOPE = 0.2  # of critics


class MLPFamily(Family):
    name = "mlp"
    title = "Dense networks"
    summary = "six dense layers of 256 a network, for points"
    compiled_from = 10_000  # reports/published/speed.md
    defaults = {"width": 256, "depth": 6, "output": "linear", "norm": "none"}
    choices = {"output": ("linear", "sigmoid"), "norm": ("none", "batch", "layer")}
    deviations = (
        "what the paper leaves out: six hidden layers each of G, E and critics, ReLU, He initialisation",
    )

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        return None if len(spec.shape) == 1 else f"family mlp draws points, not data of shape {spec.shape}"

    def hidden(self, n_in: int, role: Role) -> list[nn.Module]:
        """`depth` dense layers of `width` with norm and activation: leaky in critics. Raises ValueError for none of them."""
        if self.options["depth"] < 1 or self.options["width"] < 1:
            raise ValueError(
                f"family {self.name}: width = {self.options['width']}, depth = {self.options['depth']}: at least 1 is expected"
            )
        norm = role.norm(self.options["norm"])
        layers: list[nn.Module] = []
        for i in range(self.options["depth"]):
            width = self.options["width"]
            layers += [Dense(width if i else n_in, width, he), norm_layer(norm, width)]
            layers.append(nn.LeakyReLU(SLOPE) if role.kind == "critic" else nn.ReLU())
        return layers

    def network(self, n_in: int, n_out: int, role: Role, *last: nn.Module) -> nn.Module:
        return Network(*self.hidden(n_in, role), Dense(self.options["width"], n_out, glorot), *last)

    def drawn(self) -> nn.Module:
        """What stands behind the layer that draws points."""
        return nn.Sigmoid() if self.options["output"] == "sigmoid" else nn.Identity()

    def generator(self, role: Role) -> nn.Module:
        return self.network(self.beside(role), self.spec.shape[0], role, self.drawn())

    def encoder(self, role: Role) -> nn.Module:
        if role.dst == "y":
            return self.network(self.channels(role), self.spec.labels, role)
        n_out = self.prior.latent * (2 if role.stochastic else 1)
        return self.network(self.channels(role), n_out, role, Activate(self.prior))

    def autoencoder(self, role: Role) -> nn.Module:
        points, latent = self.spec.shape[0], self.prior.latent
        back = self.network(latent, points, role, self.drawn())
        return nn.Sequential(self.network(points, latent, role), back)

    def critic(self, role: Role) -> nn.Module:
        return self.network(self.channels(role) + self.beside(role), 1, role)

    def translator(self, role: Role) -> nn.Module:
        return self.network(self.channels(role) + self.beside(role), self.spec.shape[0], role, self.drawn())


class Network(nn.Sequential):
    """Layers in a row on all inputs side by side: [B, a], [B, b], ... -> [B, out]."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return super().forward(torch.cat(inputs, 1) if len(inputs) > 1 else inputs[0])
