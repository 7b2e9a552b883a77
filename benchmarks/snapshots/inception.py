"""Inception from local weights, and the usual extractor: Inception where its weights are, else the data set's classifier."""

import io
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch_fidelity.utils import create_feature_extractor

from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.extractors import Extractor, Missing, domain
from datasets._content import digests
from datasets.base import Dataset

FILE = "weights-inception-2015-12-05-6726825d.pth"  # torch-fidelity's release file


def in_hub() -> Path:
    """Returns where torch's hub would have torch-fidelity's Inception weights."""
    return Path(torch.hub.get_dir()) / "checkpoints" / FILE


def prepare(
    dataset: Dataset, cache: Path, inception_weights: Path | None = None, progress: Progress | None = None
) -> Extractor | Missing:
    """Returns the extractor for `dataset`: Inception where its weights are, else its classifier, else Missing.

    Raises ValueError if `inception_weights` names no usable file. Trains at the first call; safe in parallel.
    """
    if dataset.kind != "images":
        return Missing("the data are not images")
    if inception_weights is not None or in_hub().exists():
        return load(Path(inception_weights or in_hub()), grey=dataset.shape[0] == 1, cache=cache)
    return domain(dataset, cache, progress)


def tensors(path: Path) -> dict[str, Tensor]:
    """Returns the tensors of a .pth (weights_only) or .safetensors file. Raises ValueError for one of another network."""
    try:
        made = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, weights_only=True, mmap=True)
        )
        if "Conv2d_1a_3x3.conv.weight" in made:
            return dict(made)
    except Exception:
        pass  # of any other kind: torch has an error of its own for each
    raise _other(path)


def _other(path: Path) -> ValueError:
    return ValueError(
        f"{path} does not hold torch-fidelity's Inception weights: name its release file {FILE}"
    )


def check(paths: Iterable[Path | None]) -> None:
    """Raises ValueError for a file that holds no such network, which is better known before anything is trained."""
    for path in paths:
        if path is not None and path.is_file():
            tensors(path)


def load(path: Path, grey: bool = False, cache: Path | None = None) -> Extractor:
    """Loads torch-fidelity's Inception from a .pth (weights_only) or .safetensors file; else ValueError."""
    if not path.is_file():
        raise ValueError(
            f"no Inception weights at {path}: name torch-fidelity's {FILE} with --inception-weights"
        )
    try:
        weights = tensors(path)
        buffer = io.BytesIO()  # torch-fidelity unpickles what it is given: give it bytes written here
        torch.save({k: v for k, v in weights.items() if isinstance(v, Tensor)}, buffer)
        buffer.seek(0)
        net = create_feature_extractor(
            "inception-v3-compat", ["2048"], cuda=False, verbose=False, feature_extractor_weights_path=buffer
        )
    except Exception as error:
        raise _other(path) from error
    detail = "Inception v3 of 2015-12-05, pool features"
    detail += "; grey images repeated to three channels" if grey else ""
    sha = digests(path.parent, [path.name], cache)[path.name]
    official = sha.startswith(Path(FILE).stem.rpartition("-")[2])
    return Extractor("inception-v3-compat", detail, net, version="" if official else sha[:16])
