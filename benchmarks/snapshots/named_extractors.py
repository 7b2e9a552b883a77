"""Feature extractors by name, for --extractor: several judge the same samples, so that no result depends on one of them.

    domain           the data set's own classifier, trained on the labels that it judges
    random           three convolutions with random weights: 256 features
    imagenet-lite    EfficientNet-Lite0 of ImageNet, from the optional extra of that name
    inception        torch-fidelity's Inception, the usual one of FID
    dinov2, clip     torch-fidelity's; CLIP's with the metric `extractors` gives CMMD (Jayasumana et al. 2024)
    FILE.py          a file with features(x): uint8 [n, 3, H, W] -> float [n, f], run as the code that it is

The networks of inception, dinov2 and clip come with weights from elsewhere, which nobody downloads here: NAME:PATH says where
they are, else they are looked for in CACHE/weights and where torch keeps its own.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.feature_extractor_clip import MODEL_METADATA as CLIPS
from torch_fidelity.feature_extractor_clip import MODEL_URLS
from torch_fidelity.feature_extractor_dinov2 import MODEL_METADATA as DINOS
from torch_fidelity.utils import create_feature_extractor

from benchmarks.planning.plugins import module_of
from benchmarks.planning.registry import unknown
from benchmarks.planning.sources import source_of_file
from benchmarks.snapshots import extractors, foreign_networks, inception
from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.extractors import Extractor, Missing
from datasets._content import digests
from datasets.base import Dataset

NAMES = ("domain", "random", "imagenet-lite", "inception", "dinov2", "clip")
WEIGHED = ("inception", "dinov2", "clip")
REPOSITORY = "facebookresearch_dinov2_main"  # as torch.hub calls its copy
CLIP_FILES = {f"{about['filename']}.pt": name for name, about in CLIPS.items()}
RESERVED = {*NAMES, "inception-v3-compat", *CLIPS, *DINOS}  # what columns of tables call them
CLIP_FIRST = ("ViT-L-14-336px.pt", "ViT-L-14.pt", "ViT-B-16.pt", "ViT-B-32.pt")  # CMMD's first


class Function(FeatureExtractorBase):
    """A function from images to features as torch-fidelity's class."""

    def __init__(self, name: str, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__(name, ["features"])
        self.function = function

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return ("features",)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Maps uint8 [n, C, H, W] -> (features [n, f],)."""
        return (self.function(x),)


def names(text: str, cache: Path) -> tuple[str, ...]:
    """Reads `domain,clip:/place/ViT-B-32.pt`, paths made absolute. Raises ValueError for what is not known or not there."""
    made = tuple(_absolute(part.strip()) for part in text.split(",") if part.strip())
    if not made:
        raise ValueError(f"--extractor {text!r}: name {', '.join(NAMES)} or FILE.py, comma-separated")
    for name in made:
        if not name.endswith(".py") and name.partition(":")[0] not in NAMES:
            raise ValueError(f"--extractor: {unknown('extractor', name, [*NAMES, 'FILE.py'])}")
        kind = name.partition(":")[0]
        if kind != name and kind not in WEIGHED and not name.endswith(".py"):
            raise ValueError(f"--extractor {name}: {kind} takes no weights")
        if len([each for each in made if _word(each) == _word(name)]) > 1:
            raise ValueError(f"--extractor {text}: {_word(name)} is named twice")
        if kind in WEIGHED:
            weights(name, cache)
        elif kind == "imagenet-lite" and not foreign_networks.has_imagenet_lite():
            raise ValueError(
                '--extractor imagenet-lite: pip install -c constraints.txt -e ".[imagenet-lite]"'
            )
        elif name.endswith(".py"):
            if _word(name) in RESERVED:
                raise ValueError(
                    f"--extractor {name}: {_word(name)} is the name of another extractor: rename the file"
                )
            _from_file(Path(name))
    return made


def chosen(text: str | None, inception_weights: Path | None, cache: Path) -> tuple[str, ...]:
    """Returns the extractors that --extractor names, none where it is not given. Raises ValueError as `names` does."""
    if text and inception_weights:
        raise ValueError("--extractor and --inception-weights: write --extractor inception:PATH")
    found = names(text, cache) if text else ()
    inception.check([inception_weights, *(weights(n, cache)[1] for n in found if n.startswith("inception"))])
    return found


def named_as(column: str, given: tuple[str, ...], cache: Path) -> str | None:
    """Returns the name of the extractor that tables call `column`: one of those given, else one that needs no path here.

    None where there is none: a file that was not given, or weights that are not here.
    """
    for name in given:
        if column == _word(name) or (
            name.partition(":")[0] in WEIGHED and column.startswith(f"{_word(name)}-")
        ):
            return name
    kind = next((name for name in NAMES if column == name or column.startswith(f"{name}-")), None)
    try:
        return names(kind, cache)[0] if kind else None
    except ValueError:
        return None


def _word(name: str) -> str:
    """Returns what stands in tables, or nearly: no two may share it."""
    return Path(name).stem if name.endswith(".py") else name.partition(":")[0]


def _absolute(name: str) -> str:
    kind, colon, path = name.partition(":")
    if kind in NAMES and colon:
        return f"{kind}:{Path(path).expanduser().absolute()}"
    return str(Path(name).expanduser().absolute()) if name.endswith(".py") else name


def weights(name: str, cache: Path) -> tuple[str, Path]:
    """Returns torch-fidelity's name of the network, and its file (dinov2: the hub's folder).

    Raises ValueError naming the file that is expected, where it was looked for, and how it is got.
    """
    kind, _, given = name.partition(":")
    places = [Path(given)] if given else [cache / "weights", Path(torch.hub.get_dir()) / "checkpoints"]
    looked = " and ".join(map(str, places))
    if kind == "inception":
        found = _first(places, (inception.FILE,))
        if found is None:
            raise ValueError(f"--extractor inception: no {inception.FILE} at {looked}: it is a release file of "
                             "github.com/toshas/torch-fidelity; name it with inception:PATH")  # fmt: skip
        return "inception-v3-compat", found
    if kind == "clip":
        found = _first(places, (*CLIP_FIRST, *sorted(set(CLIP_FILES) - set(CLIP_FIRST))))
        if found is None or found.name not in CLIP_FILES:
            raise ValueError(f"--extractor clip: no {CLIP_FIRST[0]}, or another of OpenAI's by its name, at {looked}: get it "
                             f"from {MODEL_URLS['clip-vit-l-14-336px']} and name it with clip:PATH")  # fmt: skip
        return CLIP_FILES[found.name], found
    hubs = [Path(given)] if given else [cache / "weights", Path(torch.hub.get_dir())]
    for hub in hubs:
        for own, model in DINOS.items():
            if (hub / REPOSITORY / "hubconf.py").is_file() and (
                hub / "checkpoints" / f"{model}_pretrain.pth"
            ).is_file():
                return own, hub
    raise ValueError(
        f"--extractor dinov2: no {REPOSITORY} with checkpoints/dinov2_vits14_pretrain.pth beside it at "
        f"{' and '.join(map(str, hubs))}: torch.hub.load('facebookresearch/dinov2', 'dinov2_vits14') makes both where there is a "
        "network; copy that folder and name it with dinov2:FOLDER"
    )


def _first(places: list[Path], files: tuple[str, ...]) -> Path | None:
    """Returns the first place that is a file, or else the first of the files in the places."""
    every = (*places, *(place / file for file in files for place in places))
    return next((path for path in every if path.is_file()), None)


def load(name: str, dataset: Dataset, cache: Path, progress: Progress | None = None) -> Extractor | Missing:
    """Returns the extractor of that name for `dataset`. Raises ValueError where its file is gone or is another one."""
    if dataset.kind != "images":
        return Missing("the data are not images")
    kind, grey = name.partition(":")[0], dataset.shape[0] == 1
    if name.endswith(".py"):
        function, source = _from_file(Path(name))
        return Extractor(
            Path(name).stem, f"features of {Path(name).name}", Function(name, function), version=source[:16]
        )
    if kind == "domain":
        return extractors.domain(dataset, cache, progress)
    if kind in ("random", "imagenet-lite"):
        network = foreign_networks.NETWORKS[kind.replace("-", "_")]
        detail = {
            "random": "random weights, 256 features",
            "imagenet-lite": "EfficientNet-Lite0, 1,280 features",
        }[kind]
        return Extractor(kind, detail, Function(kind, network), takes_grey=True)
    own, path = weights(name, cache)
    if kind == "inception":
        return inception.load(path, grey=grey, cache=cache)
    made = _clip(own, path) if kind == "clip" else _dinov2(own, path)
    file = path if kind == "clip" else path / "checkpoints" / f"{DINOS[own]}_pretrain.pth"
    sha = digests(file.parent, [file.name], cache)[file.name]
    official = kind == "clip" and sha == CLIPS[own]["hash"]
    detail = f"{own} of {file.name}" + ("; grey images repeated to three channels" if grey else "")
    return Extractor(own, detail, made, version="" if official else sha[:16])


def _clip(own: str, path: Path) -> FeatureExtractorBase:
    """Loads one of OpenAI's files, which are TorchScript: torch.jit reads them without unpickling anything."""
    try:
        return create_feature_extractor(
            own,
            ["clip"],
            cuda=False,
            verbose=False,
            feature_extractor_weights_path=io.BytesIO(path.read_bytes()),
        )
    except Exception as error:
        raise ValueError(f"{path} does not hold OpenAI's {own}: {_line(error)}") from error


