"""GAN (Goodfellow et al. 2014, arXiv:1406.2661, Eq. 1), non-saturating; schedule of Lazarou 2020: Dx on real,
Dx on G(z), then G twice.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from methods.base import Batch, Method, Networks, Options, Role, Update, game_updates
from methods.cycles import SCHEDULES
from methods.losses import bce, packed


class GAN(Method):
    name = "gan"
    title = "GAN"
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"
    summary = "generator G against image critic Dx; no encoder"
    roles = {"G": Role("producer", ("z",), "x"), "Dx": Role("critic", ("x",), "score")}
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_updates": "alternating", "smooth": 0.05, "pack": 1, "pack_batch": False,
               "critic_steps": 1, "generator_steps": 0}  # fmt: skip
    choices = {"critic_updates": SCHEDULES}
    later = ("pack_batch", "critic_steps", "generator_steps")
    # recommends nothing: the paper states no constants of its optimiser; Lazarou's for it are in the preset lazarou2020
    # Deviation: smoothed targets and the order of updates are Lazarou's; groups of a packed critic (PacGAN) are
    # formed within the batch unless pack_batch enlarges it, as PacGAN's authors do and the variants pacgan2 to 4.
    deviations = (
        "critic's targets smoothed by 0.05, real and fake batch a step each, then two of G (Lazarou's code)",
        "a packed critic's groups are formed within the batch, unless pack_batch enlarges it as in PacGAN",
    )

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        super().__init__(ever_on, options)
        self.pack = self.options["pack"]
        self.roles = {**self.roles, "Dx": Role("critic", ("x",), "score", pack=self.pack)}  # type: ignore[misc]

    def cycle(self) -> list[Update]:
        o, producers = self.options, Update({"G": self.active(*self.weights)}, stream="G", steps=1)
        return game_updates(
            "Dx",
            "real_x",
            "fake_x_gen",
            producers,
            o["critic_updates"],
            o["critic_steps"],
            o["generator_steps"],
        )

    @property
    def batches(self) -> int:
        """How many batches an update draws: pack_batch gives the critic as many packs as the batch has samples."""
        return self.pack if self.options["pack_batch"] else 1

    def make_i(self, n: Networks, b: Batch) -> Tensor:
        return torch.cat([b.source.indices() for _ in range(self.batches)])

    def make_z(self, n: Networks, b: Batch) -> Tensor:
        return n.prior.sample(b.source.batch * self.batches)

    def make_score_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(packed(b.x_gen, self.pack))

    def judged(self, n: Networks, b: Batch) -> Tensor:
        """Logits of generated images: once for both players where they step together."""
        together = self.options["critic_updates"] == "simultaneous"
        return b.score_gen if together else n.Dx(packed(b.x_gen, self.pack))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(packed(b.x, self.pack)), 1 - self.options["smooth"])

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(self.judged(n, b), self.options["smooth"])

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(self.judged(n, b), 1)
