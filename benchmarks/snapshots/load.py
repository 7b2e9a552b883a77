"""Loads a finished run as a model, by the beginning of its name, or from the folder that it was exported to."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.planning import plugins
from benchmarks.planning.config import RunConfig, validated
from benchmarks.planning.registry import DATASETS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.snapshot import Data
from benchmarks.storage import checkpoint, schema, store_plugins
from benchmarks.storage.cached import default_cache as default_cache
from benchmarks.storage.files import read_json
from benchmarks.storage.run_folder import RECORD, RunFolder, run_paths
from methods.base import Spec

WEIGHTS, CONFIG = "weights.safetensors", "config.json"  # of an export


def load_model(
    out: Path,
    run: str,
    step: int | None = None,
    cache: Path | None = None,
    root: Path | None = None,
    given: Sequence[str | Path] = (),
) -> TrainedModel:
    """Returns the model of `run` at `step` (default: its last). Raises ValueError naming what is there, or is missing."""
    problems = store_plugins.load(out, tuple(map(str, given)))
    if not out.is_dir():
        raise ValueError(f"{out} does not exist: name the folder of a command's --out")
    unfinished = [
        path.name for path in run_paths(out) if not (path / RECORD).exists() and path.name.startswith(run)
    ]
    known = [path.name for path in run_paths(out) if (path / RECORD).exists()]
    matches = [name for name in known if name.startswith(run)]
    if len(matches) != 1:
        what = "is ambiguous" if matches else "is not finished" if unfinished else "is not there"
        none = "none, for published results hold no weights" if (out / "command.txt").is_file() else "none"
        raise ValueError(f"run {run!r} {what} in {out}: known are {', '.join(known) or none}")
    folder = RunFolder(out, matches[0])
    config = schema.config(folder, None, needed=True)
    assert config is not None
    if trouble := store_plugins.trouble(out, config):
        raise ValueError("; ".join([f"run {matches[0]}: {trouble}", *problems]))
    steps = sorted(
        int(path.stem) for path in (folder.path / "weights").glob("*.safetensors") if path.stem.isdigit()
    )
    chosen = steps[-1] if step is None and steps else step
    if chosen not in steps:
        raise ValueError(
            f"run {matches[0]} has no weights{'' if step is None else f' of step {step}'}: known are "
            f"{', '.join(map(str, steps)) or 'none'}"
        )
    record = folder.record() or {}
    if "spec" not in record:
        raise ValueError(f"{folder.path / RECORD} is damaged: it does not say what the data are")
    data = partial(_data, config, cache, root, f"run {matches[0]}")
    return TrainedModel(config, _spec(record["spec"]), data, folder.weights(chosen))


def load_exported(
    folder: Path, cache: Path | None = None, root: Path | None = None, given: Sequence[str | Path] = ()
) -> TrainedModel:
    """Returns the model of an export. Raises ValueError for another folder, damaged weights or a plugin that is not here."""
    if not (folder / CONFIG).is_file():
        raise ValueError(f"{folder} holds no {CONFIG}: give a folder of benchmarks.sample --export")
    problems = plugins.load_as_they_are(tuple(map(str, given)))
    try:
        about = read_json(folder / CONFIG)
        config, spec = validated(RunConfig, about["config"], str(folder / CONFIG)), _spec(about["spec"])
        tensors, _ = checkpoint.read(folder / WEIGHTS)
        if about["sha256"] != checkpoint.digest(tensors):
            raise ValueError(f"{folder / WEIGHTS} does not hold the weights that {CONFIG} speaks of")
    except (KeyError, TypeError) as error:
        raise ValueError(f"{folder / CONFIG} is damaged: {error}") from None
    if trouble := store_plugins.trouble(folder, config):
        raise ValueError("; ".join([f"{folder}: {trouble}", *problems]))
    return TrainedModel(config, spec, partial(_data, config, cache, root, str(folder)), folder / WEIGHTS)


def _spec(made: dict[str, Any]) -> Spec:
    return Spec(tuple(made["shape"]), made["labels"], made["label_kind"])


def _data(config: RunConfig, cache: Path | None, root: Path | None, what: str) -> Data:
    """Returns the data that a model was trained on. Raises ValueError where they are not here."""
    made = DATASETS.get(config.dataset)(cache or default_cache(), root, **config.data)
    if made.content != config.content.partition("+")[0]:
        raise ValueError(f"{what} was trained on other data than those under {made.root}")
    return Data.of(made)
