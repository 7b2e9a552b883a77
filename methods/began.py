"""BEGAN (Berthelot et al. 2017, arXiv:1703.10717, section 3.4): an autoencoder D as critic, its losses kept in balance.

L(v) = |v - D(v)|; L_D = L(x) - k L(x_gen), L_G = L(x_gen), and after each step k + lambda_k (gamma L(x) - L(x_gen)), in
[0, 1], is the new k.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, State, Terms, Update
from methods.losses import l1


class BEGAN(Method):
    name = "began"
    title = "BEGAN"
    paper = "Berthelot et al. 2017, arXiv:1703.10717"
    summary = "G against an autoencoder critic D; k keeps the ratio of D's losses at gamma; no encoder"
    roles = {"G": Role("producer", ("z",), "x"), "D": Role("critic", ("x",), "x")}
    players = {"D": ("D",), "G": ("G",)}
    weights = {"fake": 1.0}
    options = {"gamma": 0.5, "lambda_k": 0.001}
    # Deviation: one z a step for both losses (the paper writes z_D and z_G, its authors' code draws one as well).
    deviations = ("D and G learn from the same generated batch",)

    def init_state(self) -> State:
        return {"k": torch.zeros(())}

    def cycle(self) -> list[Update]:
        fakes = self.active("fake")
        return [Update({"D": ("real", *fakes), "G": fakes}, stream="G", steps=1)]

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        """L(x)."""
        return l1(b.x, n.D(b.x))

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        """L(x_gen): D raises k times it, G lowers it."""
        return l1(b.x_gen, n.D(b.x_gen))

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        return t["real"] - state["k"] * t["fake"] if player == "D" else w["fake"] * t["fake"]

    def after(self, t: Terms, b: Batch, state: State) -> None:
        balance = self.options["gamma"] * t["real"] - t["fake"]
        state["k"] = (state["k"] + self.options["lambda_k"] * balance).clamp(0, 1)
