"""Damaged stores: named in a line, set aside, and only that repeated, to the same bits."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import results
from benchmarks.execution.repair import _weights, damaged, set_aside, set_aside_damaged
from benchmarks.planning.config import RunConfig
from benchmarks.run import main
from benchmarks.storage import checkpoint
from benchmarks.storage.files import read_json, sealed, write_json
from benchmarks.storage.run_folder import RunFolder
from methods.base import Spec
from tests.benchmarks import tiny
from tests.marks import mostly_slow

SPEC = Spec((3, 8, 8), 0, "attributes")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No report and no timing, which have their own tests."""
    tiny.quick(monkeypatch)


def call(out: Path, *args: str) -> int:
    flags = ["--preset", str(out.parent / "tiny.toml"), "--out", str(out), "--executor", "inprocess"]
    return main([*flags, "--methods", "creswell,aegan", *args])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished comparison: aegan, and creswell on its base gan."""
    folder = tmp_path_factory.mktemp("done")
    tiny.file(folder, tiny.TOML + "\n[method.creswell.options]\nsearch_steps = 2\nrestarts = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        assert call(folder / "out") == 0
    return folder / "out"


@pytest.fixture
def store(done: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, to be damaged."""
    shutil.copytree(done, tmp_path / "out")
    shutil.copy(done.parent / "tiny.toml", tmp_path)
    yield tmp_path / "out"


def runs(out: Path) -> dict[str, Path]:
    frame = results.records(out)
    return {method: out / "runs" / run for method, run in zip(frame["method"], frame["run"], strict=True)}


def state(out: Path) -> dict[str, object]:
    """What must be as if nothing had happened."""
    made: dict[str, object] = {}
    for path in sorted((out / "runs").rglob("*")):
        where = str(path.relative_to(out))
        if path.suffix == ".json":
            value = read_json(path)
            made[where] = value.get("rows") or value.get("weights_sha256") or value
        elif path.is_file() and path.name != "checkpoint.safetensors":  # it holds the time taken
            made[where] = path.read_bytes()
    return made


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def metric(run: Path) -> Path:
    return sorted((run / "metrics").glob("8-*.json"))[0]


def resealed(path: Path, **changes: object) -> None:
    """Weights of another kind with a checksum that is right."""
    tensors, meta = checkpoint.read(path)
    if changes.pop("other", False):
        tensors[next(iter(tensors))] = tensors[next(iter(tensors))].repeat(2)
    checkpoint.write(path, tensors, **{**meta, **changes})


def of_another_run(run: Path) -> None:
    shutil.copy(runs(run.parents[1])["gan"] / "weights/8.safetensors", run / "weights/8.safetensors")


def new_value(path: Path, seal: bool) -> None:
    made = read_json(path)
    name = next(iter(made["rows"][0]["values"]))
    made["rows"][0]["values"][name] = "high" if seal else 0.123
    write_json(path, sealed(made) if seal else made)


