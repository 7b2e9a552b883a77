"""A finished run back as a model, by the beginning of its name."""

from pathlib import Path

from benchmarks.planning.config import RunConfig
from benchmarks.planning.registry import DATASETS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage.files import read_json
from methods.base import Spec


def default_cache() -> Path:
    """Where data sets and extractors are kept: $BIDIGAN_CACHE, or ~/.cache/bidigan-bench."""
    import os

    return Path(os.environ.get("BIDIGAN_CACHE") or Path.home() / ".cache" / "bidigan-bench")


def load_model(
    out: Path, run: str, step: int | None = None, cache: Path | None = None, root: Path | None = None
) -> TrainedModel:
    """The model of `run` at `step` (default: its last). Raises ValueError naming what is there."""
    known = sorted(path.name for path in (out / "runs").glob("*") if (path / "record.json").exists())
    matches = [name for name in known if name.startswith(run)]
    if len(matches) != 1:
        what = "is ambiguous" if matches else "is not there"
        raise ValueError(f"run {run!r} {what} in {out}: known are {', '.join(known) or 'none'}")
    folder = out / "runs" / matches[0]
    config = RunConfig(**read_json(folder / "config.json"))
    steps = sorted(int(path.stem) for path in (folder / "weights").glob("*.safetensors"))
    chosen = steps[-1] if step is None and steps else step
    if chosen not in steps:
        raise ValueError(
            f"run {matches[0]} has no weights of step {step}: known are {', '.join(map(str, steps)) or 'none'}"
        )
    record = read_json(folder / "record.json")

    def data() -> Data:
        return Data.of(DATASETS.get(config.dataset)(cache or default_cache(), root, **config.data))

    spec = Spec(tuple(record["spec"]["shape"]), record["spec"]["labels"], record["spec"]["label_kind"])
    return TrainedModel(config, spec, data, folder / "weights" / f"{chosen}.safetensors")
