"""Five distributions in the plane from scikit-learn, as in GAIA (Sainburg et al., 2018).

The paper names the five without their parameters. These are the five with structure of scikit-learn's
comparison of clustering algorithms, with its parameters, in raw units or (unit = true) in [0, 1].
"""

import numpy as np

from datasets._planar import Shape


class Circles(Shape):
    """make_circles(factor=0.5, noise=0.05)."""

    name = "circles"
    parts = 2
    title = "Circles"
    summary = "two concentric circles with noise (scikit-learn)"

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.datasets import make_circles

        return make_circles(n, factor=0.5, noise=0.05, random_state=seed)


class Moons(Shape):
    """make_moons(noise=0.05)."""

    name = "moons"
    parts = 2
    title = "Moons"
    summary = "two interleaved half circles with noise (scikit-learn)"

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.datasets import make_moons

        return make_moons(n, noise=0.05, random_state=seed)


def _blobs(n: int, seed: int, centres: int, std: float | list[float]) -> tuple[np.ndarray, np.ndarray]:
    """make_blobs around the three centres that random_state=centres gives."""
    from sklearn.datasets import make_blobs

    where = make_blobs(3, random_state=centres, return_centers=True)[2]
    return make_blobs(n, centers=where, cluster_std=std, random_state=seed)[:2]


class Blobs(Shape):
    """make_blobs(random_state=8): three Gaussians of standard deviation 1."""

    name = "blobs"
    title = "Blobs"
    summary = "three equal round Gaussians (scikit-learn)"

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return _blobs(n, seed, 8, 1.0)


class Varied(Shape):
    """make_blobs(cluster_std=[1.0, 2.5, 0.5], random_state=170)."""

    name = "varied"
    title = "Varied"
    summary = "three round Gaussians of different widths (scikit-learn)"

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return _blobs(n, seed, 170, [1.0, 2.5, 0.5])


class Aniso(Shape):
    """make_blobs(random_state=170), transformed by [[0.6, -0.6], [-0.4, 0.8]]."""

    name = "aniso"
    title = "Aniso"
    summary = "three stretched Gaussians (scikit-learn)"

    def draw(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        x, parts = _blobs(n, seed, 170, 1.0)
        return x @ np.array([[0.6, -0.6], [-0.4, 0.8]]), parts
