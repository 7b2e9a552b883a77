"""What the files of a results folder must look like: configurations, records, metric files and panels."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.planning.config import RunConfig, validated
from benchmarks.storage.files import intact, read_json
from benchmarks.storage.run_folder import RECORD, RunFolder, metric_file


def read_config(path: Path) -> RunConfig:
    """Reads a run's configuration. Raises ValueError in one line for one that is damaged, or that this program does not know."""
    made = read_json(path)
    if not isinstance(made, dict):
        raise ValueError(f"{path} is damaged: no configuration")
    checked: RunConfig = validated(
        RunConfig, made, f"{path} is damaged, or another version of this program wrote it"
    )
    return checked


def config(folder: RunFolder, planned: RunConfig | None, needed: bool) -> RunConfig | None:
    """Returns a run's configuration as it lies there. Raises ValueError as `read_config`, and for one that is another run's."""
    path = folder.path / "config.json"
    if not path.exists():
        if needed:
            raise ValueError(f"{folder.path} has no config.json")
        return planned
    made = read_config(path)
    if made.hash != folder.path.name:
        raise ValueError(f"{path} was edited: its values belong to run {made.hash}")
    return made


def record(made: dict[str, Any], folder: RunFolder) -> None:
    """Raises ValueError for a record without what every record has."""
    kinds = {"status": str, "reason": str, "step": int, "weights_sha256": str, "wall_s": int | float}
    wrong = [name for name, kind in kinds.items() if not isinstance(made.get(name), kind)]
    if wrong or made["status"] not in ("ok", "diverged"):
        raise ValueError(f"{folder.path / RECORD} is damaged: no valid {(wrong or ['status'])[0]}")


def metric(folder: Path, path: Path) -> str | None:
    """Returns what is wrong with a metric file, or None."""
    try:
        made = read_json(path)
        if not intact(made):
            raise ValueError("its checksum does not match its content")
        if metric_file(folder, made["key"]) != path:
            raise ValueError("its key belongs to another file")
        for row in made["rows"]:
            values = [row["status"] in ("ok", "skipped", "failed"), isinstance(row["reason"], str)]
            values += [isinstance(row["n"], int)]
            values += [isinstance(v, int | float) and math.isfinite(v) for v in row["values"].values()]
            if not all(values):
                raise ValueError("a row does not fit the schema")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).removeprefix(f"{path} is damaged: ")
        return f"{path} is damaged: {f'no {reason}' if isinstance(error, KeyError) else reason}"
    return None


def panel(path: Path) -> str | None:
    """Returns what is wrong with a file of arrays, or None."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            assert isinstance(arrays, np.lib.npyio.NpzFile)
            for name in arrays.files:
                arrays[name]  # its checksum is read with it
    except (ValueError, OSError, EOFError, KeyError, AssertionError, zipfile.BadZipFile) as error:
        return f"{path} is damaged: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return None
