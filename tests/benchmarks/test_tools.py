"""doctor, verify and prune."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import costs, doctor, evaluate, prune, results, sample, verify
from benchmarks.run import main
from benchmarks.storage.files import read_json, sealed, write_json
from benchmarks.storage.run_folder import lock_folder
from tests.benchmarks import tiny


def call(out: Path, *args: str) -> int:
    flags = ["--preset", str(out.parent / "tiny.toml"), "--out", str(out), "--executor", "inprocess"]
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        return main([*flags, *args])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done")
    tiny.file(folder)
    assert call(folder / "out", "--metrics", "search,fid") == 0
    return folder / "out"


@pytest.fixture
def store(done: Path, tmp_path: Path) -> Path:
    shutil.copytree(done, tmp_path / "out")
    shutil.copy(done.parent / "tiny.toml", tmp_path)
    return tmp_path / "out"


def run_of(out: Path, method: str) -> Path:
    return out / "runs" / str(results.records(out).set_index("method").loc[method, "run"])


def test_the_doctor_says_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "MEASURE_S", 0.01)
    assert doctor.main(["--device", "cpu", "--cache", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    for part in (
        "\n  torch 2",
        "cores usable",
        "GFLOP/s",
        "GB/s",
        f"cache: {tmp_path} is there",
        "Inception weights: ",
    ):
        assert part in said, part
    assert (
        "toonfaces: will be prepared" in said and "celeba: not usable: celeba: the flag --data-root" in said
    )
    assert doctor.main(["--device", "cuda:99"]) == 2
    assert capsys.readouterr().err.startswith("error: --device cuda:99")


def test_the_doctor_names_what_would_be_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = doctor.skipped(tmp_path, None)
    away = [line for line in lines if line.startswith("preset lazarou2020: ")]
    assert (
        away == [line for line in away if "cannot run here: anime-faces: the flag --data-root" in line] != []
    )
    assert not any("ablate-aegan-smoke" in line and "infogan" in line for line in lines), "it has none"
    assert not any("is missing" in line and "--data-root" not in line for line in lines), lines
    monkeypatch.setattr("benchmarks.planning.check.misfit", lambda *about: "it does not fit")
    assert "preset quick: aegan on toonfaces: it does not fit" in doctor.skipped(tmp_path, None)


def test_a_sound_store(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.rglob("*")}
    assert verify.main([str(done), "--sample", "1", "--seed", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 runs read, 0 unfinished, ") and " values computed again" in said
    assert said.endswith("all as it should be\n")
    assert {path: path.stat().st_mtime_ns for path in done.rglob("*")} == before


def test_a_value_that_its_weights_do_not_give(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Even with its checksum made right and the table made to fit."""
    (path,) = (run_of(store, "aegan") / "metrics").glob("8-fid-*.json")
    made = read_json(path)
    made["rows"][0]["values"]["fid"] += 1.0
    write_json(path, sealed(made))
    assert call(store, "--metrics", "search,fid") == 0
    capsys.readouterr()
    assert verify.main([str(store)]) == 1
    said = capsys.readouterr().out
    assert "fid.fid at step 8 is " in said and " from its weights" in said and "1 finding" in said


