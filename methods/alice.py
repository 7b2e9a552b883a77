"""ALICE (Li et al. 2017, arXiv:1709.01215, section 3.2): ALI's game with both cycles, |x - G(z^)|^2 and |z - E(G(z))|^2, where
z^ and E's answer are draws from E's Gaussian.
"""

from methods._joint import JointGame
from methods.base import Role


class ALICE(JointGame):
    name = "alice"
    title = "ALICE"
    paper = "Li et al. 2017, arXiv:1709.01215"
    version = 2  # 2: on ALI, with a stochastic encoder, as in the paper, where it was on BiGAN
    summary = "ALI's game with both cycles, |x - G(E(x))|^2 and |z - E(G(z))|^2"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    weights = {**JointGame.weights, "sq_x": 1.0, "rec_z": 1.0}
    deviations = (
        *JointGame.deviations,
        "E's draw is ALI's Gaussian one and G draws nothing (the authors' toy: noise is an input of both networks)",
        "images are compared in [0, 1] by squares (the authors' code for CIFAR: mean absolute differences in [-1, 1])",
    )
    space = {"sq_x": (0.1, 10.0), "rec_z": (0.1, 10.0)}
    # the authors' for their toy (toy_data/ALICE_l2.py of ChunyuanLI/ALICE, lines 26 and 176 to 204), as in alice2017-toy
    recommended = {
        "optim": {"kind": "keras-adam", "lr": 1e-3, "critic_lr": 1e-3, "beta1": 0.5},
        "batch": 128,
        "options": {"critic_updates": "joint", "critic_steps": 1, "generator_steps": 5},
    }
