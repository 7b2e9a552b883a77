"""Values through named extractors are computed again by verify, and what is from elsewhere is measured through the same."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import evaluate, results, verify
from benchmarks.evaluation.evaluation import write_rows
from benchmarks.evaluation.keys import computed
from benchmarks.run import main as run
from benchmarks.storage.files import read_json, sealed, write_json
from tests.benchmarks import tiny

OWN = "def features(x):\n    return x.float().mean((2, 3))\n"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.quick(monkeypatch)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods on which the classifier, the random network and a file have judged."""
    folder = tmp_path_factory.mktemp("judges")
    (folder / "mean.py").write_text(OWN)
    np.savez(folder / "x.npz", x=np.random.default_rng(0).integers(0, 256, (128, 8, 8, 3), dtype=np.uint8))
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "out"), "--executor", "inprocess"]
        names = f"domain,random,{folder / 'mean.py'}"
        assert run([*flags, "--metrics", "fid", "--methods", "gan", "--extractor", names]) == 0
    return folder


def test_every_extractors_values_are_computed_again(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ["--extractor", str(store / "mean.py")]
    capsys.readouterr()
    assert verify.main([str(store / "out"), *own]) == 0
    said = capsys.readouterr().out
    assert ": 6 values computed again" in said, said  # three extractors at two steps
    assert verify.main([str(store / "out")]) == 0
    said = capsys.readouterr().out
    assert ": 4 values computed again" in said and "(extractor mean: name it with --extractor)" in said, said
    assert verify.main([str(store / "out"), "--extractor", "nobody"]) == 2
    assert "unknown extractor 'nobody'" in capsys.readouterr().err


def test_a_wrong_value_through_a_named_extractor_is_found(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = (store / "out" / "runs").glob("*/metrics/8-fid-*.json")
    (path,) = (path for path in paths if read_json(path)["key"]["extractor"] == "random")
    before = path.read_bytes()
    made = read_json(path)
    made["rows"][0]["values"]["fid"] += 1.0
    write_json(path, sealed(made))
    assert verify.main([str(store / "out")]) == 1
    assert "fid.fid at step 8 is " in capsys.readouterr().out
    path.write_bytes(before)


@pytest.mark.usefixtures("quick")
def test_what_is_from_elsewhere_is_measured_through_the_folders_extractors(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [
        "--samples",
        str(store / "x.npz"),
        "--out",
        str(store / "out"),
        "--preset",
        str(store / "tiny.toml"),
    ]
    assert evaluate.main([*flags, "--name", "Mine"]) == 0
    assert "no values through mean, which is not here: name all with --extractor" in capsys.readouterr().err
    every = f"domain,random,{store / 'mean.py'}"
    assert evaluate.main([*flags, "--name", "Other", "--extractor", every]) == 0
    frame = results.load(store / "out")
    through = {name: set(own["extractor"]) for name, own in frame.groupby("method")}
    assert through["Mine"] == {"domain", "random"} and through["Other"] == {"domain", "random", "mean"}
    assert through["gan"] == through["real"] == {"domain", "random", "mean"}
    assert evaluate.main([*flags, "--name", "Third", "--extractor", "nobody"]) == 2
    assert "unknown extractor 'nobody'" in capsys.readouterr().err


def test_values_through_another_classifier_are_computed_again(tmp_path: Path) -> None:
    """Each machine trains its own; values that were unpacked from another one must not stand beside its own."""
    path = tmp_path / "8-fid.json"
    rows = [{"status": "ok", "reason": "", "n": 2, "values": {"fid": 1.0}}]
    assert not computed(path, "a")
    write_rows(path, {"metric": "fid"}, rows, 0.0, "a")
    assert computed(path, "a") and not computed(path, "b") and computed(path, "")
    write_rows(path, {"metric": "collapse"}, rows, 0.0, "")
    assert computed(path, "b"), "kept before classifiers were named, or seen through none"
