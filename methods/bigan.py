"""BiGAN (Donahue et al. 2016, arXiv:1605.09782, Eq. 2-3): a joint critic Dxz tells (x, E(x)) from (G(z), z)."""

from methods._joint import JointGame
from methods._recommended import DONAHUE
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
    recommended = {
        **DONAHUE,
        "options": {"critic_updates": "simultaneous", "critic_steps": 1, "generator_steps": 0},
    }
