"""Super-resolution without training for it (Luo et al. 2017, 4.3): blurred -> E -> G against the sharp image.

A Gaussian blur of 1/16 of the width; of generated images, as in the paper, and of real test images. The row
pixel-space leaves the blurred image as it is: what an encoder has to beat; nearest-real knows the sharp ones.
"""

from benchmarks.metrics._numerics import hash_similarity, hashes, psnr, soften, ssim
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot

TITLES = {"psnr": ("PSNR", "dB"), "ssim": ("SSIM", ""), "dhash": ("dHash similarity", "")}


def compute(s: Snapshot) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, sharp in (("generated", s.x_gen[: s.n]), ("real", s.x)):
        restored = s.generate(s.encode(soften(sharp, sharp.shape[3] / 16)))
        found |= {
            f"psnr_{name}": psnr(sharp, restored),
            f"ssim_{name}": ssim(sharp, restored),
            f"dhash_{name}": hash_similarity(hashes(sharp), hashes(restored)),
        }
    return found


METRIC = Metric(
    name="superresolution",
    title="Super-resolution",
    question="reconstructs",
    needs=frozenset({"generate", "encode", "images"}),
    values={
        f"{key}_{name}": Value(f"{title}, {name} images", "higher", unit)
        for name in ("generated", "real")
        for key, (title, unit) in TITLES.items()
    },
    compute=compute,
    version=2,
    references=("nearest-real", "pixel-space", "mean-image", "untrained"),
)
