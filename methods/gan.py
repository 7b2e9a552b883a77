"""GAN (Goodfellow et al. 2014, arXiv:1406.2661, Eq. 1), non-saturating; schedule of Lazarou 2020: Dx on real,
Dx on G(z), then G twice.
"""

from collections.abc import Iterable

from torch import Tensor

from methods.base import Batch, Method, Networks, Options, Role, Update, balanced_cycle, critic_updates
from methods.losses import bce, packed


class GAN(Method):
    name = "gan"
    title = "GAN"
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"
    summary = "generator G against image critic Dx; no encoder"
    roles = {"G": Role("producer", ("z",), "x"), "Dx": Role("critic", ("x",), "score")}
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_updates": "alternating", "smooth": 0.05, "pack": 1}
    # Deviation: smoothed targets and the order of updates are Lazarou's; groups of a packed critic (PacGAN) are
    # formed within the batch, which PacGAN's authors enlarge instead.
    deviations = (
        "critic's targets smoothed by 0.05, real and fake batch a step each, then two of G (Lazarou's code)",
        "a packed critic's groups are formed within the batch, which is not enlarged",
    )

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        super().__init__(ever_on, options)
        self.pack = self.options["pack"]
        self.roles = {**self.roles, "Dx": Role("critic", ("x",), "score", pack=self.pack)}  # type: ignore[misc]

    def cycle(self) -> list[Update]:
        fakes = [f"fake_{v}" for v in ("x_gen",) if self.active(f"adv_{v}")]
        dx = critic_updates("Dx", "real_x", fakes, self.options["critic_updates"])
        return balanced_cycle([dx], Update({"G": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(packed(b.x, self.pack)), 1 - self.options["smooth"])

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(packed(b.x_gen, self.pack)), self.options["smooth"])

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(packed(b.x_gen, self.pack)), 1)
