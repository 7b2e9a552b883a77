"""SNGAN (Miyato et al. 2018, arXiv:1802.05957, Eq. 16 and 17): hinge loss and a critic of spectral norm 1 in every layer."""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update, balanced_cycle, critic_updates


class SNGAN(Method):
    name = "sngan"
    title = "SNGAN"
    paper = "Miyato et al. 2018, arXiv:1802.05957"
    version = 2  # 2: no norm of any kind in Dx, layer norm included
    summary = "GAN with hinge loss; each layer of Dx is divided by its largest singular value"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "Dx": Role("critic", ("x",), "score", batch_independent=True, spectral=True),
    }
    players = {"G": ("G",), "Dx": ("Dx",)}
    weights = {"adv_x_gen": 1.0}
    options = {"critic_updates": "joint", "critic_steps": 1}
    # the authors' for CIFAR-10 (configs/sn_cifar10_unconditional.yml of pfnet-research/sngan_projection, lines 2 to 47)
    recommended = {
        "optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.0, "beta2": 0.9},
        "batch": 64,
        "options": {"critic_steps": 5, "fakes": "train"},
    }
    deviations = (
        "G's batch is the critic's (the authors': twice as many)",
        "the learning rates do not fall (the authors': linearly to 0)",
    )
    seldom_reached = (
        "Dx.last",
    )  # while every score is within the hinge, real and generated ones cancel there

    def cycle(self) -> list[Update]:
        dx = critic_updates("Dx", "real_x", ["fake_x_gen"], self.options["critic_updates"])
        generator = Update({"G": self.active(*self.weights)}, stream="G", steps=1)
        return balanced_cycle([dx * self.options["critic_steps"]], generator, repeats=1)

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        """max(0, 1 - Dx(x))."""
        return (1 - n.Dx(b.x)).relu().mean()

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        """max(0, 1 + Dx(x_gen))."""
        return (1 + n.Dx(b.x_gen)).relu().mean()

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return -n.Dx(b.x_gen).mean()
