"""Made-up panels: images that look like faces from afar, spoilt as early steps spoil them."""

from functools import cache
from pathlib import Path

import numpy as np

STEPS = (200, 500, 1000, 1500)


def faces(rng: np.random.Generator, n: int, size: int = 16) -> np.ndarray:
    """uint8 [n, size, size, 3]: a background, hair, a face, two eyes and a mouth in random colours."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    images = np.ones((n, size, size, 3)) * rng.uniform(0.2, 0.9, (n, 1, 1, 3))
    for i in range(n):
        cx, cy, r = 0.5 + rng.uniform(-0.08, 0.08), 0.52 + rng.uniform(-0.05, 0.05), rng.uniform(0.26, 0.34)
        images[i][np.hypot(x - cx, (y - cy) * 0.85) < r * 1.3] = rng.uniform(0, 0.9, 3)
        images[i][np.hypot(x - cx, y - cy - 0.06) < r] = np.array([0.95, 0.78, 0.66]) * rng.uniform(0.5, 1)
        for side in (-1, 1):
            images[i][np.hypot(x - cx - side * r * 0.45, y - cy - 0.02) < 0.06] = rng.uniform(0, 0.5, 3)
        images[i][(abs(x - cx) < r * 0.4) & (abs(y - cy - r * 0.65) < 0.035)] = (0.7, 0.1, 0.2)
    return (images * 255).astype(np.uint8)


@cache
def pool(size: int) -> np.ndarray:
    """Faces to draw from: made once."""
    return faces(np.random.default_rng(1), 256, size)


def spoil(images: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """Noise and greyness: what an early step draws."""
    noise = rng.normal(0, 90 * (1 - quality), images.shape)
    return np.clip(images * quality + 128 * (1 - quality) + noise, 0, 255).astype(np.uint8)


def plane(rng: np.random.Generator, n: int = 60, m: int = 9) -> dict[str, np.ndarray]:
    """A latent panel of three blobs under an encoder that turns and a decoder that turns back."""
    part = np.arange(n) % 3
    x = rng.normal(np.array([[0, 0], [4, 0], [2, 3]])[part], 0.4)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    mesh = np.stack(np.meshgrid(np.linspace(-2, 4, m), np.linspace(-2, 4, m)), -1)
    return {
        "x": x, "z": x @ turn, "x_rec": x + 0.05, "x_int": (x + np.roll(x, 1, 0)) / 2, "part": part.astype(np.uint8),
        "mesh_z": mesh, "mesh_x": mesh @ turn.T, "inside": np.hypot(*(mesh - 1).T).T < 3,
    }  # fmt: skip


def write_panels(folder: Path, method: str, seed: int, encodes: bool, size: int) -> None:
    rng = np.random.default_rng([seed, len(method)])
    folder.mkdir(parents=True, exist_ok=True)
    real = pool(size)[:16]
    for step in STEPS:
        quality = 0.25 + 0.6 * step / STEPS[-1]
        drawn = pool(size)[rng.integers(0, 2 if method == "gan" else 256, 64)]
        arrays: dict[str, dict[str, np.ndarray]] = {
            "samples": {"x": spoil(drawn, 1.0 if method == "real" else quality, rng)}
        }
        if encodes:
            arrays["reconstructions"] = {"x": real, "x_rec": spoil(real, quality, rng)}
            t = np.linspace(0, 1, 11)[None, :, None, None, None]
            ends = real[:5, None], np.concatenate([real[5:9], real[4:5, :, ::-1]])[:, None]
            mixed = ((1 - t) * ends[0] + t * ends[1]).astype(np.uint8)
            mixed[:, 1:-1] = spoil(mixed[:, 1:-1], quality, rng)
            arrays["interpolations"] = {"x": mixed}
            queries, original = (
                np.concatenate([real[:4], real[4:6] // 2, real[4:6] // 3]),
                real[[0, 1, 2, 3, 4, 5, 4, 5]],
            )
            found = np.concatenate([original[:, None], pool(size)[rng.integers(0, 256, (8, 4))]], 1)
            arrays["search"] = {"x": queries, "found": found, "original": original}
            arrays["superresolution"] = {"x": real, "blurred": real // 2, "x_rec": spoil(real, quality, rng)}
            arrays["translations"] = {
                "x": real,
                "made": 255 - real,
                "truth": 255 - real,
                "back": spoil(real, quality, rng),
            }
            arrays["categories"] = {
                "x": real[:8],
                "edited": spoil(np.tile(real[:8, None], (1, 3, 1, 1, 1)), quality, rng),
            }
            arrays["attributes"] = {
                "x": real[:2],
                "edited": spoil(np.tile(real[None, :2, None], (4, 1, 5, 1, 1, 1)), quality, rng),
                "name": np.array(["Hat", "Smiling", "Blond_Hair", "Dark_Skin"]),
                "strength": np.array([-2.0, -1.0, 0.0, 1.0, 2.0]),
            }
        for name, content in arrays.items():
            np.savez_compressed(folder / f"{name}-{step}.npz", **content)  # type: ignore[arg-type]
