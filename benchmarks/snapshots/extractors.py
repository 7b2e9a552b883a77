"""Feature extractors, and 'domain' among them: the data set's own classifier."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor
from torch_fidelity.utils import create_feature_extractor

from benchmarks.snapshots.convnet import CHUNK, Progress, fit, pixels, trunk
from benchmarks.storage.cached import build_once
from benchmarks.storage.checkpoint import digest
from datasets.base import Dataset, Split

VERSION, FIRST = 2, 2  # of the classifier's training; the first one that results were named by
WIDTH = 64  # features before the head
BLOCKS = {"classes": 1, "channels": 3}  # one-hot blocks in a row of labels of that kind


@dataclass(frozen=True)
class Missing:
    """No extractor, and why."""

    reason: str
    name: str = ""
    detail: str = ""

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Extractor:
    """A network of torch-fidelity's registry; `info` holds the accuracies of 'domain'."""

    name: str
    detail: str
    net: FeatureExtractorBase
    info: dict[str, Any] = field(default_factory=dict)
    # of its training, or of its weights; "" as the first results had it, whose names lack it
    version: str = ""
    takes_grey: bool = False  # images of one channel as they are; else repeated to three
    sha256: str = ""  # of the weights, where each machine trains its own

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """Maps uint8 [n, C, H, W] -> float32 [n, f]."""
        x = x.expand(-1, 3, -1, -1) if not self.takes_grey and x.shape[1] == 1 else x
        return torch.cat([self.net(part)[0] for part in x.split(CHUNK)])

    @torch.no_grad()
    def predict(self, x: Tensor) -> Tensor:
        """Maps uint8 [n, C, H, W] -> probabilities of the labels, float32 [n, L]; 'domain' only."""
        assert isinstance(self.net, Classifier)
        logits = torch.cat([self.net.logits(part) for part in x.split(CHUNK)])
        if self.info["label_kind"] == "attributes":
            return logits.sigmoid()
        return logits.unflatten(1, (BLOCKS[self.info["label_kind"]], -1)).softmax(2).flatten(1)