CASES: dict[str, tuple[str, Callable[[Path], object], str, str]] = {  # method, damage, what is said, what follows
    "weights cut": ("aegan", lambda r: cut(r / "weights/8.safetensors"), "8.safetensors is damaged or not ours", "run"),
    "weights empty": ("aegan", lambda r: (r / "weights/4.safetensors").write_bytes(b""), "is damaged or not ours", "run"),
    "weights foreign": ("aegan", of_another_run, "belongs to run", "run"),
    "weights pickled": ("aegan", lambda r: (r / "weights/8.safetensors").write_bytes(b"\x80\x04."), "not ours", "run"),
    "weights of a step": ("aegan", lambda r: shutil.copy(r / "weights/4.safetensors", r / "weights/8.safetensors"),
                          "holds the weights of step 4", "run"),
    "weights of another architecture": ("aegan", lambda r: resealed(r / "weights/8.safetensors", other=True),
                                        "holds another architecture", "run"),
    "weights gone": ("aegan", lambda r: (r / "weights/4.safetensors").unlink(), "4.safetensors is missing", "run"),
    "all weights gone": ("aegan", lambda r: shutil.rmtree(r / "weights"), "is missing, though record", "run"),
    "base cut": ("gan", lambda r: cut(r / "weights/8.safetensors"), "8.safetensors is damaged", "run"),
    "history cut": ("aegan", lambda r: cut(r / "history.jsonl"), "history.jsonl", "run"),
    "history doubled": ("aegan", lambda r: (r / "history.jsonl").write_text((r / "history.jsonl").read_text() * 2),
                        "its steps do not rise", "run"),
    "history gone": ("aegan", lambda r: (r / "history.jsonl").unlink(), "does not end at step 8", "run"),
    "history edited": ("aegan", lambda r: edit(r / "history.jsonl", '"rec_x": 0', '"rec_x": 1'), "was edited", "run"),
    "config edited": ("aegan", lambda r: edit(r / "config.json", '"seed": 0', '"seed": 1'), "config.json was edited", "run"),
    "config not JSON": ("aegan", lambda r: cut(r / "config.json"), "config.json is damaged", "run"),
    "config of no kind": ("aegan", lambda r: (r / "config.json").write_text("[]"), "config.json is damaged", "run"),
    "config gone": ("aegan", lambda r: (r / "config.json").unlink(), "has no config.json", "run"),
    "record cut": ("aegan", lambda r: cut(r / "record.json"), "record.json is damaged", "record.json"),
    "record edited": ("aegan", lambda r: edit(r / "record.json", '"ok"', '"diverged"'), "record.json is damaged", "record.json"),
    "checkpoint cut": ("aegan", lambda r: cut(r / "checkpoint.safetensors"), "no other file needs it", "checkpoint"),
    "metric cut": ("aegan", lambda r: cut(metric(r)), "the metric is computed again", "metrics-8-search"),
    "metric edited": ("aegan", lambda r: new_value(metric(r), False), "checksum does not match", "metrics-8-search"),
    "metric of no number": ("aegan", lambda r: new_value(metric(r), True), "does not fit the schema", "metrics-8-search"),
    "metric moved": ("aegan", lambda r: shutil.copy(sorted((r / "metrics").glob("4-*"))[0], metric(r)),
                     "belongs to another file", "metrics-8-search"),
    "panel cut": ("aegan", lambda r: cut(r / "panels/samples-8.npz"), "panels are drawn again", "panels-samples-8.npz"),
    "panel pickled": ("aegan", lambda r: np.savez(r / "panels/samples-8.npz", x=np.array([{}], object)),
                      "samples-8.npz is damaged", "panels-samples-8.npz"),
}  # fmt: skip


REPEATED = (
    "weights cut", "all weights gone", "base cut", "config edited", "record cut", "checkpoint cut", "metric edited", "panel cut",
)  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_damage_is_named_and_set_aside(name: str, store: Path) -> None:
    method, damage, said, aside = CASES[name]
    run = runs(store)[method]
    damage(run)
    raw = tiny.preset.read(str(store.parent / "tiny.toml"))
    made = tiny.make({**raw, "methods": ["creswell", "aegan"]}, tiny.context(store, raw), "cpu")
    (line,) = set_aside_damaged(damaged(made.nodes))
    assert said in line and str(run) in line and "set aside under" in line
    names = [path.name for path in (store / "set-aside").iterdir()]
    assert names == [f"{run.name}-1"] if aside == "run" else any(aside in made for made in names), names
    assert damaged(made.nodes) == []


