"""Reading a results folder, without torch: the tidy table, records, histories, panels, and what they mean.

from benchmarks import results
frame = results.load("runs")                  # one row per run, step and value
model = results.load_run("runs", "3f2a...")   # generate(z) and encode(x) of a finished run
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.planning.labels import COMPUTE_OF as COMPUTE_OF
from benchmarks.planning.labels import VARIED as VARIED
from benchmarks.planning.labels import VARY as VARY
from benchmarks.planning.labels import arm_label as arm_label
from benchmarks.storage import stale
from benchmarks.storage.files import read_json
from benchmarks.storage.files import sha256_of as sha256_of
from benchmarks.storage.files import write_atomic as write_atomic
from benchmarks.storage.ownership import Manifest as Manifest
from benchmarks.storage.run_folder import RunFolder, run_paths

if TYPE_CHECKING:
    from benchmarks.snapshots.model import TrainedModel

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
        raise ValueError(_without(Path(out)))
    made = read_json(path)
    if not isinstance(made, dict) or not isinstance(made.get("parts"), list):
        raise ValueError(f"{path} is damaged: it names no parts; run the same command again to rebuild it")
    return made


def earlier(out: Path | str) -> pd.DataFrame:
    """Values of another version of a method, family, data set, base or metric than the table's: its columns, and `differs`.

    They lie in the same folder and are in no table.
    """
    found = stale.rows(Path(out), load(out), records(out))
    return pd.DataFrame(found, columns=[*COLUMNS, "differs"])


def history(out: Path | str, run: str) -> pd.DataFrame:
    """Returns one row per logged step, one column per term (its mean since the row before).

    A line that was half-written when a command was killed ends it.
    """
    rows = [{"step": step, **terms} for step, terms in RunFolder(Path(out), run).history_rows()]
    return pd.DataFrame(rows or {"step": []})


def config(out: Path | str, run: str) -> dict[str, Any]:
    """Returns what a run was made with, as its config.json holds it; empty where there is none. ValueError if it is damaged."""
    path = RunFolder(Path(out), run).path / "config.json"
    made = read_json(path) if path.exists() else {}
    if not isinstance(made, dict):
        raise ValueError(f"{path} is damaged: no configuration")
    return made


def traceback(out: Path | str, run: str) -> str:
    """Returns the traceback of a run that failed, "" where there is none."""
    path = RunFolder(Path(out), run).traceback
    return path.read_text(errors="replace") if path.is_file() else ""


def settings(preset: str | dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the parts of a shipped preset, by name, or of one as `meta` holds it, every key at its value or default.

    Raises ValueError for an unknown name or key.
    """
    from benchmarks.planning.preset import build, parts, read

    raw = parts(read(preset)) if isinstance(preset, str) else [preset]
    return [build(part).model_dump(mode="json", exclude={"parts"}) for part in raw]


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
) -> "TrainedModel":
    """Returns a finished run as a model, at its last or another evaluated step. Works from any folder, a notebook's too.

    run: its name, or any beginning of it that only one run has. data_root: where its data set's files lie, needed for
    `images` and where latents are fitted to training images. cache: prepared data (default: $BIDIGAN_CACHE, or
    ~/.cache/bidigan-bench). plugins: files that it was made with, where they are no longer where they were.

    The model's functions take and give CPU tensors, and refuse other shapes, types and ranges in one line:

        model.can                        # of "generate", "encode", "translate"
        model.latent, model.spec.shape   # d; (C, H, W), or (p,) of points
        model.latents(n, rng)            # -> z float32 [n, d]; rng: a torch.Generator
        model.generate(z)                # float32 [n, d] -> float32 [n, C, H, W] in [0, 1]
        model.encode(x)                  # uint8, or float in [0, 1], [n, C, H, W], torch or numpy -> float32 [n, d]
        model.translate(x, to="x2")      # float32 [n, C, H, W] -> the same in the other domain
        model.images("test", n)          # real images, uint8 [n, C, H, W], in a fixed random order

    Raises ValueError naming the runs and steps that are there, a plugin that is not, or a function that the method lacks.
    """
    from benchmarks.snapshots.load import load_model

    return load_model(Path(out).expanduser(), run, step, _place(cache), _place(data_root), tuple(plugins))


def load_export(
    folder: Path | str,
    data_root: Path | str | None = None,
    cache: Path | str | None = None,
    plugins: Sequence[Path | str] = (),
) -> "TrainedModel":
    """Returns a model that `benchmarks.sample RUN --export DIR` wrote, as `load_run` does; its SHA-256 is checked.

    Raises ValueError for any other folder.
    """
    from benchmarks.snapshots.load import load_exported

    return load_exported(Path(folder).expanduser(), _place(cache), _place(data_root), tuple(plugins))


def _place(path: Path | str | None) -> Path | None:
    return None if path is None else Path(path).expanduser()


def _without(out: Path) -> str:
    """Returns why a folder has no results, and the way out."""
    if not out.is_dir():
        return (
            f"{out} {'is a file' if out.exists() else 'does not exist'}: name the folder of a command's --out"
        )
    if run_paths(out):
        return f"{out} holds no results yet: the command that writes them is at work, or was ended; the same one goes on"
    return f"{out} holds no results: name the folder of a command's --out, such as runs"


def _read(out: Path, name: str) -> pd.DataFrame:
    if not (out / name).exists():
        raise ValueError(_without(out))
    try:
        return pd.read_parquet(out / name)
    except Exception as error:
        raise ValueError(
            f"{out / name} is damaged ({error}): run the same command again to rebuild it"
        ) from None
