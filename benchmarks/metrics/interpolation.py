"""Interpolations between real test images: are the midpoints images of the data, and as sharp?

`distance` is the mean pixel distance of G halfway between E(a) and E(b) to its nearest training image, over that of real
test images (1: as near as a real image), `sharpness` that of the midpoints over that of the real images. The row pixel-space is
what blending the two images does, real-path has other real images in the middle. On `lines`, ACAI's two values too (_lines.py);
there, real-path turns.
"""

from torch import Tensor

from benchmarks.metrics._lines import acai
from benchmarks.metrics._numerics import flat, ratio, sharpness, sq_distances
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot


def to_data(x: Tensor, gallery: Tensor) -> float:
    """Mean Euclidean distance from rows [n, d] to their nearest of the gallery's rows."""
    return float(sq_distances(x, gallery).amin(1).sqrt().mean())


def midpoints(s: Snapshot) -> Tensor:
    """uint8 [n, C, H, W]: G halfway between the codes of neighbouring (that is, random) test images."""
    return s.memo("midpoints", lambda: s.generate(s.between(s.z_enc, s.z_enc.roll(1, 0), 0.5)))


def compute(s: Snapshot) -> dict[str, float]:
    middle, gallery = midpoints(s), s.data.images("train", 5 * s.n)
    real = s.data.memo("interpolation/real", lambda: (to_data(flat(s.x), flat(gallery)), sharpness(s.x)))
    found = {
        "distance": ratio(to_data(flat(middle), flat(gallery)), real[0]),
        "sharpness": ratio(sharpness(middle), real[1]),
    }
    return found | (acai(s) if s.data.name == "lines" else {})


METRIC = Metric(
    name="interpolation",
    title="Interpolation",
    question="interpolates",
    needs=frozenset({"generate", "encode", "images"}),
    values={
        "distance": Value("Distance of midpoints to the data", "lower", low=0),
        "sharpness": Value("Sharpness ratio of midpoints", low=0),
        "mean_distance": Value("ACAI's mean distance x 1000", "lower", low=0),
        "smoothness": Value("ACAI's smoothness", "lower"),
    },
    compute=compute,
    version=3,
    references=("real-path", "pixel-space", "mean-image", "untrained"),
)
