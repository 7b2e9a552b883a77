"""BEGAN (Berthelot et al. 2017, arXiv:1703.10717, section 3.4): the critic D is an autoencoder, and k keeps the losses
of real and generated images in proportion.

L(v) = |v - D(v)|. L_D = L(x) - k_t L(G(z)), L_G = L(G(z)), k_{t+1} = k_t + lambda_k (gamma L(x) - L(G(z))), in [0, 1].
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Role, State, Terms, Update
from methods.losses import pixel_l1


class BEGAN(Method):
    name = "began"
    title = "BEGAN"
    paper = "Berthelot et al. 2017, arXiv:1703.10717"
    version = 2  # 2: D without batch norm, and distances in the family's range of values
    summary = "GAN against an autoencoder critic; the ratio of both reconstruction losses is held at gamma"
    roles = {"G": Role("producer", ("z",), "x"), "D": Role("critic", ("x",), "x", batch_independent=True)}
    players = {"D": ("D",), "G": ("G",)}
    weights = {"fake": 1.0}
    options = {"gamma": 0.5, "gain": 1e-3}  # gain: lambda_k
    # carpedm20/BEGAN-tensorflow (config.py, lines 27 to 43), whose flag beta1 reaches no optimiser (trainer.py, 194); its rate
    # falls by half every 100,000 steps, down to 2e-5
    recommended = {
        "optim": {
            "lr": 8e-5,
            "critic_lr": 8e-5,
            "beta1": 0.9,
            "decay_at": (100_000, 200_000),
            "decay_by": 0.5,
        },
        "batch": 16,
        "prior": "uniform",
    }
    # Deviation: the paper draws z_D and z_G apart, and halves the learning rate when M_global stalls.
    deviations = (
        "D and G learn from the same generated images, where the paper draws z for each",
        "the learning rate is not lowered when the convergence measure stalls",
    )

    def init_state(self) -> State:
        return {"k": torch.zeros(())}

    def cycle(self) -> list[Update]:
        return [Update({"D": ("real", "fake"), "G": ("fake",)}, stream="G", steps=1)]

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        """L(x)."""
        return pixel_l1(b.x, n.D(b.x))

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        """L(G(z))."""
        return pixel_l1(b.x_gen, n.D(b.x_gen))

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        """L_D = L(x) - k L(G(z)); L_G = L(G(z))."""
        return t["real"] - state["k"] * t["fake"] if player == "D" else w["fake"] * t["fake"]

    def after(self, t: Terms, b: Batch, state: State) -> None:
        """Moves k by lambda_k (gamma L(x) - L(G(z)))."""
        balance = self.options["gamma"] * t["real"] - t["fake"]
        state["k"] = (state["k"] + self.options["gain"] * balance).clamp(0, 1)
