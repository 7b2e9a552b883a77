"""The game of BiGAN and ALI (arXiv:1605.09782, Eq. 2-3; arXiv:1606.00704, Algorithm 1): Dxz tells (x, z^) from (x^, z).

x^ = G(z) with z from the prior; z^ = E(x), or a draw from it where E is stochastic. rho_q = D(x, z^), rho_p = D(x^, z).
ALICE (Li et al. 2017, arXiv:1709.01215, section 3.2) adds the cycles, |x - G(z^)|^2 and |z - E(x^)|^2.

Option `game` plays it by a later loss (games.py): hinge with spectral norm, WGAN-GP or R3GAN, whose slopes are those on (x, z);
`slopes` is a factor on their penalties.
"""

from collections.abc import Iterable
from typing import ClassVar

from torch import Tensor

from methods.base import Batch, Method, Networks, Options, Update
from methods.cycles import SCHEDULES
from methods.games import game, seat
from methods.losses import Critic, Sample


class JointGame(Method):
    """Base of the methods that play it; a subclass says which E it has."""

    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"adv_xz_enc": 1.0, "adv_xz_gen": 1.0, "sq_x": 0.0, "rec_z": 0.0}
    options = {
        "critic_updates": "joint", "critic_steps": 1, "generator_steps": 0, "game": "bce", "slopes": 1.0,
    }  # fmt: skip
    choices = {"critic_updates": SCHEDULES}
    later = ("sq_x", "rec_z", "critic_steps", "generator_steps", "game", "slopes")
    # Deviation: G and E take their step after the critic's, on a batch of their own; "simultaneous" is the authors' way.
    deviations: ClassVar[tuple[str, ...]] = (
        "the critic's step and that of G and E alternate, a fresh batch each",
    )

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        super().__init__(ever_on, options)
        self.game = game(self.options["game"], self.options["slopes"])
        seat(self, ("Dxz",), self.game)

    def cycle(self) -> list[Update]:
        o, producers = self.options, Update({"GE": self.active(*self.weights)}, stream="G", steps=1)
        return self.game.updates(
            "Dxz",
            "real_xz",
            "fake_xz",
            producers,
            o["critic_updates"],
            o["critic_steps"],
            o["generator_steps"],
        )

    def pairs(self, b: Batch) -> tuple[Sample, Sample]:
        """(x, z^) and (x^, z)."""
        return (b.x, b.z_enc), (b.x_gen, b.z)

    def critic(self, n: Networks, b: Batch) -> Critic:
        """Dxz; where all players step together, each pair is judged once for all of them."""
        if self.options["critic_updates"] != "simultaneous":
            return n.Dxz

        def once(x: Tensor, z: Tensor) -> Tensor:
            return b.score_enc if x is b.x else b.score_gen if x is b.x_gen else n.Dxz(x, z)

        return once

    def make_score_enc(self, n: Networks, b: Batch) -> Tensor:
        return n.Dxz(b.x, b.z_enc)

    def make_score_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dxz(b.x_gen, b.z)

    def term_real_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log rho_q."""
        return self.game.real(self.critic(n, b), (b.x, b.z_enc))

    def term_fake_xz(self, n: Networks, b: Batch) -> Tensor:
        """-log(1 - rho_p)."""
        return self.game.fake(self.critic(n, b), *self.pairs(b))

    def term_adv_xz_enc(self, n: Networks, b: Batch) -> Tensor:
        """E's part, -log(1 - rho_q): encoded pairs taken for generated ones."""
        return self.game.makes_real(self.critic(n, b), *self.pairs(b))

    def term_adv_xz_gen(self, n: Networks, b: Batch) -> Tensor:
        """G's part, -log rho_p: generated pairs taken for encoded ones."""
        return self.game.makes_fake(self.critic(n, b), *self.pairs(b))
