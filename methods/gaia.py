"""GAIA (Sainburg et al. 2018, arXiv:1807.06650, section 2): an autoencoder trained on its interpolations against
an autoencoder D.

R_real = |x - D(x)|, R_rec = |x - D(G(E(x)))|, R_int = |x_int - D(x_int)|, all means. D lowers R_real and
raises the others, G and E lower them through D. Which matters how much, and who learns how fast, depends on
the losses themselves.

No term compares G(E(x)) with x, so all that G and E learn of x is what D passes on. Hence D needs a code as wide as images:
behind a vector of z's units it gives no image back, and R_real stays near that of a blank image. Images on black ground remain
hard with such a D too. Where it gives digits (MNIST) back before G draws any, it answers black to whatever G draws, its output
saturates and no gradient comes through. In family conv that is so with batch, layer or no norm in G and E. With arch.norm =
"none", arch.std = 0.06 and a rate of 5e-4 digits are reconstructed from one initialisation of D, and not from another.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods import noise
from methods.base import Batch, Method, Networks, Role, State, Terms, Update
from methods.losses import l1


class GAIA(Method):
    name = "gaia"
    title = "GAIA"
    paper = "Sainburg et al. 2018, arXiv:1807.06650"
    summary = (
        "autoencoder against an autoencoder critic on reconstructions and interpolations; keeps distances"
    )
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "D": Role("critic", ("x",), "x", batch_independent=True, spatial=True),
    }
    players = {"D": ("D",), "GE": ("G", "E")}
    weights = {"rec": 1.0, "int": 1.0, "dist": 2e-5}  # timsainb/GAIA, otherwise the same, has 5e-5
    # Each balance switched off stands at sigma(0) = 1/2, as if its slope were 0.
    options = {"slope": 20.0, "balance_rates": True, "balance_fake": True, "balance_int": True}
    deviations = (
        "D's code for images is a map as the authors' in families munit, conv and dcgan, in the others a vector of d units",
    )
    ex_post = True
    # the authors' for images (GAIA simple example.ipynb of timsainb/GAIA, batch_size and lr_max), as in the preset sainburg2018
    recommended = {"optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.9}, "batch": 8}

    def cycle(self) -> list[Update]:
        """Both players from one batch and one forward pass."""
        fakes = self.active("rec", "int")
        return [Update({"D": ("real", *fakes), "GE": (*fakes, *self.active("dist"))}, stream="G", steps=1)]

    def make_z_int(self, n: Networks, b: Batch) -> Tensor:
        """Two groups of pairs from the batch's halves; shares ~ N(0.5, 0.25), so points beyond the ends occur."""
        half = len(b.z_enc) // 2
        first, second = b.z_enc[:half], b.z_enc[half : 2 * half]
        share, other = (0.5 + 0.25 * noise.normal(2, half, 1)).unbind()
        return torch.cat([share * first + (1 - share) * second, other * first.flip(0) + (1 - other) * second])

    def make_x_int(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z_int)

    def term_real(self, n: Networks, b: Batch) -> Tensor:
        return l1(b.x, n.D(b.x))

    def term_rec(self, n: Networks, b: Batch) -> Tensor:
        return l1(b.x, n.D(b.x_rec))

    def term_int(self, n: Networks, b: Batch) -> Tensor:
        return l1(b.x_int, n.D(b.x_int))

    def term_dist(self, n: Networks, b: Batch) -> Tensor:
        """mean (log(1 + d_x) - log(1 + d_z))^2 over all pairs; z is the content code."""
        return (distances(b.x).log1p() - distances(b.z_enc[:, : n.content]).log1p()).square().mean()

    def sigma(self, balance: str, difference: Tensor) -> Tensor:
        return (self.options["slope"] * self.options[balance] * difference).sigmoid()

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        """L_D = clip(R_real - p_fake R_fake) and L_G = clip(p_int R_int + (1 - p_int) R_rec + w L_dist)."""
        if player == "D":
            fake = mean_of(t)
            p_fake = self.sigma("balance_fake", 0.5 * t.get("int", fake) - t["real"]).clamp(0, 0.9)
            return (t["real"] - p_fake * fake).clamp(-1, 1)
        if {"rec", "int"} <= t.keys():
            p_int = self.sigma("balance_int", t["int"] - t["rec"])
            loss = p_int * w["int"] * t["int"] + (1 - p_int) * w["rec"] * t["rec"]
        else:
            loss = mean_of({name: w[name] * t[name] for name in ("rec", "int") if name in t})
        return (loss + w["dist"] * t["dist"] if "dist" in t else loss).clamp(-1, 1)

    def rates(self, t: Terms, state: State) -> dict[str, Tensor]:
        """lr_D / lr_max = sigma(s (R_real - R_fake)), lr_G the rest."""
        critic = self.sigma("balance_rates", t["real"] - mean_of(t))
        return {"D": critic, "GE": 1 - critic}


def mean_of(t: Terms) -> Tensor:
    """R_fake: the mean of those of rec and int that are evaluated."""
    fakes = [t[name] for name in ("rec", "int") if name in t]
    return sum(fakes[1:], fakes[0]) / len(fakes)


def distances(a: Tensor) -> Tensor:
    """[B, B] squared distances between rows, relative to their mean."""
    flat = a.flatten(1)
    d = (flat[:, None] - flat[None]).square().sum(2)
    return d / d.mean().clamp(min=1e-12)