@pytest.mark.parametrize("kind", ["method", "ceiling", "baseline"])
def test_a_table_that_was_edited(kind: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = results.load(store)
    frame.loc[(frame["kind"] == kind) & frame["value"].notna(), "value"] += 1.0
    frame.to_parquet(store / results.TABLE)
    assert verify.main([str(store), "--sample", "0"]) == 1
    assert "its own file says" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("weights/8.safetensors", "is damaged or not ours"),
        ("record.json", "is damaged"),
        ("config.json", "is damaged"),
        ("history.jsonl", "half-written"),
        ("panels/samples-8.npz", "is damaged"),
    ],
)
def test_damage_is_found_and_left_where_it_is(
    file: str, said: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run_of(store, "aegan") / file
    path.write_bytes(path.read_bytes()[:-40])
    assert verify.main([str(store), "--sample", "0"]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("differs: ")]
    assert any(said in line and str(path) in line for line in lines), lines
    assert path.exists() and not (store / "set-aside").exists()


NEWER = json.dumps({"brand_new": 1})
DAMAGED = {  # a file of a run or the folder, what it says then, the doors that read it, the line
    "config.json of a newer program": ("config.json", NEWER, "sample", "unknown key 'brand_new'"),
    "config.json a list": ("config.json", "[]", "sample", "no configuration"),
    "record.json empty": ("record.json", "{}", "run sample prune", "record.json is damaged"),
    "record.json a list": ("record.json", "[]", "run sample prune", "record.json is damaged"),
    "metric empty": ("metrics/*search*.json", "{}", "costs", ".json is damaged"),
    "meta.json empty": (
        "../../meta.json",
        "{}",
        "evaluate verify",
        "meta.json is damaged: it names no parts",
    ),
    "meta.json a list": (
        "../../meta.json",
        "[]",
        "evaluate verify",
        "meta.json is damaged: it names no parts",
    ),
    "table half": ("../../records.parquet", "PAR1", "evaluate verify costs", "records.parquet is damaged"),
}


@pytest.mark.parametrize(
    ("name", "door"), [(name, door) for name, case in DAMAGED.items() for door in case[2].split()]
)
def test_damage_is_one_line_at_every_door_that_reads_it(
    name: str, door: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """benchmarks.run says what it would set aside; the others refuse, before they have measured anything."""
    run, (file, content, _, said) = run_of(store, "aegan"), DAMAGED[name]
    (path,) = [*run.glob(file)][:1] if "*" in file else [run / file]
    path.write_text(content)
    np.save(store.parent / "x.npy", np.random.default_rng(0).integers(0, 256, (128, 8, 8, 3), np.uint8))
    picture, npy = str(store.parent / "x.png"), str(store.parent / "x.npy")
    capsys.readouterr()
    match door:
        case "run":
            assert call(store, "--metrics", "search,fid", "--dry-run") == 0
        case "sample":
            assert sample.main([run.name, "--out", str(store), "--to", picture]) == 2
        case "evaluate":
            assert evaluate.main(["--samples", npy, "--out", str(store)]) == 2
        case _:
            assert {"verify": verify, "prune": prune, "costs": costs}[door].main([str(store)]) == 2
    told = capsys.readouterr()
    assert said in (told.out if door == "run" else told.err), told
    assert door == "run" or len(told.err.splitlines()) == 1


def test_an_edited_configuration_is_a_finding_though_its_method_is_not_here(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run_of(store, "aegan") / "config.json"
    path.write_text(path.read_text().replace('"aegan"', '"mine"'))
    assert verify.main([str(store), "--sample", "0"]) == 1
    assert "config.json was edited" in capsys.readouterr().out


@pytest.mark.parametrize("command", [verify, prune])
def test_no_store_is_one_line(command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert verify.main([str(tmp_path), "--sample=-1"]) == 2


def test_pruning_says_first_and_breaks_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = run_of(store, "gan") / ".record.json.abcd1234"
    half.write_text("{")
    theirs = [run_of(store, "gan") / ".notes.markdown", run_of(store, "gan") / "weights" / "mine.safetensors"]
    for path in theirs:
        path.write_bytes(b"")
    assert prune.main([str(store), "--keep", "last"]) == 0
    said = capsys.readouterr().out
    assert "checkpoints of finished runs: 2 files" in said and "weights before the last step" in said
    assert (
        "--yes frees them" in said
        and half.exists()
        and len(list(store.glob("runs/*/checkpoint.safetensors"))) == 2
    )
    assert prune.main([str(store), "--keep", "last", "--yes"]) == 0
    assert "freed " in capsys.readouterr().out and not half.exists()
    assert not list(store.glob("runs/*/checkpoint.safetensors"))
    assert all(path.exists() for path in theirs)
    theirs[1].unlink()
    assert [path.name for path in store.glob("runs/*/weights/*")] == ["8.safetensors"] * 2
    assert read_json(run_of(store, "gan") / "record.json")["pruned"] == [4]
    before = results.load(store)
    assert call(store, "--metrics", "search,fid") == 0
    said = capsys.readouterr().out
    assert "nothing to train" in said and "set aside" not in said and "0 runs to train, 2 found" in said
    assert results.load(store).equals(before)
    assert verify.main([str(store), "--sample", "0"]) == 0
    assert prune.main([str(store), "--keep", "last", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("nothing to free\n")


def test_pruning_keeps_what_is_not_finished(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run_of(store, "aegan") / "record.json").unlink()
    assert prune.main([str(store), "--keep", "last", "--yes"]) == 0
    assert (run_of(store, "aegan") / "checkpoint.safetensors").exists()
    assert len(list(store.glob("runs/*/weights/4.safetensors"))) == 1
    with lock_folder(store):
        assert prune.main([str(store)]) == 2
    assert "in use by" in capsys.readouterr().err
    assert json.dumps(results.meta(store))
