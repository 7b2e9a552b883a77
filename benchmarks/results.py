"""Reading a results folder, without torch: the tidy table, records, histories, panels, and what they mean.

from benchmarks import results
frame = results.load("runs")                  # one row per run, step and value
model = results.load_run("runs", "3f2a...")   # generate(z) and encode(x) of a finished run
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.storage import stale
from benchmarks.storage.files import read_json
from benchmarks.storage.files import write_atomic as write_atomic
from benchmarks.storage.ownership import Manifest as Manifest
from benchmarks.storage.run_folder import RunFolder

TABLE, RECORDS, META = "results.parquet", "records.parquet", "meta.json"
COLUMNS = (
    "run", "kind", "dataset", "family", "method", "variant", "seed", "step", "metric", "value", "extractor", "n", "split",
    "precision", "version", "status", "reason",
)  # fmt: skip
NUMBERS = ("seed", "step", "value", "n", "version")
TEXT = tuple(name for name in COLUMNS if name not in NUMBERS)


def load(out: Path | str) -> pd.DataFrame:
    """Returns the tidy table of the last command on this folder. Raises ValueError if there is none."""
    return _read(Path(out), TABLE)


def records(out: Path | str) -> pd.DataFrame:
    """One row per run: method, variant, seed, status, reason, wall_s, steps_per_s, peak_memory_mb, weights_sha256, device."""
    return _read(Path(out), RECORDS)


def meta(out: Path | str) -> dict[str, Any]:
    """Returns titles, directions and units of what the table holds, and how it was made."""
    path = Path(out) / META
    if not path.exists():
        raise ValueError(f"{out} holds no results: run `python -m benchmarks.run --out {out}` first")
    made: dict[str, Any] = read_json(path)
    return made


def earlier(out: Path | str) -> pd.DataFrame:
    """Values of another version of a method, family, data set, base or metric than the table's: its columns, and `differs`.

    They lie in the same folder and are in no table.
    """
    found = stale.rows(Path(out), load(out), records(out))
    return pd.DataFrame(found, columns=[*COLUMNS, "differs"])


def history(out: Path | str, run: str) -> pd.DataFrame:
    """Returns one row per logged step, one column per term (its mean since the row before)."""
    path = RunFolder(Path(out), run).history
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return pd.DataFrame(rows or {"step": []})


def config(out: Path | str, run: str) -> dict[str, Any]:
    """Returns what a run was made with, as its config.json holds it; empty where there is none. ValueError if it is damaged."""
    path = RunFolder(Path(out), run).path / "config.json"
    made = read_json(path) if path.exists() else {}
    if not isinstance(made, dict):
        raise ValueError(f"{path} is damaged: no configuration")
    return made


def panels(out: Path | str, run: str) -> dict[tuple[str, int], Path]:
    """Returns arrays for figures by (name, step), of a run, of reference rows or of what was measured from elsewhere."""
    found = {}
    for folder in (
        RunFolder(Path(out), run).path,
        Path(out) / "references" / run,
        Path(out) / "foreign" / run,
    ):
        for path in sorted((folder / "panels").glob("*.npz")):
            match = re.fullmatch(r"(.+)-(\d+)", path.stem)
            if match:
                found[match[1], int(match[2])] = path
    return found


def load_run(
    out: Path | str,
    run: str,
    step: int | None = None,
    data_root: Path | str | None = None,
    cache: Path | str | None = None,
    plugins: Sequence[Path | str] = (),
) -> Any:
    """Returns a finished run as an object with generate(z) and encode(x), at its last or another evaluated step.

    `run` may be any unambiguous beginning of its name; data_root is needed where an autoencoder's latents are fitted to
    images that lie there, plugins where it was made with files that are no longer where they were. Raises ValueError
    naming what is there.
    """
    from benchmarks.snapshots.load import load_model

    def place(path: Path | str | None) -> Path | None:
        return None if path is None else Path(path).expanduser()

    return load_model(Path(out).expanduser(), run, step, place(cache), place(data_root), tuple(plugins))


def _read(out: Path, name: str) -> pd.DataFrame:
    if not (out / name).exists():
        raise ValueError(f"{out} holds no results: run `python -m benchmarks.run --out {out}` first")
    try:
        return pd.read_parquet(out / name)
    except Exception as error:
        raise ValueError(
            f"{out / name} is damaged ({error}): run the same command again to rebuild it"
        ) from None
