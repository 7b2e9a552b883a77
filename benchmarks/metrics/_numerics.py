"""Shared numerics, all in float64: distances, the Vendi score, sharpness, image hashes, label similarity."""

import math
from collections.abc import Callable

import imagehash
import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import Tensor

from benchmarks.snapshots.extractors import BLOCKS
from benchmarks.snapshots.snapshot import Data

LUMINANCE = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)  # ITU-R 601, as PIL's "L"


def flat(x: Tensor) -> Tensor:
    """Images (uint8 scaled to [0, 1]), points or codes as float64 rows [n, d]."""
    x64 = x.to(torch.float64).flatten(1)
    return x64 / 255 if x.dtype == torch.uint8 else x64


def sq_distances(a: Tensor, b: Tensor | None = None) -> Tensor:
    """Squared Euclidean distances [n, m] of float64 rows; b None means a, and an exact zero diagonal."""
    same = b is None
    b = a if b is None else b
    mean = b.mean(0)
    a, b = a - mean, b - mean  # smaller numbers, less cancellation
    d = (a @ b.T).mul_(-2).add_(a.square().sum(1)[:, None]).add_(b.square().sum(1)).clamp_(min=0)
    return d.fill_diagonal_(0) if same else d


def nearest_order(sq: Tensor, k: int) -> Tensor:
    """[q, k]: columns of the k smallest of squared distances [q, g], equal ones (to ten digits) in column order."""
    rounded = (sq / sq.amax().clamp(min=1e-300)).round(
        decimals=10
    )  # what rounding errors tell apart is a tie
    return torch.sort(rounded, dim=1, stable=True).indices[:, :k]


def ratio(a: float, b: float) -> float:
    """a / b; NaN, a value that does not exist, where b is zero but for rounding."""
    return a / b if abs(b) > 1e-12 else math.nan


def mean_distance(sq: Tensor) -> float:
    """Mean Euclidean distance over the n (n - 1) pairs of different rows."""
    return float(sq.sqrt().sum() / (len(sq) * (len(sq) - 1)))


def nearest(sq: Tensor) -> Tensor:
    """[n]: the distance from each row to its nearest other row."""
    return (sq + torch.diag(torch.full((len(sq),), torch.inf, dtype=sq.dtype))).amin(1).sqrt()


def vendi(sq: Tensor, bandwidth: float) -> float:
    """Vendi score of n samples at these squared distances, under a Gaussian kernel."""
    return vendi_of(torch.exp(sq / (-2 * bandwidth**2)))


def vendi_of(kernel: Tensor) -> float:
    """Vendi score (Friedman and Dieng 2022, arXiv 2210.02410, eq. 2): exp of the entropy of eig(K/n)."""
    p = torch.linalg.eigvalsh(kernel / len(kernel)).clamp(min=0)
    return float(torch.exp(torch.special.entr(p).sum()))


def grey(x: Tensor) -> Tensor:
    """uint8 [n, C, H, W] -> float64 luminance in [0, 1], [n, H, W]."""
    x64 = x.to(torch.float64) / 255
    return torch.einsum("nchw,c->nhw", x64, LUMINANCE) if x.shape[1] == 3 else x64.mean(1)


def sharpness(x: Tensor) -> float:
    """Mean over images of the variance of the Laplacian (4-neighbour, inner pixels) of the luminance."""
    y = grey(x)
    lap = y[:, :-2, 1:-1] + y[:, 2:, 1:-1] + y[:, 1:-1, :-2] + y[:, 1:-1, 2:] - 4 * y[:, 1:-1, 1:-1]
    return float(lap.flatten(1).var(1, correction=0).mean())


def pil(x: Tensor) -> list[Image.Image]:
    """uint8 [n, C, H, W] as PIL images."""
    rows = x.permute(0, 2, 3, 1).contiguous().numpy()
    return [Image.fromarray(row[..., 0] if row.shape[-1] == 1 else row) for row in rows]


def hashes(x: Tensor, hash_of: Callable[[Image.Image], imagehash.ImageHash] = imagehash.dhash) -> np.ndarray:
    """bool [n, 64]: imagehash's hash of each image, dHash by default."""
    return np.stack([np.asarray(hash_of(image).hash).ravel() for image in pil(x)])


