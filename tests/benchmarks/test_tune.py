"""benchmarks.tune: equal budgets, seeds and images that are never reported, pausing, and the same command going on."""

import csv
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import results
from benchmarks.commands import cli, trials, tuning
from benchmarks.planning import preset
from benchmarks.planning.registry import METHODS
from benchmarks.planning.space import changes, check_space, space
from benchmarks.storage.files import read_json
from benchmarks.training.optim import OPTIMISERS, SPACES
from benchmarks.tune import REFUSED, main, parser
from reports.store import Store
from reports.tables import tables
from tests.benchmarks import tiny

pytest.importorskip("optuna")


pytestmark = pytest.mark.usefixtures("instant_estimate")


def call(folder: Path, *more: str) -> int:
    flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "runs"), "--methods", "aegan,wae-mmd"]
    flags += ["--metric", "reconstruction.l1", "--executor", "inprocess", "--set", "data.n_train=600"]
    return main([*flags, "--set", "batch=8", *more])


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.execution.estimate.measure", lambda *about: (0.0, 0.0))
        patch.setattr(tuning, "STARTUP", 1)  # so that so few trials are pruned at all
        assert call(folder, "--budget", "5", "--final-seeds", "3") == 0
    return folder


def read(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "runs" / "trials.csv").read_text().splitlines()))


@pytest.mark.slow
def test_every_method_has_the_same_number_of_trials(tuned: Path) -> None:
    rows = read(tuned)
    assert [row["method"] for row in rows] == ["aegan", "wae-mmd"] * 5
    assert {row["state"] for row in rows} == {"complete", "pruned"}
    assert {(row["state"], row["step"]) for row in rows} == {("complete", "8"), ("pruned", "4")}
    assert all(float(row["reconstruction.l1"]) > 0 for row in rows)
    assert all(5e-5 <= float(row["lr"]) <= 2e-3 for row in rows) and len({row["lr"] for row in rows}) >= 9


@pytest.mark.slow
def test_trials_see_no_seed_and_no_image_that_is_reported(tuned: Path) -> None:
    configs = {
        row["runs"]: read_json(tuned / "runs/runs" / row["runs"] / "config.json") for row in read(tuned)
    }
    assert all(made["data"]["validation"] and made["seed"] == 0 for made in configs.values())
    frame = results.load(tuned / "runs")
    own = frame[frame["kind"] == "method"]
    assert set(own["seed"]) == {100, 101, 102} and not set(own["run"]) & set(configs)
    assert set(own["variant"]) == {"", "paper", "tuned"}
    assert set(own.loc[own["variant"] == "paper", "method"]) == {"aegan", "wae-mmd"}
    for run in set(own["run"]):
        assert "validation" not in results.config(tuned / "runs", run)["data"]


@pytest.mark.slow
def test_a_trial_that_went_on_is_the_run_that_it_would_be_alone(tuned: Path, tmp_path: Path) -> None:
    """To the bit, though it was paused: the pause is no part of its name."""
    row = next(row for row in read(tuned) if row["state"] == "complete" and row["method"] == "aegan")
    known = ("lr", "critic_factor", "beta1", "rec_x", "rec_z")
    made = changes(METHODS.get("aegan"), {name: float(row[name]) for name in known})
    plan = tiny.plan(
        tmp_path, methods=["aegan"], batch=8, data__n_train=600, data__validation=True,
        **{key.replace(".", "__"): value for key, value in made.items()},
    )  # fmt: skip
    tiny.go(plan)
    assert tiny.weights(plan) == {
        row["runs"]: read_json(tuned / "runs/runs" / row["runs"] / "record.json")["weights_sha256"]
    }


@pytest.mark.slow
def test_the_winner_becomes_a_preset(tuned: Path) -> None:
    best = min(
        (row for row in read(tuned) if row["method"] == "aegan" and row["state"] == "complete"),
        key=lambda row: float(row["reconstruction.l1"]),
    )
    text = (tuned / "runs/tuned.toml").read_text()
    assert tomllib.loads(text)["method"]["aegan"]["optim"]["lr"] == float(best["lr"])
    made = preset.build(preset.read(str(tuned / "runs/tuned.toml")))
    assert made.method["aegan"].weights["rec_x"] == float(best["rec_x"]) and made.title == "Tiny (tuned)"
    assert made.methods == ("aegan", "wae-mmd")
    assert (made.batch, made.data["n_train"]) == (8, 600), "what the flags changed was tuned too"


