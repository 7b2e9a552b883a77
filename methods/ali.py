"""ALI (Dumoulin et al. 2016, arXiv:1606.00704, Algorithm 1): BiGAN's game where z^ is a draw from E's Gaussian q(z | x).

Its authors' critic has no batch norm. With it (`arch.norm = "batch"` in family dcgan) ALI draws nothing (preset ali-norms).
"""

from methods._joint import JointGame
from methods.base import Role


class ALI(JointGame):
    name = "ali"
    title = "ALI"
    paper = "Dumoulin et al. 2016, arXiv:1606.00704"
    summary = "BiGAN's game with a stochastic encoder: z is drawn from E's Gaussian, reparametrised"
    roles = {
        "G": Role("producer", ("z",), "x"),
        "E": Role("producer", ("x",), "z", stochastic=True),
        "Dxz": Role("critic", ("x", "z"), "score"),
    }
    deviations = (
        *JointGame.deviations,
        "networks are the family's: the authors' critic has dropout and no norm",
    )
    # the authors' for CIFAR-10 (IshmaelBelghazi/ALI: experiments/ali_cifar10.py, lines 26 to 37, ali/algorithms.py, 35 to 43)
    recommended = {
        "optim": {"lr": 1e-4, "critic_lr": 1e-4, "beta1": 0.5},
        "batch": 100,
        "options": {"critic_updates": "simultaneous", "critic_steps": 1, "generator_steps": 0},
    }
