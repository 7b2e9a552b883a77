"""Another version of a part: its results are found again, shown apart with what differs, and in no table."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import results, verify
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.run import main
from benchmarks.storage import stale
from benchmarks.storage.files import read_json, write_json
from reports.page import page
from reports.store import Store
from reports.tables import tables
from reports.tables.earlier import sentences
from tests.benchmarks import tiny

NEWER = "method version {} (now {})".format(*(METHODS.get("aegan").cls.version + more for more in (0, 1)))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No report and no timing, which have their own tests."""
    tiny.quick(monkeypatch)


def call(out: Path, *args: str) -> int:
    return main(
        ["--preset", str(out.parent / "tiny.toml"), "--out", str(out), "--executor", "inprocess", *args]
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished comparison of gan, aegan and a method on the base gan."""
    folder = tmp_path_factory.mktemp("done")
    tiny.file(folder, tiny.TOML.replace('["gan", "aegan"]', '["aegan", "inverse"]'))
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        assert call(folder / "out") == 0
    return folder / "out"


@pytest.fixture
def store(done: Path, tmp_path: Path) -> Path:
    shutil.copytree(done, tmp_path / "out")
    shutil.copy(done.parent / "tiny.toml", tmp_path)
    return tmp_path / "out"


def differs(out: Path) -> dict[str, set[str]]:
    """What differs, with the methods concerned."""
    frame = results.earlier(out)
    return {str(what): set(own["method"]) for what, own in frame.groupby("differs")}


def bumped(monkeypatch: pytest.MonkeyPatch, part: object) -> None:
    monkeypatch.setattr(part, "version", part.version + 1)  # type: ignore[attr-defined]


def test_a_fresh_store_has_nothing_beside_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert results.earlier(store).empty and tuple(results.earlier(store).columns) == (
        *results.COLUMNS,
        "differs",
    )
    assert call(store) == 0
    assert "in no table" not in capsys.readouterr().out


def test_a_methods_earlier_version(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results.load(store)
    bumped(monkeypatch, METHODS.get("aegan").cls)
    assert call(store) == 0
    said = capsys.readouterr().out
    assert f"aegan: {NEWER}: 1 run kept apart, in tables/earlier" in said and "1 run to train" in said
    table, apart = results.load(store), results.earlier(store)
    old = set(before[before["method"] == "aegan"]["run"])
    assert set(apart["run"]) == old and not old & set(table["run"]), "never mixed"
    assert differs(store) == {NEWER: {"aegan"}}
    own = before[before["run"].isin(old)].reset_index(drop=True)
    keys = ["metric", "step"]
    assert set(map(tuple, apart[[*keys, "value"]].to_numpy())) == set(
        map(tuple, own[[*keys, "value"]].to_numpy())
    )


def test_a_file_from_before_a_field_was_added_is_known_again(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is the same with the field at its default; so is the reason why it is kept apart."""
    for config in store.glob("runs/*/config.json"):
        values = read_json(config)
        for name in ("vary", "sources", "content"):
            values.pop(name, None)
        values["optim"].pop("players", None)
        config.write_text(json.dumps(values))
    bumped(monkeypatch, METHODS.get("aegan").cls)
    assert call(store) == 0
    assert differs(store) == {NEWER: {"aegan"}}


def test_an_earlier_version_of_the_base(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bumped(monkeypatch, METHODS.get("gan").cls)
    assert call(store) == 0
    told = {"its base gan: method version 1 (now 2)": {"inverse"}, "method version 1 (now 2)": {"gan"}}
    assert differs(store) == told


def test_an_earlier_version_of_the_data(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = set(results.records(store)["run"])
    bumped(monkeypatch, DATASETS.get("toonfaces"))
    assert call(store) == 0
    version = DATASETS.get("toonfaces").version
    assert differs(store) == {f"data set version {version - 1} (now {version})": {"aegan", "gan", "inverse"}}
    assert not old & set(results.load(store)["run"])


def test_values_of_a_metrics_earlier_version(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results.load(store)
    every = {metric.name: metric for metric in METRICS}
    now = every["search"].version + 1
    changed = replace(every["search"], version=now)
    monkeypatch.setattr(METRICS, "_items", {**every, "search": changed})
    assert call(store) == 0
    said = capsys.readouterr().out
    assert (
        f"metric search version {now - 1} (now {now}): " in said and "kept apart, in tables/earlier" in said
    )
    assert "nothing to train" in said
    table = results.load(store)
    assert set(table["version"].dropna()) == {now} and len(table) == len(before)
    apart = results.earlier(store)
    assert set(apart["differs"]) == {f"metric search version {now - 1} (now {now})"}
    assert set(apart["version"]) == {now - 1}


def test_other_runs_are_counted(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(store, "--methods", "aegan") == 0
    assert "2 other runs in this folder, in no table" in capsys.readouterr().out
    assert results.earlier(store).empty and set(results.records(store)["method"]) == {"aegan"}


def test_what_cannot_be_read_is_left_to_others(store: Path) -> None:
    """Damage is found by `damage`; here it must not be in the way."""
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"versions": 3}')):
        (store / "runs" / name).mkdir()
        (store / "runs" / name / "config.json").write_text(text)
    run = results.records(store)["run"][0]
    next((store / "runs" / run / "metrics").iterdir()).write_text("{")
    assert results.earlier(store).empty


def test_a_run_that_did_not_end_says_so(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store / "runs" / str(results.records(store).set_index("method").loc["aegan", "run"])
    shutil.rmtree(run / "metrics")
    (run / "record.json").unlink()
    bumped(monkeypatch, METHODS.get("aegan").cls)
    assert call(store) == 0
    (row,) = results.earlier(store).to_dict("records")
    assert row["status"] == "unfinished" and row["metric"] == "" and row["differs"] == NEWER


def test_several_versions_each_have_a_line(done: Path, tmp_path: Path) -> None:
    config = stale.config_of(done, str(results.records(done)["run"][0])) or {}
    for version in (0, 5):
        folder = tmp_path / "runs" / f"v{version}"
        write_json(folder / "config.json", {**config, "versions": {**config["versions"], "family": version}})
    now = config["versions"]["family"]
    found = stale.runs(tmp_path, {"now": config})
    assert found.earlier == {f"v{v}": ("now", f"family version {v} (now {now})") for v in (0, 5)}
    assert read_json(tmp_path / "runs" / "v0" / "config.json")["versions"]["family"] == 0


def test_verify_lists_them_and_computes_again_what_it_can(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bumped(monkeypatch, METHODS.get("aegan").cls)
    assert verify.main([str(store), "--sample", "9"]) == 0
    said = capsys.readouterr().out
    assert "1 of another version than this program's, not computed again: " in said
    assert "inverse, seed 0" in said and "aegan, seed 0" not in said and "in no table" not in said
    assert call(store) == 0
    capsys.readouterr()
    assert verify.main([str(store), "--sample", "0"]) == 0
    assert f"aegan: {NEWER}: 1 run kept apart, in tables/earlier" in capsys.readouterr().out


def test_the_report_shows_them_in_a_table_of_their_own(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bumped(monkeypatch, METHODS.get("aegan").cls)
    assert call(store) == 0
    read = Store.open(store)
    made = tables(read)
    (cells,) = made["earlier"].cells.to_dict("records")
    assert cells["Method"].text == "AEGAN" and cells["What differs"].text == NEWER
    apart = read.earlier
    top1 = float(apart[(apart["metric"] == "search.top1") & (apart["step"] == 8)]["value"].iloc[0])
    assert cells["Label similarity, top 1"].value == pytest.approx(top1)
    assert not set(apart["run"]) & set(read.rows["run"])
    assert sentences(read) == [f"kept apart, in tables/earlier: AEGAN, {NEWER}: 1 run"]
    text = page(read, made, {})
    assert 'id="table-earlier"' in text and NEWER in text
