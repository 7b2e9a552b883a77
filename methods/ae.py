"""Autoencoder (Kramer 1991), as Lazarou 2020 trains it: mean |x - G(E(x))| alone, E's noise on; or mean |x - G(E(x))|^2."""

from methods.base import Method, Role, Update


class AE(Method):
    name = "ae"
    title = "AE"
    paper = "Kramer 1991; Lazarou 2020, arXiv:2004.05472, section 2.1"
    summary = (
        "encoder E and decoder G on mean |x - G(E(x))|; samples from a Gaussian fitted to the training codes"
    )
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"GE": ("G", "E")}
    weights = {"rec_x": 1.0, "sq_x": 0.0}
    later = ("sq_x",)
    ex_post = True

    def cycle(self) -> list[Update]:
        return [Update({"GE": self.active(*self.weights)}, stream="G", steps=1)]
