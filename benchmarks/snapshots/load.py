"""Loads a finished run as a model, by the beginning of its name."""

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.planning.config import RunConfig
from benchmarks.planning.registry import DATASETS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage import store_plugins
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RECORD, RunFolder, run_paths
from methods.base import Spec


def default_cache() -> Path:
    """Returns where data sets and extractors are kept: $BIDIGAN_CACHE, or ~/.cache/bidigan-bench.

    Raises ValueError where there is neither, as for a user id without an account.
    """
    try:
        given = os.environ.get("BIDIGAN_CACHE")
        return Path(given).expanduser() if given else Path.home() / ".cache" / "bidigan-bench"
    except RuntimeError as error:
        raise ValueError(
            "there is no home folder to keep prepared data in: give --cache DIR, or set $BIDIGAN_CACHE"
        ) from error


def load_model(
    out: Path,
    run: str,
    step: int | None = None,
    cache: Path | None = None,
    root: Path | None = None,
    plugins: Sequence[str | Path] = (),
) -> TrainedModel:
    """Returns the model of `run` at `step` (default: its last). Raises ValueError naming what is there, or is missing."""
    problems = store_plugins.load(out, tuple(map(str, plugins)))
    known = [path.name for path in run_paths(out) if (path / RECORD).exists()]
    matches = [name for name in known if name.startswith(run)]
    if len(matches) != 1:
        what = "is ambiguous" if matches else "is not there"
        raise ValueError(f"run {run!r} {what} in {out}: known are {', '.join(known) or 'none'}")
    folder = RunFolder(out, matches[0]).path
    config = RunConfig(**read_json(folder / "config.json"))
    if trouble := store_plugins.trouble(out, config):
        raise ValueError("; ".join([f"run {matches[0]}: {trouble}", *problems]))
    steps = sorted(int(path.stem) for path in (folder / "weights").glob("*.safetensors"))
    chosen = steps[-1] if step is None and steps else step
    if chosen not in steps:
        raise ValueError(
            f"run {matches[0]} has no weights of step {step}: known are {', '.join(map(str, steps)) or 'none'}"
        )
    record = read_json(folder / RECORD)

    def data() -> Data:
        made = DATASETS.get(config.dataset)(cache or default_cache(), root, **config.data)
        if made.content != config.content:
            raise ValueError(f"run {matches[0]} was trained on other data than those under {made.root}")
        return Data.of(made)

    spec = Spec(tuple(record["spec"]["shape"]), record["spec"]["labels"], record["spec"]["label_kind"])
    return TrainedModel(config, spec, data, folder / "weights" / f"{chosen}.safetensors")
