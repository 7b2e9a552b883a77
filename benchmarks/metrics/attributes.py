"""Attribute vectors (Sainburg et al. 2018, 3.2.1): OLS of codes on all labels against class means.

Each attribute's vector is added to the codes of test images without it. By the domain classifier's probabilities before
(G(E(x))) and after: `success` is the mean rise of its own, `entanglement` the mean absolute change of all others.
"""

import numpy as np
import torch
from torch import Tensor

from benchmarks.metrics.base import Metric, Value, needs_classifier
from benchmarks.metrics.search import sizes
from benchmarks.snapshots.extractors import Extractor
from benchmarks.snapshots.snapshot import Snapshot, Unavailable

EDITED = 32  # images for each attribute
HOW = {"ols": "OLS", "means": "class means"}


def by_ols(codes: Tensor, labels: Tensor) -> Tensor:
    """[L, d]: coefficients of the least-squares regression of codes [n, d] on labels [n, L] and 1."""
    design = torch.cat([labels, torch.ones(len(labels), 1).double()], 1)
    return (torch.linalg.pinv(design, rcond=1e-10) @ codes)[:-1]


def by_means(codes: Tensor, labels: Tensor) -> Tensor:
    """[L, d]: mean code with each label less the mean code without it."""
    return labels.T @ codes / labels.sum(0)[:, None] - (1 - labels).T @ codes / (1 - labels).sum(0)[:, None]


def compute(s: Snapshot) -> dict[str, float]:
    extractor, g = s.data.extractor, sizes(s.data)[1]
    assert isinstance(extractor, Extractor)
    labels, truth = torch.from_numpy(s.data.labels("train", g)).double(), s.data.labels("test", s.n)
    codes = s.memo("search/gallery", lambda: s.encode(s.data.images("train", g))).double()
    before = extractor.predict(s.x_rec)
    usable = [j for j, share in enumerate(labels.mean(0)) if 0.02 < share < 0.98 and (truth[:, j] == 0).any()]
    if not usable:
        raise Unavailable("every label is too rare or too common: none of 2 to 98 % of the training images")
    rows, found = [np.flatnonzero(truth[:, j] == 0)[:EDITED] for j in usable], dict[str, float]()
    for how, vectors in (("ols", by_ols(codes, labels)), ("means", by_means(codes, labels))):
        own, others = [], []
        edited = torch.cat([s.z_enc[r] + vectors[j].float() for j, r in zip(usable, rows, strict=True)])
        parts = extractor.predict(s.generate(edited)).split([len(r) for r in rows])
        for j, r, after in zip(usable, rows, parts, strict=True):
            change = after - before[r]
            own.append(float(change[:, j].mean()))
            others.append(float(np.delete(change.abs().numpy(), j, 1).mean()))
        found |= {f"success_{how}": float(np.mean(own)), f"entanglement_{how}": float(np.mean(others))}
    return found


def applies(s: Snapshot) -> str | None:
    kind = s.data.test.label_kind
    return needs_classifier(s) if kind == "attributes" else "the labels are classes, not attributes"


METRIC = Metric(
    name="attributes",
    title="Attribute vectors",
    question="interpolates",
    needs=frozenset({"generate", "encode", "images", "labels"}),
    values={f"success_{how}": Value(f"Edit success, {title}", "higher") for how, title in HOW.items()}
    | {f"entanglement_{how}": Value(f"Entanglement, {title}", "lower") for how, title in HOW.items()},
    compute=compute,
    references=("pixel-space", "untrained"),
    extractor=True,
    applies=applies,
)
