"""Places of networks: a role says what goes into a network and what comes out, a spec what the data are like."""

from dataclasses import dataclass

OTHER = {"x": "x2", "x2": "x"}  # the two image domains
WAYS = {"generate": ("z", "x"), "encode": ("x", "z"), "translate": ("x", "x2")}  # of producers: input, output


@dataclass(frozen=True)
class Role:
    """A network's place: what goes in (x, x2, z, y), what comes out (x, x2, z, y or score), and who it is.

    x2 is an image of the second domain. A critic is always in training mode, and so is a producer that `scores`: an
    encoder that is its method's critic too (AGE). Any other producer is in evaluation mode while it is not updated (option
    `fakes`). stochastic: E outputs mean and log-variance, [B, 2 d]. pack: samples a critic sees side by side (PacGAN).
    batch_independent: no batch norm, which makes an output depend on the other samples (its slope is penalised, or its
    authors have none). patches: a critic of images gives a logit for each patch, [B, 1, h, w] (PatchGAN). spectral: every
    weight is divided by its largest singular value and no norm follows, whose gain has no bound (SNGAN). spatial: an
    autoencoder of images whose code is a map, so that it can give back what it was not trained on (GAIA's D).
    """

    kind: str
    src: tuple[str, ...]
    dst: str
    stochastic: bool = False
    pack: int = 1
    batch_independent: bool = False
    patches: bool = False
    spectral: bool = False
    scores: bool = False
    spatial: bool = False

    @property
    def judges(self) -> bool:
        """Whether others learn by what it says of them."""
        return self.kind == "critic" or self.scores

    def norm(self, kind: str) -> str:
        """The norm that its layers may have where the family's is `kind`, one of none, batch, layer or mixed.

        mixed: batch norm in producers, layer norm in critics.
        """
        if kind == "mixed":
            kind = "layer" if self.kind == "critic" else "batch"
        unfit = self.spectral or (self.batch_independent and kind == "batch")
        return "none" if unfit else kind

    def goes(self, src: str, dst: str) -> bool:
        """Whether it makes dst of src, with vectors beside it or not, but with no other image."""
        images = {name for name in self.src if name in OTHER}
        return src in self.src and dst == self.dst and images <= {src}


@dataclass(frozen=True)
class Spec:
    """What a method may know of the data: shape (C, H, W) or (p,), how many binary labels, their kind."""

    shape: tuple[int, ...]
    labels: int = 0
    label_kind: str = "attributes"

    @property
    def images(self) -> bool:
        return len(self.shape) == 3
