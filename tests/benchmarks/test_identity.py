"""What decides a number is in its name: other data or other code never reuse a run, a value, a panel or an extractor."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchmarks import results, verify
from benchmarks.evaluation.keys import data_of, further, planned
from benchmarks.planning import plugins
from benchmarks.planning.plan import make
from benchmarks.planning.registry import METRICS
from benchmarks.run import main
from benchmarks.storage import store_plugins
from benchmarks.storage.files import read_json
from reports.store import Store
from tests.benchmarks import tiny

METHOD = """
from methods.base import Method, Role, Update
class Tiny(Method):
    name, title, paper, summary = "tiny", "Tiny", "none", "an autoencoder again"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"GE": ("G", "E")}
    weights = {"rec": 1.0}
    def cycle(self):
        return [Update({"GE": ("rec",)}, stream="G", steps=1)]
    def term_rec(self, n, b):
        return 1.0 * (b.x_rec - b.x).abs().mean()
"""
METRIC = """
from benchmarks.metrics.base import Metric, Value
METRIC = Metric("mine", "Mine", frozenset({"generate"}), {"v": Value("V")}, lambda s: {"v": 1.0})
"""
RANDOM = METHOD.replace("1.0 * (b.x_rec", "__import__('torch').rand(()) * (b.x_rec")


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """No timing, no report; each test has its own plugins."""
    tiny.quick(monkeypatch)
    yield forget
    forget()


def forget() -> None:
    """As if this were a new process."""
    for plugin in plugins.loaded():
        for registry in plugins.REGISTRIES:
            registry.remove(plugin.defines.get(registry.kind, []))
    plugins._seen.clear()


def call(folder: Path, *args: str) -> int:
    preset = folder / "tiny.toml"
    if not preset.exists():
        tiny.file(folder, tiny.TOML.replace("n_train = 200\nn_test = 128\n", ""))
    flags = ["--preset", str(preset), "--out", str(folder / "out"), "--executor", "inprocess", "--seeds", "1"]
    return main([*flags, "--steps", "4", *args])


def pictures(root: Path, n: int = 200, seed: int = 0) -> Path:
    root.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(n):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(root / f"{i:03}.png")
    return root


FOLDER = ("--dataset", "folder", "--set", "data.test_share=0.34", "--methods", "ae")


def test_another_root_trains_anew_and_a_copy_does_not(tmp_path: Path) -> None:
    pictures(tmp_path / "a")
    pictures(tmp_path / "b", seed=1)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    runs, references = {}, {}
    for root in ("a", "b", "copy"):
        assert call(tmp_path, *FOLDER, "--metrics", "search", "--data-root", str(tmp_path / root)) == 0
        runs[root] = results.records(tmp_path / "out")["run"].tolist()
        frame = results.load(tmp_path / "out")
        references[root] = set(frame.loc[frame["kind"] != "method", "run"])
    assert runs["a"] == runs["copy"] != runs["b"]
    assert references["a"] == references["copy"] and not references["a"] & references["b"]
    told = results.earlier(tmp_path / "out")["differs"].unique().tolist()
    assert len(told) == 1 and told[0].startswith("other data (")
    panels = [results.panels(tmp_path / "out", next(iter(references[root]))) for root in "ab"]
    shown = [np.load(found["samples", 0])["x"] for found in panels]
    assert not (shown[0] == shown[1]).all()


def test_a_changed_picture_is_another_run(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a")
    flags = (*FOLDER, "--metrics", "search", "--data-root", str(root))
    assert call(tmp_path, *flags) == 0
    first = results.records(tmp_path / "out")["run"].tolist()
    Image.new("RGB", (8, 8)).save(root / "000.png")
    assert call(tmp_path, *flags) == 0
    assert results.records(tmp_path / "out")["run"].tolist() != first


def test_verify_and_load_run_want_the_data_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pictures(tmp_path / "a")
    assert call(tmp_path, *FOLDER, "--metrics", "search", "--data-root", str(root)) == 0
    capsys.readouterr()
    assert verify.main([str(tmp_path / "out"), "--data-root", str(root)]) == 0
    assert "values computed again" in capsys.readouterr().out
    run = results.records(tmp_path / "out")["run"].iloc[0]
    other = pictures(tmp_path / "b", seed=1)
    assert verify.main([str(tmp_path / "out"), "--data-root", str(other)]) == 1
    assert "not checked: its data are not those under" in capsys.readouterr().out
    model = results.load_run(tmp_path / "out", run, data_root=other)
    with pytest.raises(ValueError, match=f"run {run} was trained on other data than those under"):
        model._data()


def test_data_that_change_while_a_command_runs_are_refused(tmp_path: Path) -> None:
    root = pictures(tmp_path / "a")
    raw = {"dataset": "folder", "data": {"size": 8, "test_share": 0.34}, "methods": ["ae"]}
    values = {**tiny.values(tmp_path), **raw}
    plan = make(values, replace(tiny.context(tmp_path / "out", values), data_root=root), "cpu")
    Image.new("RGB", (8, 8)).save(root / "000.png")
    with pytest.raises(ValueError, match="are other ones than those of this run"):
        data_of(plan.runs[0].context, plan.runs[0].config)


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
    forget()


@pytest.mark.slow
def test_an_edited_method_is_another_run(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(METHOD)
    flags = ("--plugin", str(mine), "--methods", "tiny")
    found = []
    for old, new in (
        ("", ""),
        ("1.0 * (", "1000 * ("),
        ('"Tiny"', '"Other"'),
        ("    def cycle", "    # said\n    def cycle"),
    ):
        edit(mine, old, new) if old else None
        assert call(tmp_path, *flags) == 0
        found.append(results.records(tmp_path / "out")["run"].iloc[0])
    assert len(set(found)) == 3 and found[2] == found[3]  # a comment changes nothing
    told = set(results.earlier(tmp_path / "out")["differs"])
    assert len(told) == 2 and all(each.startswith("another plugin's method (") for each in told)
    assert read_json(tmp_path / "out" / "runs" / found[0] / "config.json")["sources"].keys() == {"method"}


@pytest.mark.slow
def test_an_edited_metric_is_computed_again(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(METRIC)
    values = []
    for _ in range(2):
        assert call(tmp_path, "--plugin", str(mine), "--methods", "ae", "--metrics", "mine") == 0
        frame = results.load(tmp_path / "out")
        values.append(frame.loc[frame["kind"] == "method", "value"].tolist())
        edit(mine, "1.0}", "2.0}")
    assert values == [[1.0], [2.0]]


@pytest.mark.slow
def test_a_reference_that_there_is_not_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(METRIC.replace('{"v": 1.0})', '{"v": 1.0}, ("reel",))'))
    assert call(tmp_path, "--plugin", str(mine), "--methods", "ae", "--metrics", "mine") == 2
    assert "metric mine: unknown reference 'reel': did you mean 'real'?" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("runs/*"))


def test_a_file_edited_since_it_was_loaded_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(METHOD)
    assert call(tmp_path, "--plugin", str(mine), "--methods", "tiny") == 0
    mine.write_text(METHOD.replace("1.0", "2.0"))
    assert call(tmp_path, "--plugin", str(mine), "--methods", "tiny") == 2
    assert "was edited after it was loaded: start the program anew" in capsys.readouterr().err


def test_a_store_knows_its_plugins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, out = tmp_path / "mine.py", tmp_path / "out"
    mine.write_text(METHOD)
    assert call(tmp_path, "--plugin", str(mine), "--methods", "tiny") == 0
    run = results.records(out)["run"].iloc[0]
    (known,) = store_plugins.recorded(out)
    assert known["name"] == "mine.py" and known["defines"] == {"method": ["tiny"]}
    forget()
    assert results.load_run(out, run).config.method == "tiny"  # found where it was, as it was
    forget()
    capsys.readouterr()
    assert verify.main([str(out)]) == 0
    assert "1 runs read" in capsys.readouterr().out
    edit(mine, "1.0 * (", "3.0 * (")
    with pytest.raises(ValueError, match=r"made with mine.py \(\w+\), which is not here or was edited"):
        results.load_run(out, run)
    forget()
    with pytest.raises(ValueError, match="which is not here or was edited"):
        results.load_run(out, run, plugins=[mine])
    forget()
    assert verify.main([str(out)]) == 1
    assert f"run {run} not checked: made with mine.py" in capsys.readouterr().out
    edit(mine, "3.0 * (", "1.0 * (")
    mine.rename(tmp_path / "moved.py")
    assert results.load_run(out, run, plugins=[tmp_path / "moved.py"]).config.method == "tiny"


def test_a_store_runs_no_code_that_lies_in_it(tmp_path: Path) -> None:
    mine, out = tmp_path / "mine.py", tmp_path / "out"
    mine.write_text(METHOD)
    assert call(tmp_path, "--plugin", str(mine), "--methods", "tiny") == 0
    run = results.records(out)["run"].iloc[0]
    forget()
    shutil.move(mine, out / "mine.py")
    made = [{**each, "file": str(out / "mine.py")} for each in store_plugins.recorded(out)]
    (out / store_plugins.FILE).write_text(json.dumps(made))
    with pytest.raises(ValueError, match="which is not here or was edited"):
        results.load_run(out, run)


def test_draws_from_elsewhere_are_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(RANDOM)
    assert call(tmp_path, "--plugin", str(mine), "--methods", "tiny") == 2
    assert (
        "two runs of the same seed end in different weights: draw with methods.noise"
        in capsys.readouterr().err
    )
    assert not list((tmp_path / "out").glob("runs/*"))


def test_versions_of_parts_are_in_a_values_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = tiny.plan(tmp_path / "out", metrics=["collapse", "fid"])
    node = plan.runs[0]
    data, _ = data_of(node.context, node.config)

    def files() -> list[Path]:
        return [path for _, path, _ in planned(node.context, node.config, tmp_path, 8)]

    before = files()
    assert [further(METRICS.get(name), data) for name in ("collapse", "fid")] == [
        {},
        {},
    ]  # names as they were
    monkeypatch.setitem(METRICS.get("collapse").parts, "collapse rule", 2)
    assert further(METRICS.get("collapse"), data) == {"parts": {"collapse rule": 2}}
    object.__setattr__(data.extractor, "version", "3")
    try:
        assert further(METRICS.get("fid"), data) == {"parts": {"extractor": "3"}}
        assert not set(before) & set(files())
    finally:
        object.__setattr__(data.extractor, "version", "")


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63 - 1])
def test_large_seeds_stay_exact(seed: int, tmp_path: Path) -> None:
    assert call(tmp_path, "--methods", "ae", "--seeds", f"{seed},") == 0
    for frame in (results.load(tmp_path / "out"), results.records(tmp_path / "out")):
        assert set(frame["seed"].dropna()) == {seed} and frame["seed"].dtype == pd.Int64Dtype()


def test_seeds_that_are_one_float_stay_two_runs(tmp_path: Path) -> None:
    both = [2**53, 2**53 + 1]
    assert call(tmp_path, "--methods", "ae", "--seeds", ",".join(map(str, both))) == 0
    (view,) = Store.open(tmp_path / "out").views
    assert sorted(view.runs("ae")) == both


def test_the_command_and_its_words_are_kept(tmp_path: Path) -> None:
    words = ["--methods", "ae", "--set", "title=a --out b"]
    assert call(tmp_path, *words) == 0
    meta = results.meta(tmp_path / "out")
    assert meta["argv"][-4:] == words and "'title=a --out b'" in meta["command"]
    assert str(tmp_path / "out") in meta["argv"] and str(tmp_path / "out") not in meta["command"]


def test_results_are_not_written_among_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = pictures(tmp_path / "a")
    for out in (root, root / "runs"):
        assert call(tmp_path, *FOLDER, "--data-root", str(root), "--out", str(out)) == 2
        assert "lies below --data-root" in capsys.readouterr().err
    assert len(list(root.iterdir())) == 200


def test_a_file_is_run_as_it_is_now(tmp_path: Path) -> None:
    """Though an edit keeps its size and the second it was written in, by which Python knows its bytecode."""
    path = tmp_path / "mine.py"
    seen = []
    for value in (1, 2):
        path.write_text(f"VALUE = {value}\n")
        os.utime(path, (1e9, 1e9))
        seen.append(plugins.module_of(path).VALUE)
    assert seen == [1, 2]
