"""Reconstructions of held-out images, G(E(x)), and of generated ones, G(E(G(z))) (Luo et al. 2017, Table 1).

dHash similarity is 1 - Hamming distance / 64 by imagehash. Every distance is also given relative to random
pairs (each reconstruction against another image): 1 means that the reconstruction says nothing about its own
image.
"""

import numpy as np

from benchmarks.metrics._numerics import flat, hash_similarity, hashes, psnr, ratio, sharpness, ssim
from benchmarks.metrics.base import Metric, Value
from benchmarks.snapshots.snapshot import Snapshot


def compute(s: Snapshot) -> dict[str, float]:
    x, y = flat(s.x), flat(s.x_rec)
    hash_x = s.data.memo("dhash/test", lambda: hashes(s.x))
    hash_y = hashes(s.x_rec)
    x_gen = s.x_gen[: s.n]
    generated = hash_similarity(hashes(x_gen), hashes(s.generate(s.z_rec)))
    l1, dhash = float((x - y).abs().mean()), hash_similarity(hash_x, hash_y)
    pairs = np.roll(np.arange(s.n), 1)  # x is in random order
    random_l1, random_dhash = float((x - y[pairs]).abs().mean()), hash_similarity(hash_x, hash_y[pairs])
    return {
        "l1": l1,
        "l1_relative": ratio(l1, random_l1),
        "dhash": dhash,
        "dhash_random": random_dhash,
        "dhash_generated": generated,
        "psnr": psnr(s.x, s.x_rec),
        "ssim": ssim(s.x, s.x_rec),
        "sharpness": ratio(sharpness(s.x_rec), s.data.memo("sharpness/test", lambda: sharpness(s.x))),
    }


METRIC = Metric(
    name="reconstruction",
    title="Reconstruction",
    question="reconstructs",
    needs=frozenset({"generate", "encode", "images"}),
    values={
        "l1": Value("L1", "lower", low=0),
        "l1_relative": Value("L1 / random pairs", "lower", low=0),
        "dhash": Value("dHash similarity", "higher", low=0, high=1),
        "dhash_random": Value("dHash similarity, random pairs", low=0, high=1),
        "dhash_generated": Value("dHash similarity of generated images", "higher", low=0, high=1),
        "psnr": Value("PSNR", "higher", "dB"),
        "ssim": Value("SSIM", "higher", low=-1, high=1),
        "sharpness": Value("Sharpness ratio", low=0),
    },
    compute=compute,
    references=("real", "mean-image", "random-pairs", "untrained"),
)
