"""AEGAN (Lazarou 2020, arXiv:2004.05472, Eq. 2-7): G and E against an image critic Dx and a latent critic Dz,
with both reconstructions.

Option `game` puts its terms over another GAN's loss (games.py): hinge with spectral norm, WGAN-GP or R3GAN, as the paper proposes
for further work; `slopes` is a factor on that loss's penalties.
"""

from collections.abc import Iterable

from torch import Tensor

from methods.base import Batch, Method, Networks, Options, Role, Update, balanced_cycle, critic_updates
from methods.games import game, seat


class AEGAN(Method):
    name = "aegan"
    title = "AEGAN"
    paper = "Lazarou 2020, arXiv:2004.05472"
    version = 2  # 2: over WGAN-GP five updates of the critics; slopes are with respect to images in [-1, 1]
    summary = "G and E against Dx and Dz; generated and reconstructed images and latents are all criticised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
        "Dz": Role("critic", ("z",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",), "Dz": ("Dz",)}
    weights = {
        "rec_x": 10.0,
        "rec_z": 5.0,
        "adv_x_gen": 1.0,
        "adv_x_rec": 1.0,
        "adv_z_enc": 1.0,
        "adv_z_rec": 1.0,
    }
    options = {"critic_updates": "alternating", "smooth": 0.05, "game": "bce", "slopes": 1.0}
    later = ("game", "slopes")
    space = {"rec_x": (1.0, 100.0), "rec_z": (0.5, 50.0)}
    # Lazarou's code, as in the preset lazarou2020; whether his runs were clipped is not known: the preset's clip stays
    recommended = {
        "optim": {"kind": "keras-adam", "lr": 2e-4, "critic_lr": 5e-4, "beta1": 0.5, "eps": 1e-7},
        "batch": 16,
        "options": {"critic_updates": "alternating", "smooth": 0.05},
    }

    def __init__(self, ever_on: Iterable[str] | None = None, options: Options = None) -> None:
        super().__init__(ever_on, options)
        self.game = game(self.options["game"], self.options["slopes"], self.options["smooth"])
        seat(self, ("Dx", "Dz"), self.game)

    def cycle(self) -> list[Update]:
        how = "joint" if self.game.together else self.options["critic_updates"]
        dx = critic_updates(
            "Dx", "real_x", [f"fake_{v}" for v in ("x_gen", "x_rec") if self.active(f"adv_{v}")], how
        )
        dz = critic_updates(
            "Dz", "real_z", [f"fake_{v}" for v in ("z_enc", "z_rec") if self.active(f"adv_{v}")], how
        )
        k, repeats = self.game.critic_steps, max(len(dx), len(dz), 1)
        producers = Update({"GE": self.active(*self.weights)}, stream="G", steps=1)
        return balanced_cycle([dx * k, dz * k], producers, repeats)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return self.game.real(n.Dx, (b.x,))

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return self.game.fake(n.Dx, (b.x,), (b.x_gen,))

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.game.fake(n.Dx, (b.x,), (b.x_rec,))

    def term_real_z(self, n: Networks, b: Batch) -> Tensor:
        return self.game.real(n.Dz, (b.z,))

    def term_fake_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return self.game.fake(n.Dz, (b.z,), (b.z_enc,))

    def term_fake_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.game.fake(n.Dz, (b.z,), (b.z_rec,))

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return self.game.makes_fake(n.Dx, (b.x,), (b.x_gen,))

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.game.makes_fake(n.Dx, (b.x,), (b.x_rec,))

    def term_adv_z_enc(self, n: Networks, b: Batch) -> Tensor:
        return self.game.makes_fake(n.Dz, (b.z,), (b.z_enc,))

    def term_adv_z_rec(self, n: Networks, b: Batch) -> Tensor:
        return self.game.makes_fake(n.Dz, (b.z,), (b.z_rec,))
