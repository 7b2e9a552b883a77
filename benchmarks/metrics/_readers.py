"""Networks that read what an image shows: trained once on a data set, kept in its cache with how well they read test images."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from safetensors.torch import load_file, save_file
from torch import nn

from benchmarks.snapshots.convnet import Progress
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage.cached import build_once
from datasets.base import Split

N = TypeVar("N", bound=nn.Module)


def trained(
    data: Data,
    name: str,
    score_file: str,
    untrained: Callable[[], N],
    train: Callable[[Split, Progress | None], N],
    score: Callable[[N, Split], Any],
    progress: Progress | None = None,
) -> tuple[N, Any]:
    """Returns the network that `train` makes of the training images, and its `score` on the test images.

    Both are computed once and kept as CACHE/readers/NAME-KEY of the data, if there is a cache. untrained: the same network
    before training, which the stored weights are loaded into; the score goes through JSON.
    """

    def make() -> tuple[N, Any]:
        net = train(data.train, progress)
        return net, score(net, data.test)

    def build(folder: Path) -> None:
        net, scored = make()
        save_file({k: v.contiguous() for k, v in net.state_dict().items()}, folder / "weights.safetensors")
        (folder / score_file).write_text(json.dumps(scored, indent=1))

    if data.cache is None:
        return make()
    folder = build_once(data.cache / "readers" / f"{name}-{data.key}", build)
    net = untrained()
    net.load_state_dict(load_file(folder / "weights.safetensors"))
    return net.eval().requires_grad_(False), json.loads((folder / score_file).read_text())