@pytest.mark.parametrize("name", mostly_slow(REPEATED))
def test_only_what_is_damaged_is_repeated(
    name: str, store: Path, done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    method, damage, said, aside = CASES[name]
    run = runs(store)[method]
    damage(run)
    others = {
        path: path.stat().st_mtime_ns for path in store.glob("runs/*/weights/*") if run not in path.parents
    }
    assert call(store) == 0
    captured = capsys.readouterr()
    assert len([line for line in captured.out.splitlines() if "set aside" in line and said in line]) == 1
    assert captured.err == "" and others == {path: path.stat().st_mtime_ns for path in others}
    assert ("nothing to train" in captured.out) == (aside not in ("run", "record.json"))
    assert state(store) == state(done)


def test_values_without_record_and_checkpoint_are_of_nobody(store: Path) -> None:
    """A pruned run's record is damaged: it is trained from the start, so its old values must not stay."""
    run = runs(store)["aegan"]
    (run / "checkpoint.safetensors").unlink(missing_ok=True)
    cut(run / "record.json")
    raw = tiny.preset.read(str(store.parent / "tiny.toml"))
    made = tiny.make({**raw, "methods": ["creswell", "aegan"]}, tiny.context(store, raw), "cpu")
    ((_, damage),) = damaged(made.nodes)
    assert damage.repeats and damage.paths == (run,) and "record.json is damaged" in damage.what


def test_a_run_over_another_base_is_repeated(store: Path) -> None:
    """Its record says over which weights it was trained."""
    run, raw = runs(store)["creswell"], tiny.preset.read(str(store.parent / "tiny.toml"))
    made = tiny.make({**raw, "methods": ["creswell", "aegan"]}, tiny.context(store, raw), "cpu")
    record = read_json(run / "record.json")
    base = next(n.config.base.hash for n in made.runs if n.config.base)
    assert record["base_sha256"] == read_json(run.parent / base / "record.json")["weights_sha256"]
    RunFolder(store, run.name).finish(
        {**{k: v for k, v in record.items() if k != "sha256"}, "base_sha256": "0"}
    )
    ((_, damage),) = damaged(made.nodes)
    assert damage.repeats and damage.paths == (run,) and "other weights of its base" in damage.what


def test_twice_damaged_is_set_aside_twice(store: Path) -> None:
    for n in (1, 2):
        (store / "runs" / "abc").mkdir()
        assert set_aside(store, store / "runs" / "abc") == store / "set-aside" / f"abc-{n}"


def test_a_dry_run_only_says_so(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut(runs(store)["aegan"] / "record.json")
    assert call(store, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "would be set aside" in said and not (store / "set-aside").exists() and "1 run to train" in said
    cut(next((runs(store)["creswell"] / "weights").iterdir()))
    assert call(store, "--dry-run") == 0
    (plan,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("plan:")]
    assert plan.startswith("plan: 2 runs to train, 1 found"), plan


def test_reference_rows_and_panels(store: Path, done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder,) = (store / "references").iterdir()
    cut(next((folder / "metrics").iterdir()))
    cut(folder / "panels" / "samples-0.npz")
    assert call(store) == 0
    assert capsys.readouterr().out.count("set aside") == 2
    for path in (done / "references").rglob("*.npz"):
        assert path.read_bytes() == (store / path.relative_to(done)).read_bytes()


def unfinished(run: Path) -> None:
    """As it is when a command is killed between the last checkpoint and the record."""
    (run / "record.json").unlink()


@pytest.mark.parametrize(
    "name",
    mostly_slow(["checkpoint cut", "weights cut", "history cut", "checkpoint of another architecture"]),
)
def test_an_unfinished_run(name: str, store: Path, done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs(store)["aegan"]
    unfinished(run)
    if name == "checkpoint of another architecture":
        resealed(run / "checkpoint.safetensors", other=True)
    else:
        CASES[name][1](run)
    assert call(store) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if "set aside" in line]) == 1
    assert state(store) == state(done)


def test_a_run_that_died_before_its_first_weights_is_not_damaged(
    store: Path, done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where step 0 is to be evaluated: there is no checkpoint that could speak of it."""
    run = runs(store)["aegan"]
    config = RunConfig(**json.loads((run / "config.json").read_text()))
    for path in run.iterdir():
        if path.name != "config.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    started = config.model_copy(update={"evaluate": (0, *config.evaluate)})
    _weights(RunFolder(store, run.name), started, None, {})
    assert call(store) == 0 and "set aside" not in capsys.readouterr().out
    assert state(store) == state(done)


def test_a_run_that_begins_anew_keeps_no_value_of_the_old_one(store: Path, done: Path) -> None:
    """Its weights may come out otherwise, on another machine: values and panels are theirs alone."""
    run = runs(store)["aegan"]
    unfinished(run)
    new_value(metric(run), True)
    cut(run / "checkpoint.safetensors")
    assert call(store) == 0 and state(store) == state(done)
    assert (store / "set-aside" / f"{run.name}-1" / "weights").is_dir()


def test_an_unfinished_run_may_end_in_half_a_line(
    store: Path, done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs(store)["aegan"]
    unfinished(run)
    with (run / "history.jsonl").open("a") as file:
        file.write('{"step": 12, "re')
    assert call(store) == 0 and "set aside" not in capsys.readouterr().out
    assert state(store) == state(done)


def test_force_leaves_no_old_value(store: Path, done: Path) -> None:
    run = runs(store)["aegan"]
    (run / "metrics" / "old.json").write_text("{}")
    assert call(store, "--force") == 0
    assert state(store) == state(done)


def test_damaged_tables_are_rebuilt(store: Path) -> None:
    for name in (results.TABLE, results.RECORDS, results.META):
        cut(store / name)
    with pytest.raises(ValueError, match="is damaged"):
        results.load(store)
    assert call(store) == 0
    assert len(results.load(store)) and len(results.records(store)) == 3 and json.dumps(results.meta(store))
