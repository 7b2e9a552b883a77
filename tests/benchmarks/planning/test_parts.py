"""A preset with parts: one question on several data sets and families, one plan, one store."""

from pathlib import Path

import pytest

from benchmarks import results, run
from benchmarks.commands import cli
from benchmarks.commands.flags import preset_values
from benchmarks.planning.plan import make
from reports.store import Store
from tests.benchmarks import tiny

TOML = """\
title = "Both"
summary = "for tests"
seeds = 1
steps = 8
evaluate = [4, 8]
batch = 4
latent = 4
prior = "normal"
samples = 64

[optim]
kind = "keras-adam"
clip = "tensor"

[[parts]]
dataset = "toonfaces"
family = "aegan"
methods = ["gan", "aegan"]
metrics = ["search", "modes"]
data = { size = 8, n_train = 200, n_test = 128 }
arch = { width = 0.0625 }

[[parts]]
dataset = "ring8"
family = "mlp"
methods = ["gan"]
metrics = ["modes"]
data = { n_train = 200, n_test = 128 }
"""


def written(folder: Path) -> str:
    return str(tiny.file(folder, TOML, "both"))


def values(folder: Path, *flags: str) -> dict:
    return preset_values(cli.parser().parse_args(["--preset", written(folder), *flags]))


def test_each_part_has_its_own_data_family_methods_and_metrics(tmp_path: Path):
    plan = make(values(tmp_path), tiny.context(tmp_path, {"metrics": [], "samples": 0}), "cpu")
    runs = {(n.config.dataset, n.config.family, n.config.method, n.context.metrics) for n in plan.runs}
    both = ("search", "modes")
    assert runs == {
        ("toonfaces", "aegan", "gan", both),
        ("toonfaces", "aegan", "aegan", both),
        ("ring8", "mlp", "gan", ("modes",)),
    }
    assert [node.kind for node in plan.nodes] == ["prepare"] * 2 + ["run"] * 3 + ["references"] * 2
    assert [node.label for node in plan.nodes][-3:] == [
        "gan, seed 0, ring8",
        "reference rows, toonfaces",
        "reference rows, ring8",
    ]


def test_flags_reach_every_part_and_a_data_set_chooses_one(tmp_path: Path):
    assert [part["steps"] for part in values(tmp_path, "--steps", "4")["parts"]] == [4, 4]
    assert [part["seeds"] for part in values(tmp_path, "--set", "seeds=[3]")["parts"]] == [[3], [3]]
    chosen = values(tmp_path, "--dataset", "ring8")
    assert "parts" not in chosen and (chosen["dataset"], chosen["family"]) == ("ring8", "mlp")
    with pytest.raises(ValueError, match="--dataset moons: preset both has toonfaces, ring8"):
        values(tmp_path, "--dataset", "moons")


def test_data_that_two_parts_share_are_prepared_for_the_metrics_of_both(tmp_path: Path):
    parts = [{"metrics": ["search"]}, {"family": "dcgan", "arch": {}, "metrics": ["vendi", "search"]}]
    both = {**tiny.values(tmp_path), "parts": parts}
    (prepare,) = (n for n in make(both, tiny.context(tmp_path, both), "cpu").nodes if n.kind == "prepare")
    assert prepare.context.metrics == ("search", "vendi")


def test_two_parts_on_one_data_set_and_family_are_refused(tmp_path: Path):
    twice = {**tiny.values(tmp_path), "parts": [{}, {"steps": 4, "evaluate": [4]}]}
    with pytest.raises(
        ValueError, match=r"two parts have toonfaces \(aegan\): let data set or family differ"
    ):
        make(twice, tiny.context(tmp_path, twice), "cpu")


@pytest.mark.slow
def test_one_store_holds_all_parts_and_its_report_tells_them_apart(tmp_path: Path):
    out = tmp_path / "out"
    command = ["--preset", written(tmp_path), "--out", str(out), "--executor", "inprocess"]
    assert run.main(command) == 0
    parts = {part["dataset"]: part for part in results.meta(out)["parts"]}
    assert parts["ring8"]["config"]["family"] == "mlp" and parts["toonfaces"]["options"]["size"] == 8
    costs = {name: part["arms"][0]["pflop"] for name, part in parts.items()}
    assert 0 < costs["toonfaces"] != costs["ring8"] > 0
    frame = results.load(out)
    rows = (frame["kind"] == "ceiling") & (frame["metric"] == "modes.covered") & (frame["status"] == "ok")
    assert set(frame.loc[rows, "dataset"]) == {"ring8"}
    assert [view.about["title"] for view in Store.open(out).views] == [
        parts["ring8"]["title"],
        parts["toonfaces"]["title"],
    ]
    page = (out / "report.html").read_text()
    assert "ring8" in page and "toonfaces" in page
