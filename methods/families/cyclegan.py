"""CycleGAN's networks (Zhu et al. 2017, appendix 7.2): residual translators and PatchGAN critics, in translation.py.

At width 1 exactly the published layers from 128 px; below, see there. instance_norm = "residual" leaves the norm to the
residual blocks, as MUNIT does: with it everywhere a translator sees neither tint nor contrast of an image. Its manner for
roles that the paper has not, all those with a z or a whole image's logit, is DCGAN's, whose critics Zhu's descend from.
Images are [-1, 1] inside.
"""

from typing import Any, ClassVar

from torch import nn

from methods.base import Role, Spec
from methods.families.base import nearest
from methods.families.dcgan import DCGANFamily
from methods.families.translation import BASE, Translator


class CycleGANFamily(DCGANFamily):
    name = "cyclegan"
    title = "CycleGAN networks"
    summary = "Zhu et al.'s residual translators and PatchGAN critics; roles with a z as in dcgan; from 8 px"
    version = 2  # 2: layer norm in critics
    defaults = {**DCGANFamily.defaults, "instance_norm": "everywhere"}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        **DCGANFamily.choices,
        "instance_norm": ("everywhere", "residual"),
    }
    deviations = (
        "below 128 px fewer layers of stride 2, so that patches stay a quarter to a half of the image",
        "no bias before an instance norm, which takes it away again",
    )

    def translator(self, role: Role) -> nn.Module:
        n_in, (n_out, size, *_) = self.channels(role) + self.beside(role), self.spec.shape
        everywhere = self.options["instance_norm"] == "everywhere"
        return Translator(n_in, n_out, size, self.scaled(BASE), everywhere)

    @classmethod
    def fits(cls, spec: Spec, role: Role | None = None) -> str | None:
        if not spec.images or min(spec.shape[1:]) < 8 or any(side % 4 for side in spec.shape[1:]):
            sides = "images from 8 px with sides divisible by 4"
            return f"family cyclegan draws {sides}, not shape {spec.shape}{nearest(spec, range(8, 1024, 4))}"
        own = (
            role is None
            or role.patches
            or (role.kind == "producer" and not {"z", "y"} & {*role.src, role.dst})
        )
        reason = None if own else super().fits(spec, role)
        return reason and reason.replace("family dcgan", "family cyclegan with a z")
