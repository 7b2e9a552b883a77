"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761, Eq. 4, Algorithm 1): E brings generated images back to their noise,
so G may not send two latents to one place.

Dxz estimates the log ratio of (G(z), z) to (x, z^), z^ ~ N(E(x), I): its loss is -log s(D(G(z), z)) - log(1 - s(D(x, z^))).
G lowers D(G(z), z) + |z - E(G(z))|^2, E lowers |z - E(G(z))|^2 alone.
"""

from collections.abc import Iterable

from torch import Tensor

from methods.base import Batch, Method, Networks, Options, Role, Spec, Update
from methods.cycles import SCHEDULES
from methods.games import game, seat
from methods.losses import Critic, Sample
from methods.noise import normal
from methods.priors import Prior


class VEEGAN(Method):
    name = "veegan"
    title = "VEEGAN"
    paper = "Srivastava et al. 2017, arXiv:1705.07761"
    version = 2  # 2: z^ is drawn, where it was E(x)
    summary = "joint critic as a log ratio, which G lowers; E learns to bring generated images back to z"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"ratio": 1.0, "dist_z": 1.0, "ratio_enc": 0.0}
    # noise: the standard deviation of z^ around E(x). p(z|x) = N(E(x), I) is that of code derived from the authors' notebook for
    # 2D data; the one they publish, for MNIST, has z^ = E(x) and lets E play against the critic (ratio_enc), which Algorithm 1
    # does not.
    # game, slopes: Dxz's loss by a later game, in which G lowers the scores of its pairs as before; the ratio is bce's
    options = {"critic_updates": "joint", "noise": 1.0, "game": "bce", "slopes": 1.0}
    choices = {"critic_updates": SCHEDULES}
    later = ("noise", "ratio_enc", "game", "slopes")
    # third parties' copies of the authors' notebook for the grid, as in the preset veegan2017-table1
    recommended = {
        "optim": {"kind": "keras-adam", "lr": 1e-3, "critic_lr": 1e-3, "beta1": 0.5},
        "batch": 500,
        "options": {"critic_updates": "simultaneous", "noise": 1.0},
        "weights": {"dist_z": 0.5},
    }
    # Deviation: Algorithm 1 takes all steps from one batch ("simultaneous").
    deviations = ("the critic's step and that of G and E alternate, a fresh batch each",)

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return (
            None if prior.is_normal else "veegan draws z^ around E(x), so z must be normal: take prior normal"
        )

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        super().__init__(ever_on, options)
        self.game = game(self.options["game"], self.options["slopes"])
        seat(self, ("Dxz",), self.game)

    def cycle(self) -> list[Update]:
        producers = Update({"GE": self.active(*self.weights)}, stream="G", steps=1)
        return self.game.updates("Dxz", "pair_enc", "pair_gen", producers, self.options["critic_updates"])

    def make_z_enc(self, n: Networks, b: Batch) -> Tensor:
        """z^ ~ N(E(x), noise^2): z^ = E(x) would lie on a surface, where the log ratio is infinite and G is driven away."""
        std = self.options["noise"]
        return b.z_stats + std * normal(*b.z_stats.shape) if std else b.z_stats

    def make_score_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dxz(b.x_gen, b.z)

    def critic(self, n: Networks, b: Batch) -> Critic:
        """Dxz; where all players step together, D(G(z), z) is computed once for all of them."""
        if self.options["critic_updates"] != "simultaneous":
            return n.Dxz
        return lambda x, z: b.score_gen if x is b.x_gen else n.Dxz(x, z)

    def pairs(self, b: Batch) -> tuple[Sample, Sample]:
        """(G(z), z), whose scores D raises, and (x, z^)."""
        return (b.x_gen, b.z), (b.x, b.z_enc)

    def term_pair_enc(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - s(D(x, z^)))."""
        return self.game.fake(self.critic(n, b), *self.pairs(b))

    def term_pair_gen(self, n: Networks, b: Batch) -> Tensor:
        """-log s(D(G(z), z))."""
        return self.game.real(self.critic(n, b), (b.x_gen, b.z))

    def term_ratio(self, n: Networks, b: Batch) -> Tensor:
        """D(G(z), z), the estimated KL divergence of the two joint distributions; no gradient for E."""
        if self.options["game"] == "bce":
            return self.critic(n, b)(b.x_gen, b.z).mean()
        return self.game.makes_real(self.critic(n, b), *self.pairs(b))

    def term_ratio_enc(self, n: Networks, b: Batch) -> Tensor:
        """-D(x, z^), which is E's alone."""
        return -n.Dxz(b.x, b.z_enc).mean()

    def term_dist_z(self, n: Networks, b: Batch) -> Tensor:
        """|z - E(G(z))|^2, summed over z; mean over the batch."""
        return (b.z - b.z_rec).square().sum(1).mean()
