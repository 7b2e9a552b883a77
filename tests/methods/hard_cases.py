"""Methods that come later, written in the contract as it is: CONTRIBUTING shows them, and a test trains each one.

They are sketches of how each paper's peculiarity is said, not checked reproductions of the papers.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, State, Terms, Update, balanced_cycle, critic_updates
from methods.losses import bce, l1, l2


class VAEGAN(Method):
    """Larsen et al. 2015: one forward pass, and a loss of its own for each network. `combine` is asked per player."""

    name, title, paper, summary = "vae-gan", "VAE-GAN", "arXiv:1512.09300", "a loss per network"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"E": ("E",), "G": ("G",), "Dx": ("Dx",)}
    weights = {"like": 1.0, "kl": 1.0, "style": 1e-2}
    unreached = ()

    def cycle(self) -> list[Update]:
        return [Update({"E": ("kl", "like"), "G": ("like", "gan"), "Dx": ("gan",)}, stream="G", steps=1)]

    def term_like(self, n: Networks, b: Batch) -> Tensor:
        """The reconstruction in the critic's last hidden layer."""
        hidden = n.Dx[:-1]  # type: ignore[index]
        return l2(hidden(b.x_rec), hidden(b.x).detach())

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        mean, logvar = b.z_stats.chunk(2, 1)
        return -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1).mean()

    def term_gan(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x), 1) + bce(n.Dx(b.x_gen), 0) + bce(n.Dx(b.x_rec), 0)

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        match player:
            case "E":
                return t["kl"] + t["like"]
            case "G":
                return w["style"] * t["like"] - t["gan"]
        return t["gan"]


class BEGAN(Method):
    """Berthelot et al. 2017: running state, moved behind the step by `after`, read by `combine`."""

    name, title, paper, summary = "began", "BEGAN", "arXiv:1703.10717", "running state"
    roles = {"G": Role("producer", ("z",), "x"), "D": Role("critic", ("x",), "x")}
    players = {"D": ("D",), "G": ("G",)}
    weights = {"fake": 1.0}
    options = {"gamma": 0.5, "gain": 1e-3}

    def init_state(self) -> State:
        return {"k": torch.zeros(())}

    def cycle(self) -> list[Update]:
        return [Update({"D": ("real", "fake"), "G": ("fake",)}, stream="G", steps=1)]

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        return l1(n.D(b.x), b.x)

    def term_fake(self, n: Networks, b: Batch) -> Tensor:
        return l1(n.D(b.x_gen), b.x_gen)

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        return t["real"] - state["k"] * t["fake"] if player == "D" else t["fake"]

    def after(self, t: Terms, b: Batch, state: State) -> None:
        balance = self.options["gamma"] * t["real"] - t["fake"]
        state["k"] = (state["k"] + self.options["gain"] * balance).clamp(0, 1)


class ACAI(Method):
    """Berthelot et al. 2018: quantities of one's own (a share, a mixed latent) are `make_`s, drawn and kept once."""

    name, title, paper, summary = "acai", "ACAI", "arXiv:1807.07543", "own quantities"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"GE": ("G", "E"), "Dx": ("Dx",)}
    weights = {"rec_x2": 1.0, "fool": 0.5}
    ex_post = True

    def cycle(self) -> list[Update]:
        return [Update({"Dx": ("share", "zero"), "GE": self.active(*self.weights)}, stream="G", steps=1)]

    def make_share(self, n: Networks, b: Batch) -> Tensor:
        return noise.uniform(len(b.x), 1) / 2

    def make_x_mix(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.share * b.z_enc.flip(0) + (1 - b.share) * b.z_enc)

    def term_rec_x2(self, n: Networks, b: Batch) -> Tensor:
        return l2(b.x_rec, b.x)

    def term_fool(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(b.x_mix).square().mean()

    def term_share(self, n: Networks, b: Batch) -> Tensor:
        return l2(n.Dx(b.x_mix), b.share)

    def term_zero(self, n: Networks, b: Batch) -> Tensor:
        return n.Dx(0.2 * b.x + 0.8 * b.x_rec).square().mean()


class VEEGAN(Method):
    """Srivastava et al. 2017: BiGAN's critic with a reconstruction of z, on the base's quantities alone."""

    name, title, paper, summary = "veegan", "VEEGAN", "arXiv:1705.07761", "joint critic and rec_z"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    players = {"GE": ("G", "E"), "Dxz": ("Dxz",)}
    weights = {"rec_z": 1.0, "score_gen": 1.0}
    options = {"critic_updates": "joint"}

    def cycle(self) -> list[Update]:
        dxz = critic_updates("Dxz", "fake_enc", ["real_gen"], self.options["critic_updates"])
        return balanced_cycle([dxz], Update({"GE": self.active(*self.weights)}, stream="G", steps=1))

    def term_real_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dxz(b.x_gen, b.z), 1)

    def term_fake_enc(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dxz(b.x, b.z_enc), 0)

    def term_score_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.Dxz(b.x_gen, b.z).mean()


HARD_CASES: tuple[type[Method], ...] = (VAEGAN, BEGAN, ACAI, VEEGAN)
