"""Panels: small arrays for the report's figures, each kind written only where model and data have what it needs.

samples, reconstructions, interpolations (Lazarou 2020, Figs. 1, 3, 4); super-resolution and search results
(Luo et al. 2017, Figs. 3 to 5); the latent plane and attribute vectors (Sainburg et al. 2018, Figs. 2, 4).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import Delaunay, QhullError
from torch import Tensor

from benchmarks.evaluation.edits import POINTS, Arrays, attributes, categories, hwc, shown_attributes
from benchmarks.metrics._domains import truth
from benchmarks.metrics._numerics import flat, principal, soften, sq_distances
from benchmarks.metrics.distortions import DISTORTIONS
from benchmarks.metrics.search import sizes
from benchmarks.snapshots.snapshot import CAN, Data, Snapshot, Unavailable, generator
from benchmarks.storage.files import write_atomic

SAMPLES, RECONSTRUCTIONS, ROWS, COLUMNS = 64, 16, 4, 11
TRANSLATED = 8  # of each domain
RESTORED = 8  # super-resolution: generated images, and as many real ones
QUERIES, DISTORTED, TOP = 4, 2, 5
MESH = 31


def samples(s: Snapshot) -> Arrays:
    """Returns x [64, ...], of points [500, 2]: G of the same z for every run, seed and step.

    Points of more coordinates are seen along the first two principal axes of real ones; `variance` [2]: their shares.
    """
    n = SAMPLES if s.has("images") else POINTS
    x = s.generate(s.model.latents(n, generator("panel")))
    if s.has("images") or x.shape[1] == 2:
        return {"x": hwc(x)}
    return principal(x, s.data)


def reconstructions(s: Snapshot) -> Arrays:
    """Returns x, x_rec [16, ...]: test images and G(E(x))."""
    rows = slice(0, RECONSTRUCTIONS)
    return {"x": hwc(s.x[rows]), "x_rec": hwc(s.x_rec[rows])}


def interpolations(s: Snapshot) -> Arrays:
    """Returns x [5, 11, ...]: G on the way between E of two test images, which stand at the ends.

    The last row runs from an image to its mirror image.
    """
    first, last = s.x[: ROWS + 1], s.x[ROWS + 1 : 2 * ROWS + 2].clone()
    last[ROWS] = first[ROWS].flip(-1)
    a, b = s.encode(first), s.encode(last)
    t = torch.linspace(0, 1, COLUMNS)[:, None]
    rows = [
        s.generate(s.between(a[i].expand(COLUMNS, -1), b[i].expand(COLUMNS, -1), t)) for i in range(ROWS + 1)
    ]
    x = torch.stack(rows)
    x[:, 0], x[:, -1] = first, last
    return {"x": hwc(x)}


def superresolution(s: Snapshot) -> Arrays:
    """Returns x, blurred, x_rec [16, ...]: generated images, then real ones; the blur and G(E(blurred)) of its metric."""
    x = torch.cat([s.generate(s.z[:RESTORED]), s.x[:RESTORED]])
    blurred = soften(x, x.shape[3] / 16)
    return {"x": hwc(x), "blurred": hwc(blurred), "x_rec": hwc(s.generate(s.encode(blurred)))}


def search(s: Snapshot) -> Arrays:
    """Returns x [8, ...] queries, found [8, 5, ...]: their nearest training images by E, in the gallery of the metric.

    Four test images, then two images of the gallery, each under the metric's distortions; `original` [8, ...] holds
    the undistorted queries.
    """
    gallery = s.data.images("train", sizes(s.data)[1])
    codes = s.memo("search/gallery", lambda: s.encode(gallery))
    plain, known = s.x[:QUERIES], gallery[:DISTORTED]
    x = torch.cat([plain, *(distort(known) for distort in DISTORTIONS.values())])
    distances = sq_distances(flat(s.encode(x)), flat(codes))
    order = torch.sort(distances, dim=1, stable=True).indices[:, :TOP]
    original = torch.cat([plain, *(known for _ in DISTORTIONS)])
    return {"x": hwc(x), "found": hwc(gallery[order]), "original": hwc(original)}


def latent(s: Snapshot) -> Arrays:
    """Points x, z = E(x), x_rec, x_int [n, 2] and their components [n]; a mesh of the latent plane.

    x_int is G at a uniform place between two codes. mesh_z, mesh_x [31, 31, 2]: a grid over the codes and G of it;
    inside [31, 31]: whether a node lies in the convex hull of the codes.
    """
    z = s.z_enc[:POINTS]
    t = torch.from_numpy(s.rng("panel/latent").random((len(z), 1))).float()
    low, high = z.amin(0), z.amax(0)
    across, up = (torch.linspace(float(low[i]), float(high[i]), MESH) for i in (0, 1))
    mesh = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1)  # [31, 31, 2]
    try:
        inside = Delaunay(z.numpy()).find_simplex(mesh.numpy()) >= 0
    except QhullError:  # codes on a line or a point have no hull
        inside = np.zeros((MESH, MESH), dtype=bool)
    labels = s.data.test.labels
    parts = np.zeros(len(z), dtype=int) if labels is None else s.data.labels("test", len(z)).argmax(1)
    return {
        "x": s.x[:POINTS].numpy(),
        "z": z.numpy(),
        "x_rec": s.x_rec[:POINTS].numpy(),
        "x_int": s.generate(z + t * (z.roll(1, 0) - z)).numpy(),
        "part": parts.astype(np.uint8),
        "mesh_z": mesh.numpy(),
        "mesh_x": s.generate(mesh.flatten(0, 1)).reshape(MESH, MESH, 2).numpy(),
        "inside": inside,
    }


def translations(s: Snapshot) -> Arrays:
    """x [16, ...]: 8 test images of each domain; made, back: their translations and those back again.

    truth: the true counterparts, where they are known.
    """
    assert s.data.second is not None
    x, x2 = (each.images("test", s.n)[:TRANSLATED] for each in (s.data, s.data.second))
    made = s.translate(x, "x2"), s.translate(x2, "x")
    back = s.translate(made[0], "x"), s.translate(made[1], "x2")
    found = [truth(s.data, to) for to in ("x2", "x")]
    arrays: dict[str, tuple[Tensor, ...]] = {"x": (x, x2), "made": made, "back": back}
    if all(found):
        arrays["truth"] = tuple(t.x[:TRANSLATED] for t in found if t)
    return {name: hwc(torch.cat(both)) for name, both in arrays.items()}


@dataclass(frozen=True)
class Panel:
    """One kind: what it needs (as metrics do, or "categories" in the prior), a further condition, and the metrics of which one
    must be asked for.

    The last is for what must know the codes of the whole gallery, which such a metric has computed.
    """

    name: str
    draw: Callable[[Snapshot], Arrays]
    needs: frozenset[str]
    applies: Callable[[Data, int], bool] = field(default=lambda data, latent: True)  # data, latent size
    metrics: frozenset[str] = frozenset()

    def due(self, data: Data, can: Collection[str], latent: int, metrics: Collection[str]) -> bool:
        """Returns whether a model with these abilities and this many latent units has this panel."""
        met = all(need in can if need in (*CAN, "categories") else data.has(need) for need in self.needs)
        return met and self.applies(data, latent) and not (self.metrics and self.metrics.isdisjoint(metrics))

    def path(self, folder: Path, step: int) -> Path:
        return folder / f"{self.name}-{step}.npz"


BOTH = frozenset({"generate", "encode"})
PANELS = (
    Panel("samples", samples, frozenset({"generate"})),
    Panel("reconstructions", reconstructions, BOTH),
    Panel("interpolations", interpolations, BOTH | {"images"}, lambda data, _: data.n > 2 * ROWS + 1),
    Panel("superresolution", superresolution, BOTH | {"images"}),
    Panel("search", search, frozenset({"encode", "images"}), metrics=frozenset({"search", "luo", "distortions"})),
    Panel("translations", translations, frozenset({"translate", "images", "domains"})),
    Panel("categories", categories, frozenset({"generate", "categories"})),
    Panel("latent", latent, BOTH | {"points"}, lambda data, latent: latent == data.train.x.shape[1] == 2),
    Panel("attributes", attributes, BOTH | {"images", "labels"},
          lambda data, _: data.test.label_kind == "attributes" and bool(shown_attributes(data)),
          frozenset({"attributes"})),
)  # fmt: skip


def write_panels(s: Snapshot, folder: Path, step: int, panels: Iterable[Panel] = PANELS) -> list[Path]:
    """Writes each as folder/<name>-<step>.npz, whole or not at all; returns the paths. What a model cannot give is left out."""
    paths = []
    for panel in panels:
        buffer = BytesIO()
        try:
            np.savez_compressed(buffer, **panel.draw(s))  # type: ignore[arg-type]
        except Unavailable:  # samples from elsewhere, fewer than it shows
            continue
        write_atomic(panel.path(folder, step), buffer.getvalue())
        paths.append(panel.path(folder, step))
    return paths
