"""R3GAN's loss (Huang et al. 2024, arXiv:2501.05441, Eq. 2 to 4): Dx and G compare real and generated images in pairs, and
both slopes of Dx are penalised.

L = E f(Dx(x_gen) - Dx(x)), f(t) = -log(1 + exp(-t)), after Jolicoeur-Martineau 2018; R1 = gamma/2 |grad Dx(x)|^2 and
R2 = gamma/2 |grad Dx(x_gen)|^2. Dx raises L - R1 - R2, G lowers L with its sign turned (non-saturating).
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update
from methods.losses import bce, slope_penalty


class R3GAN(Method):
    name = "r3gan"
    title = "R3GAN (loss)"
    paper = "Huang et al. 2024, arXiv:2501.05441"
    version = 2  # 2: slopes are with respect to images in [-1, 1]
    summary = "relativistic pairs of real and generated images; both slopes of Dx are penalised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True),
    }
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_pair": 1.0, "r1": 5.0, "r2": 5.0}  # gamma / 2
    # the authors' for CIFAR-10 (train.py of brownvc/R3GAN, lines 194 to 196), whose batch of 512 is left to a preset. gamma falls
    # to a tenth of what it begins with: 0.05 there, 0.5 for ImageNet at 32 px, 2 for faces at 64 px, 150 at 256 px; 10 is the
    # default of their loss.
    recommended = {
        "optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.0, "beta2": 0.9},
        "weights": {"r1": 0.025, "r2": 0.025},
    }
    # the output's bias adds the same to both of a pair, and to no slope
    unreached = ("Dx.last",)
    # Deviation: the loss alone, on the family's networks: not the paper's ResNeXt-like ones and their schedules.
    deviations = (
        "the paper's loss without its networks, schedules and averaged weights; gamma stays as it is, by default 10",
    )

    def cycle(self) -> list[Update]:
        dx = Update({"Dx": ("pair", *self.active("r1", "r2"))}, stream="fake_x_gen")
        return [dx, Update({"G": self.active("adv_pair")}, stream="G", steps=1)]

    def term_pair(self, n: Networks, b: Batch) -> Tensor:
        """log(1 + exp(-(Dx(x) - Dx(x_gen))))."""
        return bce(n.Dx(b.x) - n.Dx(b.x_gen), 1)

    def term_adv_pair(self, n: Networks, b: Batch) -> Tensor:
        """log(1 + exp(-(Dx(x_gen) - Dx(x))))."""
        return bce(n.Dx(b.x_gen) - n.Dx(b.x), 1)

    def term_r1(self, n: Networks, b: Batch) -> Tensor:
        return slope_penalty(n.Dx, (b.x,))

    def term_r2(self, n: Networks, b: Batch) -> Tensor:
        return slope_penalty(n.Dx, (b.x_gen,))