@pytest.mark.slow
def test_the_same_command_trains_nothing_again_and_a_larger_budget_begins_with_it(
    tuned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "STARTUP", 1)
    earlier, records = read(tuned), set((tuned / "runs/runs").glob("*/checkpoint.safetensors"))
    stamps = {path: path.stat().st_mtime_ns for path in records}
    assert call(tuned, "--budget", "6", "--final-seeds", "3") == 0
    assert read(tuned)[: len(earlier)] == earlier and len(read(tuned)) == 12
    assert {path: path.stat().st_mtime_ns for path in records} == stamps
    assert "trial 5 of 6" in capsys.readouterr().out


def test_the_winners_preset_is_whole(tmp_path: Path) -> None:
    """Whatever flags and arms the search had: the file holds its common setting, and the methods alone."""
    more = 'equal_compute = ["gan:aegan"]\narms = [{ method = "gan" }, { method = "gan", set = { batch = 8 } }]\n'
    text = tiny.TOML.replace('methods = ["gan", "aegan"]', "methods = []")
    path = tiny.file(tmp_path, text.replace("[data]", f"{more}[data]", 1))
    flags = [
        "--dataset",
        "digits",
        "--family",
        "dcgan",
        "--steps",
        "4",
        "--set",
        "method.gan.optim.players.G.lr=1e-4",
    ]
    args = parser().parse_args(["--preset", str(path), "--metric", "collapse.dup", *flags])
    search = tuning.prepare(args)
    (trial,) = search.ask(0)
    search.hear(trial, 4, True, [0.5], "")
    trials.write(search, tmp_path / "out", str(path))
    made = preset.read(str(tmp_path / "out" / "tuned.toml"))
    built = preset.build(made)
    assert (built.dataset, built.family, built.steps, built.methods, built.arms) == (
        "digits",
        "dcgan",
        4,
        ("gan",),
        (),
    )
    assert built.equal_compute == () and not search.plan_values([trial])["equal_compute"]
    assert made["method"]["gan"]["optim"] == {"players": {"G": {"lr": 1e-4}}, **built.method["gan"].optim}
    assert built.method["gan"].optim["lr"] == trial.chosen["lr"]


@pytest.mark.slow
def test_the_report_has_every_setting_side_by_side(tuned: Path) -> None:
    found = tables(Store.open(tuned / "runs"))
    frame = found["tuning"].frame.set_index("method")
    assert list(frame.index) == ["aegan", "wae-mmd"] and (frame["tuned n"] == 3).all()
    assert frame["paper n"].tolist() == [3, 3]
    budget = found["tuning-budget"].frame
    assert budget.groupby("method")["mean"].apply(lambda means: means.is_monotonic_decreasing).all()
    page = (tuned / "runs/report.html").read_text()
    assert "What did tuning change?" in page
    assert (tuned / "runs/figures/tuning-budget.png").exists()
    assert (tuned / "runs/figures/tuning-settings.png").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--metric", "fid.fd"], "value of fid"),
        (["--metric", "nothing.at_all"], "metric 'nothing'"),
        (["--metric", "reconstruction.sharpness"], "neither direction of reconstruction.sharpness is better"),
        (["--methods", "gan"], "gan does not encode"),
        (["--budget", "0"], "--budget 0: a whole number from 1"),
        (["--trial-seeds", "101"], "--trial-seeds 101: a whole number from 1 to 100"),
        (["--seeds", "6"], "--seeds: benchmarks.tune does not take it"),
        (["--set", "settings=paper"], "add --set settings=equal"),
        (["--methods", "creswell"], "nothing of creswell changes it"),
        (["--preset", "modes", "--methods", "gan"], "choose one with --dataset"),
        (["--set", "data.n_train=200"], "validation images are a part of the training images"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_trained(
    flags: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, *flags) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error, error
    assert not list(tmp_path.glob("runs/runs/*"))


def test_help_offers_no_flag_that_is_refused() -> None:
    flags = {action.dest for action in parser()._actions}
    assert set(REFUSED) <= flags, "each is a flag of benchmarks.run"
    shown = parser().format_help()
    assert not [name for name in REFUSED if f"--{name.replace('_', '-')} " in shown]
    assert "--budget BUDGET" in shown and "--time-limit TIME" in shown


def test_without_the_package_one_line_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert call(tmp_path) == 2
    assert "needs Optuna: pip install" in capsys.readouterr().err


def test_a_dry_run_says_what_would_be_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "--dry-run", "--budget", "7") == 0
    said = capsys.readouterr().out
    assert "7 trials of each of aegan, wae-mmd" in said and "rec_x 1 to 100, log" in said and "rec_z" in said
    assert call(tmp_path, "--dry-run", "--set", "method.aegan.weights.rec_z=0") == 0
    assert "rec_z" not in capsys.readouterr().out, "a term that is off stays off"
    assert not list(tmp_path.glob("runs/runs/*"))


