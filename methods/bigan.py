"""BiGAN (Donahue et al. 2016, arXiv:1605.09782, Eq. 2-3): a joint critic Dxz tells (x, E(x)) from (G(z), z)."""

from methods._joint import JointGame
from methods.base import Role


class BiGAN(JointGame):
    name = "bigan"
    title = "BiGAN"
    paper = "Donahue et al. 2016, arXiv:1605.09782"
    summary = "joint critic Dxz of images with their latents; G and E on swapped labels, non-saturating"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z"),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    # the authors' for MNIST (train_gan.py and train_mnist.sh of jeffdonahue/bigan), as in the preset bigan2016-mnist: they halve
    # losses of two parts, so that their weight decay of 2.5e-5 is 5e-5 here
    recommended = {
        "optim": {
            "lr": 2e-4,
            "critic_lr": 2e-4,
            "beta1": 0.5,
            "weight_decay": 5e-5,
            "decay_from": 0.5,
            "decay_to": 0.01,
        },
        "batch": 128,
        "prior": "uniform",
        "options": {"critic_updates": "simultaneous", "critic_steps": 1, "generator_steps": 0},
    }