def hash_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Mean of 1 - Hamming distance / 64 over matching rows."""
    return float((a == b).mean())


def label_similarity(queries: np.ndarray, gallery: np.ndarray, kind: str) -> np.ndarray:
    """[q, ..., L], [..., L] -> the share of equal labels; of classes, whether they are the same."""
    if kind == "attributes":
        return (queries == gallery).mean(-1)
    both = (queries & gallery) > 0
    return both.reshape(*both.shape[:-1], BLOCKS[kind], -1).any(-1).mean(-1)


def accuracy(scores: np.ndarray, truth: np.ndarray, kind: str) -> float:
    """Share of right labels by scores [n, L]: above a half for attributes, the largest one for classes."""
    if kind == "attributes":
        return float(((scores > 0.5) == (truth > 0)).mean())
    return float((classes(scores, kind) == classes(truth, kind)).mean())


def classes(scores: np.ndarray, kind: str) -> np.ndarray:
    """[n, L] -> [n, blocks]: the index of the largest score in each one-hot block."""
    return scores.reshape(len(scores), BLOCKS[kind], -1).argmax(-1)


def joint(labels: np.ndarray, kind: str) -> np.ndarray:
    """[n, L] -> [n]: one class number, of all one-hot blocks together."""
    index = classes(labels, kind)
    base = labels.shape[1] // index.shape[1]
    return (index * base ** np.arange(index.shape[1])).sum(1)


def reverse_kl(counts: np.ndarray, target: np.ndarray) -> float:
    """KL(counts / sum || target / sum) in nats; classes absent from both do not count."""
    p, q = counts / counts.sum(), target / target.sum()
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / np.maximum(q[seen], 1e-12))).sum())


def psnr(x: Tensor, y: Tensor) -> float:
    """Mean over images of 10 log10(1 / MSE) in dB; equal images count 100."""
    mse = (flat(x) - flat(y)).square().mean(1)
    return float((-10 * torch.log10(mse.clamp(min=1e-10))).mean())


def ssim(x: Tensor, y: Tensor) -> float:
    """Mean SSIM of the luminance (Wang et al. 2004): 11x11 Gaussian, std 1.5, inner pixels, K 0.01, 0.03; NaN below 11 px."""
    if min(x.shape[2:]) < 11:
        return math.nan
    a, b = grey(x).numpy(), grey(y).numpy()

    def blur(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image, (0, 1.5, 1.5), radius=5)[:, 5:-5, 5:-5]

    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
    index = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4))
    return float(index.mean())


def soften(x: Tensor, sigma: float) -> Tensor:
    """uint8 images under a Gaussian blur of `sigma` pixels, edges repeated, rounded."""
    soft = gaussian_filter(x.numpy().astype(np.float64), (0, 0, sigma, sigma), mode="nearest")
    return torch.from_numpy(np.rint(soft).astype(np.uint8))


def real_scale(data: Data) -> dict[str, float]:
    """Of n real test images, once: mean and smallest pairwise distance, Vendi score, sharpness."""

    def compute() -> dict[str, float]:
        x = data.images("test", data.n)
        sq = sq_distances(flat(x))
        scale = {"distance": mean_distance(sq), "closest": float(nearest(sq).min())}
        scale["vendi"] = vendi(sq, bandwidth=scale["distance"] / 4)
        return scale | ({"sharpness": sharpness(x)} if data.kind == "images" else {})

    return data.memo("real_scale", compute)


def principal(points: Tensor, data: Data) -> dict[str, np.ndarray]:
    """Returns x: points [n, p] along the first two principal axes of real ones, float32 [n, 2]; variance [2]: their shares."""

    def fit() -> tuple[Tensor, Tensor, np.ndarray]:
        x = flat(data.images("train", 2 * data.n))
        _, values, axes = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return x.mean(0), axes[:2].T, (values[:2].square() / values.square().sum()).numpy()

    middle, axes, variance = data.memo("principal axes", fit)
    return {"x": ((flat(points) - middle) @ axes).float().numpy(), "variance": variance}
