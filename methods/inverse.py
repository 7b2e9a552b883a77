"""Inverse generator (Luo et al. 2017, arXiv:1703.10094, Eq. 5-8 and Algorithm 1): E learns to invert a frozen G on
generated images alone.
"""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, Update
from methods.losses import cross_entropy
from methods.priors import Prior


class Inverse(Method):
    name = "inverse"
    title = "Inverse generator"
    paper = "Luo et al. 2017, arXiv:1703.10094 (there called AEGAN)"
    summary = "E over a trained, frozen G, by the per-pixel cross-entropy between x = G(z) and G(E(x))"
    base = "gan"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"E": ("E",)}
    weights = {"rec_x_gen": 1.0, "rec_z": 0.0}
    # the paper's for all its experiments, with the training details of its networks
    recommended = {"optim": {"lr": 2e-4, "beta1": 0.5}, "batch": 64}
    # Deviation: G's batch norm runs in evaluation mode while E learns, which the paper leaves open: so G is
    # one function, the same that makes the images which are searched and reconstructed.
    deviations = ("G in evaluation mode (running batch statistics) while E learns; the paper leaves it open",)

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return None if spec.images else "the cross-entropy of inverse needs images in [0, 1]"

    def cycle(self) -> list[Update]:
        return [Update({"E": self.active(*self.weights)}, stream="E", steps=1)]

    def make_x_gen_rec(self, n: Networks, b: Batch) -> Tensor:
        """x' = G(IG(x)) (Eq. 6)."""
        return n.G(b.z_rec)

    def term_rec_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """V(x) = -x log x' - (1 - x) log(1 - x') (Eq. 7), mean over pixels."""
        return cross_entropy(b.x_gen, b.x_gen_rec).mean()
