"""Panels of edits: what G makes of a latent moved along an attribute's vector, or given every category of the prior."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics._numerics import flat
from benchmarks.metrics.attributes import by_means, by_ols
from benchmarks.metrics.search import sizes
from benchmarks.snapshots.snapshot import Categorised, Data, Snapshot, generator

POINTS = 500
CATEGORIES = 4  # samples whose category is changed, and as many test images
ATTRIBUTES, EDITED, STRENGTHS = 4, 2, (-2.0, -1.0, 0.0, 1.0, 2.0)

Arrays = dict[str, np.ndarray]


def hwc(x: Tensor) -> np.ndarray:
    """Moves channels last: uint8 [..., C, H, W] -> [..., H, W, C]; points pass through."""
    return x.movedim(-3, -1).contiguous().numpy() if x.dim() > 3 else x.numpy()


def shown_attributes(data: Data) -> list[int]:
    """Returns the attributes whose class means differ most in pixels, among those neither rare nor common.

    One whose difference lies along that of a chosen one (|cosine| above 0.5) is passed over.
    """

    def choose() -> list[int]:
        n = min(len(data.train.x), POINTS)
        labels = torch.from_numpy(data.labels("train", n)).double()
        share = labels.mean(0)
        usable = ((share > 0.02) & (share < 0.98)).nonzero().flatten()
        difference = by_means(flat(data.images("train", n)), labels[:, usable])
        size = difference.norm(dim=1)
        alike = (difference @ difference.T / (size[:, None] * size)).abs()
        chosen: list[int] = []
        for j in size.argsort(descending=True).tolist():
            if size[j] > 0 and len(chosen) < ATTRIBUTES and all(alike[j, i] <= 0.5 for i in chosen):
                chosen.append(j)
        return [int(usable[j]) for j in chosen]

    return data.memo("panel/attributes", choose)


def attributes(s: Snapshot) -> Arrays:
    """Returns x [2, ...]: test images; edited [a, 2, 5, ...]: G(E(x) + strength * vector) by attribute, image, strength.

    Vectors are the least-squares coefficients of the metric `attributes`; `name` [a <= 4] and `strength` [5] say which.
    """
    g, chosen = sizes(s.data)[1], shown_attributes(s.data)
    codes = s.memo("search/gallery", lambda: s.encode(s.data.images("train", g))).double()
    vectors = by_ols(codes, torch.from_numpy(s.data.labels("train", g)).double())[chosen].float()
    steps = torch.tensor(STRENGTHS)[None, None, :, None] * vectors[:, None, None]  # [a, 1, 5, d]
    edited = s.generate((s.z_enc[None, :EDITED, None] + steps).flatten(0, 2))
    names = s.data.train.label_names
    return {
        "x": hwc(s.x[:EDITED]),
        "edited": hwc(edited.reshape(len(chosen), EDITED, len(STRENGTHS), *edited.shape[1:])),
        "name": np.array([names[j] for j in chosen]),
        "strength": np.array(STRENGTHS),
    }


def categories(s: Snapshot) -> Arrays:
    """Returns x [8, ...]: four samples, then (where there is an encoder) four test images; edited [8, k, ...]: G of each one's
    latents with every category of the prior in turn, the continuous part as it is (Lazarou 2020, section 5.3).

    Of points [500, 2] samples alone.
    """
    assert isinstance(s.model, Categorised)
    points = s.has("points")
    z = s.model.latents(POINTS if points else CATEGORIES, generator("panel"))
    x = s.generate(z)
    if not points and s.has("encode"):
        z, x = torch.cat([z, s.encode(s.x[:CATEGORIES])]), torch.cat([x, s.x[:CATEGORIES]])
    latents = s.model.categories(z)  # [n, k, d]
    edited = s.generate(latents.flatten(0, 1))
    return {"x": hwc(x), "edited": hwc(edited.reshape(*latents.shape[:2], *x.shape[1:]))}