@pytest.mark.slow
def test_the_time_limit_ends_the_search_and_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ("--budget", "1", "--final-seeds", "1", "--methods", "aegan")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.planning.plan.Context.out_of_time", property(lambda context: True))
        assert call(tmp_path, *small, "--time-limit", "1h") == 3
    assert "the same command goes on" in capsys.readouterr().out
    assert call(tmp_path, *small, "--time-limit", "1h") == 0


@pytest.mark.slow
def test_trials_side_by_side_are_the_same_trials(tuned: Path, tmp_path: Path) -> None:
    assert call(tmp_path, "--budget", "3", "--at-once", "2", "--final-seeds", "1") == 0
    own = read(tmp_path)
    assert {row["state"] for row in own[:4]} == {"complete"}  # none had been seen to its end
    assert [row["lr"] for row in own] == [row["lr"] for row in read(tuned)][: len(own)] and len(own) == 6
    assert call(tmp_path, "--at-once", "0") == 2


@pytest.mark.slow
def test_a_search_of_one_trial_ends_with_a_report(tmp_path: Path) -> None:
    assert call(tmp_path, "--methods", "wae-mmd", "--budget", "1", "--final-seeds", "1") == 0
    (row,) = read(tmp_path)
    assert row["method"] == "wae-mmd" and row["state"] == "complete" and float(row["reconstruction.l1"]) > 0
    assert (tmp_path / "runs" / "report.html").exists() and (tmp_path / "runs" / "tuned.toml").exists()


def test_what_draws_with_anothers_generator_is_not_tuned_by_it(tmp_path: Path) -> None:
    def spaces(metric: str) -> dict[str, Any]:
        flags = ["--preset", str(tiny.file(tmp_path)), "--methods", "gan,inverse", "--metric", metric]
        p = cli.parser()
        for name, value in (("budget", 2), ("at-once", 2), ("trial-seeds", 1), ("final-seeds", 1)):
            p.add_argument(f"--{name}", type=int, default=value)
        p.add_argument("--metric")
        search = tuning.prepare(p.parse_args(flags))
        assert [t.method for t in [*search.ask(0), *search.ask(1)]].count("inverse") == (
            2 if search.spaces["inverse"] else 1
        )
        return search.spaces

    assert spaces("fid.fid")["gan"] and spaces("fid.fid")["inverse"] == {}


def test_a_failed_trial_counts_as_the_worst() -> None:
    trials: list[dict[str, Any]] = [
        {"method": "gan", "trial": i, "state": state, "score": score, "chosen": {}}
        for i, (state, score) in enumerate([("complete", 1.0), ("failed", None), ("pruned", 3.0)])
    ]
    meta: dict[str, Any] = {"tuning": {"better": "lower", "trials": trials}}
    from reports.tables.tuning import expectation

    empty = pd.DataFrame({"kind": [], "method": [], "variant": []})
    store = Store.make(Path(), empty, empty, meta, lambda run: empty, lambda run: {})
    from reports.store import View

    curve = expectation(View(store, "", "", ""))["gan"]
    assert curve[0].mean == pytest.approx((1 + 3 + 3) / 3) and len(curve) == 3


def own(name: str) -> dict[str, Any]:
    """The space of a method as it is."""
    entry = METHODS.get(name)
    return space(entry, SPACES["adam"], entry.weights)


def test_every_optimiser_and_every_method_declares_a_space_that_fits() -> None:
    assert SPACES.keys() == OPTIMISERS.keys()
    for entry in METHODS:
        check_space(entry.cls)
        axes = own(entry.name)
        assert set(axes) <= {"lr", "critic_factor", "beta1", *entry.weights, *entry.options}
    assert "critic_factor" not in own("vae")
    assert "dist" not in own("gaia-nodist")
    assert own("creswell") == {}


def test_a_space_that_fits_nothing_is_refused() -> None:
    cls = METHODS.get("aegan").cls
    for wrong in (
        {"rec_y": (1.0, 2.0)},
        {"rec_x": (2.0, 1.0)},
        {"rec_x": (0.0, 1.0)},
        {"rec_x": [1.0]},
        {"rec_x": 3},
    ):
        own = type("Own", (cls,), {"space": wrong})
        with pytest.raises(ValueError, match="method aegan: space of 'rec_"):
            check_space(own)
