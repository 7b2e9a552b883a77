"""Runs of the shipped presets keep their names: no finished run is lost to a new field of the configuration.

`tox -e refresh` adds the names of presets and arms that are new; it changes no name.
"""

import json
import tempfile
from pathlib import Path

import pytest

from benchmarks.planning import preset
from benchmarks.planning.arms import expand
from benchmarks.planning.plan import Context, make
from benchmarks.planning.registry import DATASETS
from benchmarks.storage.cached import default_cache
from benchmarks.training.flops import gflop_per_step

FILE = Path(__file__).with_name("hashes.json")
SEEDS = [0, 100]


def names() -> list[str]:
    """The shipped presets whose data need no files from elsewhere."""
    shipped = sorted(path.stem for path in (Path(preset.__file__).parents[1] / "presets").glob("*.toml"))
    parts = {name: preset.parts(preset.read(name)) for name in shipped}
    return [n for n in shipped if not any(DATASETS.get(part["dataset"]).needs_root for part in parts[n])]


def found(name: str, folder: Path, cache: Path) -> dict[str, str]:
    """Place, method, variant and seed of each run -> its name."""
    parts = [expand({**part, "seeds": SEEDS}) for part in preset.parts(preset.read(name))]
    context = Context(folder, cache, None, None, "cpu")
    values = {**preset.read(name), "parts": parts} if len(parts) > 1 else parts[0]
    runs = make(values, context, "cpu", gflop_per_step).runs
    return {f"{r.place}|{r.config.method}|{r.variant}|{r.config.seed}": r.key for r in runs}


def slow(name: str) -> bool:
    """Whether faces of 32 px and more, or more than quick's, are to be drawn first, or more than fifty runs to be planned."""
    if len(json.loads(FILE.read_text()).get(name, {})) > 50:
        return True
    parts = preset.parts(preset.read(name))
    quick = preset.read("quick")["data"]
    return any(
        part.get("domain")
        or any(part.get("data", {}).get(key, 0) > quick[key] for key in ("size", "n_train"))
        for part in parts
        if part["dataset"] == "toonfaces"
    )


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * slow(n)) for n in names()])
def test_finished_runs_keep_their_names(name: str, tmp_path: Path, cache: Path) -> None:
    known = json.loads(FILE.read_text())
    if name not in known:
        pytest.skip(f"{name} is new: run tox -e refresh to pin the names of its runs")
    made = found(name, tmp_path, cache)
    assert {key: made.get(key) for key in known[name]} == known[name]


def main() -> None:
    """Adds what is new to the file."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in names():
        known[name] = {**found(name, Path(tempfile.mkdtemp()), default_cache()), **known.get(name, {})}
    FILE.write_text(json.dumps(known, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