class Classifier(FeatureExtractorBase):
    """The trunk of benchmarks/snapshots/convnet.py, 64 features, and a linear head on them."""

    def __init__(
        self,
        name: str = "domain",
        features_list: tuple[str, ...] = (str(WIDTH),),
        feature_extractor_weights_path: str | None = None,
        shape: tuple[int, ...] = (),
        labels: int = 0,
        **unused: Any,
    ) -> None:
        super().__init__(name, list(features_list))
        weights = None
        if feature_extractor_weights_path is not None:  # as torch-fidelity builds it
            weights = load_file(feature_extractor_weights_path)
            shape, labels = tuple(weights.pop("shape").tolist()), len(weights["head.bias"])
        self.shape = shape
        self.convs, outputs = trunk(shape)
        self.features = nn.Linear(outputs, WIDTH)
        self.head = nn.Linear(WIDTH, labels)
        self.scale = nn.Buffer(torch.ones(()))  # makes the training images' features vary by 1 on average
        if weights is not None:
            self.load_state_dict(weights)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return (str(WIDTH),)

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        return str(WIDTH)

    @staticmethod
    def can_be_compiled() -> bool:
        return False

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Maps uint8 [n, C, H, W] -> (features [n, 64],)."""
        y = self.convs(x.to(torch.float32) / 127.5 - 1)
        return (torch.relu(self.features(y)) / self.scale,)

    def logits(self, x: Tensor) -> Tensor:
        """Maps uint8 [n, C, H, W] -> [n, L]."""
        return self.head(self(x)[0] * self.scale)


if "domain" not in FEATURE_EXTRACTORS_REGISTRY:
    register_feature_extractor("domain", Classifier)


def domain(dataset: Dataset, cache: Path, progress: Progress | None = None) -> Extractor | Missing:
    """Returns the classifier of `dataset`, trained at the first call; Missing without labels."""
    train, test = dataset.split("train"), dataset.split("test")
    if train.labels is None:
        return Missing(
            "the data set has no labels to train an extractor on, and there are no Inception weights "
            "(--inception-weights PATH)"
        )
    folder = Path(cache) / "extractors" / f"domain-v{VERSION}-{dataset.key}"
    return load_classifier(
        build_once(folder, lambda temporary: save_classifier(temporary, train, test, progress))
    )


def load_classifier(folder: Path) -> Extractor:
    """Returns the classifier stored in `folder`."""
    info = json.loads((folder / "info.json").read_text())
    net = create_feature_extractor(
        "domain",
        [str(WIDTH)],
        cuda=False,
        verbose=False,
        feature_extractor_weights_path=str(folder / "weights.safetensors"),
    )
    version = "" if VERSION == FIRST else str(VERSION)
    return Extractor(
        "domain", info["detail"], net, info, version, takes_grey=True, sha256=digest(net.state_dict())
    )


def save_classifier(folder: Path, train: Split, test: Split, progress: Progress | None = None) -> None:
    """Trains and writes weights.safetensors and info.json."""
    net = train_classifier(train, progress)
    state = {k: v.contiguous() for k, v in net.state_dict().items()}
    save_file({**state, "shape": torch.tensor(net.shape)}, folder / "weights.safetensors")
    (folder / "info.json").write_text(json.dumps(accuracies(net, train, test), indent=1))


def train_classifier(split: Split, progress: Progress | None = None) -> Classifier:
    """Trains on (binary) cross-entropy; then the features are scaled."""
    x, labels = pixels(split.x), torch.from_numpy(np.array(split.labels)).to(torch.float32)
    net = fit(
        lambda: Classifier(shape=tuple(x.shape[1:]), labels=labels.shape[1]),
        len(x),
        lambda net, rows: loss_of(net.logits(x[rows]), labels[rows], split.label_kind),
        VERSION,
        progress,
    )
    spread = torch.cat([net(part)[0] for part in x.split(CHUNK)]).var(0).mean().sqrt()
    net.scale.copy_(spread.clamp(min=1e-6))
    return net


def loss_of(logits: Tensor, labels: Tensor, kind: str) -> Tensor:
    """Returns binary cross-entropy of attributes, else cross-entropy in each one-hot block."""
    if kind == "attributes":
        return nn.functional.binary_cross_entropy_with_logits(logits, labels)
    logits, labels = (t.reshape(len(t) * BLOCKS[kind], -1) for t in (logits, labels))
    return nn.functional.cross_entropy(logits, labels)


@torch.no_grad()
def accuracies(net: Classifier, train: Split, test: Split) -> dict[str, Any]:
    """Returns mean test accuracy, that of the most frequent label for comparison, and each label's."""
    assert train.labels is not None and test.labels is not None
    logits = torch.cat([net.logits(part) for part in pixels(test.x).split(CHUNK)]).numpy()
    truth, share = np.array(test.labels) > 0, np.array(train.labels).mean(0)
    if test.label_kind == "attributes":
        each = ((logits > 0) == truth).mean(0)
        accuracy, chance = each.mean(), (truth == (share > 0.5)).mean()
    else:
        b = BLOCKS[test.label_kind]
        blocks = truth.reshape(len(truth), b, -1)  # [n, b, c]
        right = logits.reshape(blocks.shape).argmax(2) == blocks.argmax(2)
        each = ((right[..., None] & blocks).sum(0) / np.maximum(blocks.sum(0), 1)).ravel()
        most = share.reshape(b, -1).argmax(1)
        accuracy, chance = right.mean(), (blocks.argmax(2) == most).mean()
    what = f"{truth.shape[1]} {'attributes' if test.label_kind == 'attributes' else 'classes'}"
    detail = (
        f"classifier of {what}, {WIDTH} features, test accuracy {accuracy:.3f} (most frequent: {chance:.3f})"
    )
    return {
        "detail": detail,
        "accuracy": float(accuracy),
        "chance": float(chance),
        "label_kind": test.label_kind,
        "labels": dict(zip(test.label_names, each.tolist(), strict=False)),
    }
