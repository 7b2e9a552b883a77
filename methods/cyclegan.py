"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593, Eq. 1 to 3): G from x to x2, F back, a critic of each domain.

x2 is the paper's y, which here are labels. adv and the critics' terms are Eq. 1 with squares in the place of logarithms
(section 4), rec is Eq. 2, weighted by lambda = 10 in Eq. 3; idt is the identity loss of section 5.2, which is optional.
"""

from torch import Tensor

from methods import pool
from methods.base import Batch, Method, Networks, Role, State, Terms, Update
from methods.losses import pixel_l1


def square(scores: Tensor, target: float) -> Tensor:
    """LSGAN's loss of the scores of patches [B, 1, h, w]."""
    return (scores - target).square().mean()


class CycleGAN(Method):
    name = "cyclegan"
    title = "CycleGAN"
    paper = "Zhu et al. 2017, arXiv:1703.10593"
    summary = "translators between two unpaired image domains, each the other's inverse; PatchGAN critics"
    roles = {
        "G": Role("producer", ("x",), "x2"),
        "F": Role("producer", ("x2",), "x"),
        "Dx": Role("critic", ("x",), "score", patches=True),
        "Dx2": Role("critic", ("x2",), "score", patches=True),
    }
    players = {"GF": ("G", "F"), "Dx": ("Dx",), "Dx2": ("Dx2",)}
    weights = {
        "adv_x_gen": 1.0,
        "adv_x2_gen": 1.0,
        "rec_x": 10.0,
        "rec_x2": 10.0,
        "idt_x": 0.0,
        "idt_x2": 0.0,
    }
    options = {"pool": 50}  # earlier fakes of each domain that its critic may see again; 0: none
    # the authors' (junyanz/pytorch-CycleGAN-and-pix2pix: batch_size of options/base_options.py, beta1, lr and pool_size of
    # options/train_options.py), with identity 0.5 of lambda (lambda_identity of models/cycle_gan_model.py)
    recommended = {
        "optim": {"lr": 2e-4, "critic_lr": 2e-4, "beta1": 0.5},
        "batch": 1,
        "weights": {"idt_x": 5.0, "idt_x2": 5.0},
    }
    deviations = ("the learning rate stays as it is, the paper's falls linearly to 0 in the second half",)

    def cycle(self) -> list[Update]:  # one batch and one forward pass for all three, as in the authors' code
        critics = {"Dx": ("real_x", "fake_x_gen"), "Dx2": ("real_x2", "fake_x2_gen")}
        return [Update({"GF": self.active(*self.weights), **critics}, stream="GF", steps=1)]

    def make_x2_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.x)

    def make_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return n.F(b.x2)

    def make_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.F(b.x2_gen)

    def make_x2_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.x_gen)

    # The pools are state: asked once an update, moved after its step.
    def init_state(self) -> State:
        images, count = pool.empty(self.options["pool"], self.shape)
        return {"pool_x": images, "count_x": count, "pool_x2": images.clone(), "count_x2": count.clone()}

    def make_x_pool(self, n: Networks, b: Batch) -> tuple[Tensor, pool.Pool]:
        return pool.query((b.state["pool_x"], b.state["count_x"]), b.x_gen.detach())

    def make_x2_pool(self, n: Networks, b: Batch) -> tuple[Tensor, pool.Pool]:
        return pool.query((b.state["pool_x2"], b.state["count_x2"]), b.x2_gen.detach())

    def after(self, t: Terms, b: Batch, state: State) -> None:
        state["pool_x"], state["count_x"] = b.x_pool[1]
        state["pool_x2"], state["count_x2"] = b.x2_pool[1]

    def term_real_x(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx(b.x), 1) / 2

    def term_real_x2(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx2(b.x2), 1) / 2

    def term_fake_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx(b.x_pool[0]), 0) / 2

    def term_fake_x2_gen(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx2(b.x2_pool[0]), 0) / 2

    def term_adv_x_gen(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx(b.x_gen), 1)

    def term_adv_x2_gen(self, n: Networks, b: Batch) -> Tensor:
        return square(n.Dx2(b.x2_gen), 1)

    def term_rec_x2(self, n: Networks, b: Batch) -> Tensor:
        return pixel_l1(b.x2_rec, b.x2)

    def term_idt_x(self, n: Networks, b: Batch) -> Tensor:
        return pixel_l1(n.F(b.x), b.x)

    def term_idt_x2(self, n: Networks, b: Batch) -> Tensor:
        return pixel_l1(n.G(b.x2), b.x2)