def _dinov2(own: str, hub: Path) -> FeatureExtractorBase:
    """Loads it through torch.hub, which reads its own folder, where nothing is left to download; torch-fidelity takes no path."""
    before = torch.hub.get_dir()
    try:
        torch.hub.set_dir(str(hub))
        return create_feature_extractor(own, ["dinov2"], cuda=False, verbose=False)
    except Exception as error:
        raise ValueError(f"{hub} does not hold torch.hub's copy of {own}: {_line(error)}") from error
    finally:
        torch.hub.set_dir(before)


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _from_file(path: Path) -> tuple[Callable[[Tensor], Tensor], str]:
    """Returns a file's features, checked as they come, and the hash of its code. Raises ValueError."""
    if not path.is_file():
        raise ValueError(f"--extractor {path} does not exist")
    try:
        function: Any = getattr(module_of(path), "features", None)
    except Exception as error:
        raise ValueError(f"--extractor {path}: {_line(error)}") from error
    if not callable(function):
        raise ValueError(f"--extractor {path} defines no features(x): uint8 [n, 3, H, W] -> float [n, f]")

    def features(x: Tensor) -> Tensor:
        made = function(x)
        made = torch.from_numpy(np.ascontiguousarray(made)) if isinstance(made, np.ndarray) else made
        if (
            not isinstance(made, Tensor)
            or made.dim() != 2
            or len(made) != len(x)
            or not bool(torch.isfinite(made).all())
        ):
            raise ValueError(f"--extractor {path}: features wants finite float [{len(x)}, f]")
        return made.detach().cpu().float()

    return features, source_of_file(path)
