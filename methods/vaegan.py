"""VAE/GAN (Larsen et al. 2015, arXiv:1512.09300, Eq. 4 to 9 and Algorithm 1): a VAE whose reconstruction is compared in a
hidden layer of the critic.

L_llike = -log N(Dis_l(x) | Dis_l(x_rec), I); L_GAN = log Dis(x) + log(1 - Dis(x_gen)) + log(1 - Dis(x_rec)). E lowers
L_prior + L_llike, G lowers gamma L_llike + L_GAN, Dx raises L_GAN; all from one forward pass.
"""

from collections.abc import Mapping

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Spec, State, Terms, Update
from methods.features import features
from methods.losses import bce, kl_normal
from methods.priors import Prior


class VAEGAN(Method):
    name = "vae-gan"
    title = "VAE/GAN"
    paper = "Larsen et al. 2015, arXiv:1512.09300"
    summary = "VAE with the likelihood of a hidden layer of the image critic; a loss for each of E, G and Dx"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dx": Role("critic", ("x",), "score"),
    }
    players = {"E": ("E",), "G": ("G",), "Dx": ("Dx",)}
    weights = {"kl": 1.0, "like": 1.0, "adv_x_gen": 1.0, "adv_x_rec": 1.0}
    options = {
        "gamma": 0.01,
        "layer": "last",
    }  # gamma: G's share of like; layer: which of Dx, see features.py
    # Deviation: no rule that leaves out the updates of a player that is ahead, as the authors' code has; l is the last
    # hidden layer unless option `layer` says otherwise.
    deviations = (
        "the likelihood is that of the critic's last hidden layer; no update is left out (the authors' code keeps a balance)",
    )

    @classmethod
    def fits(cls, spec: Spec, prior: Prior) -> str | None:
        return (
            None if prior.is_normal else "the KL term of vae-gan is that of a normal prior: take prior normal"
        )

    def cycle(self) -> list[Update]:
        terms = {
            "E": self.active("kl", "like"),
            "G": self.active("like", "adv_x_gen", "adv_x_rec"),
            "Dx": ("real_x", "fake_x_gen", "fake_x_rec"),
        }
        return [Update({player: names for player, names in terms.items() if names}, stream="G", steps=1)]

    def make_h(self, n: Networks, b: Batch) -> dict[str, Tensor]:
        return features(n.Dx, b.x)

    def make_h_rec(self, n: Networks, b: Batch) -> dict[str, Tensor]:
        return features(n.Dx, b.x_rec)

    def term_kl(self, n: Networks, b: Batch) -> Tensor:
        """L_prior = KL(q(z|x) || N(0, I)), mean over the batch."""
        return kl_normal(b.z_stats).mean()

    def term_like(self, n: Networks, b: Batch) -> Tensor:
        """L_llike without its constant: |Dis_l(x) - Dis_l(x_rec)|^2 / 2, summed over units, mean over the batch."""
        layer = self.options["layer"]
        return (b.h[layer] - b.h_rec[layer]).square().flatten(1).sum(1).mean() / 2

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return bce(b.h["output"], 1)

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return bce(n.Dx(b.x_gen), 0)

    def term_fake_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return bce(b.h_rec["output"], 0)

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """log(1 - Dis(x_gen)): saturating, as in Algorithm 1."""
        return -bce(n.Dx(b.x_gen), 0)

    def term_adv_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return -bce(b.h_rec["output"], 0)

    def combine(self, player: str, t: Terms, w: Mapping[str, float], state: State) -> Tensor:
        own = {**w, "like": self.options["gamma"] * w["like"]} if player == "G" else w
        return super().combine(player, t, own, state)
