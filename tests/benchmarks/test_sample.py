"""benchmarks.sample: folders and arrays for other tools, pairs, exported weights with their card; load_run from anywhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import evaluate, results, sample
from benchmarks.planning.registry import METHODS
from benchmarks.run import main
from benchmarks.storage.checkpoint import digest
from benchmarks.storage.files import read_json
from tests.benchmarks import tiny

ROOT = Path(__file__).resolve().parents[2]
# What USING.md shows, from a notebook that lies anywhere.
SCRIPT = re.findall(r"^```python\n(import sys\n.*?)^```$", (ROOT / "USING.md").read_text(), re.M | re.S)[0]
CHECKS = """\
print(model.config.method, model.step, *map(tuple, (x.shape, z.shape, x_rec.shape, x_gen.shape)))
print(f"{error.mean():.4f}")
try:
    model.encode(x.permute(0, 2, 3, 1))              # what does not fit is said, with the way out
except ValueError as reason:
    print(reason)
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with gan and aegan of toonfaces at 8 px."""
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "out"), "--executor", "inprocess"]
        assert main([*flags, "--metrics", "ndb,search"]) == 0
    return folder / "out"


def call(out: Path, *args: str, method: str = "aegan") -> int:
    run = str(results.records(out).set_index("method").loc[method, "run"])
    return sample.main([run, "--out", str(out), *args])


def test_a_folder_is_what_the_array_file_holds(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(out, "--n", "130", "--to", str(tmp_path / "x")) == 0
    assert call(out, "--n", "130", "--to", str(tmp_path / "x.npz")) == 0
    files = sorted((tmp_path / "x").iterdir())
    assert [path.name for path in files] == [f"{i:05}.png" for i in range(130)]
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        x = arrays["x"]
    assert x.shape == (130, 8, 8, 3) and x.dtype == np.uint8
    assert (np.stack([np.asarray(Image.open(path)) for path in files]) == x).all()
    assert "130 samples of aegan, seed 0: " in capsys.readouterr().out
    assert call(out, "--n", "130", "--to", str(tmp_path / "x")) == 2
    assert "is there and not empty: give a new folder" in capsys.readouterr().err


def test_what_is_exported_is_measured_again(out: Path, tmp_path: Path) -> None:
    """A folder of a run's samples is good enough for benchmarks.evaluate."""
    assert call(out, "--n", "128", "--to", str(tmp_path / "x")) == 0
    flags = ["--preset", str(tiny.file(tmp_path)), "--metrics", "ndb", "--out", str(tmp_path / "out")]
    assert evaluate.main([*flags, "--samples", str(tmp_path / "x")]) == 0


def test_pairs(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for to in ("pairs", "pairs.npz", "pairs.png"):
        assert call(out, "--reconstructions", "--n", "10", "--to", str(tmp_path / to)) == 0
    assert sorted(path.name for path in (tmp_path / "pairs").iterdir()) == ["x", "x_rec"]
    with np.load(tmp_path / "pairs.npz", allow_pickle=False) as arrays:
        assert arrays["x"].shape == arrays["x_rec"].shape == (10, 8, 8, 3)
        assert (
            np.asarray(Image.open(tmp_path / "pairs" / "x_rec" / "00003.png")) == arrays["x_rec"][3]
        ).all()
    with Image.open(tmp_path / "pairs.png") as image:
        assert (image.width // 8 - 2) // 10 % 2 == 0  # no row ends between the two of a pair
    capsys.readouterr()
    assert call(out, "--reconstructions", "--to", str(tmp_path / "no.npz"), method="gan") == 2
    assert "method gan does not encode" in capsys.readouterr().err
    assert call(out, "--reconstructions", "--n", "129", "--to", str(tmp_path / "no.npz")) == 2
    assert "there are 128 test images" in capsys.readouterr().err
    assert not (tmp_path / "no.npz").exists()


def test_nothing_is_overwritten_unasked(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("holiday.png", "data.npz"):
        (tmp_path / name).write_text("mine")
        assert call(out, "--to", str(tmp_path / name)) == 2
        assert "is there already" in capsys.readouterr().err and (tmp_path / name).read_text() == "mine"
        assert call(out, "--to", str(tmp_path / name), "--replace") == 0
        assert (tmp_path / name).read_bytes()[:4] in (b"\x89PNG", b"PK\x03\x04")
        capsys.readouterr()
    assert call(out, "--seed", str(2**63), "--to", str(tmp_path / "new.png")) == 2
    assert f"--seed {2**63}: must be 0 to" in capsys.readouterr().err


def test_an_export_is_loaded_again(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "aegan"
    assert call(out, "--export", str(folder)) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "config.json",
        "weights.safetensors",
    ]
    record = results.records(out).set_index("method").loc["aegan"]
    made, there = results.load_export(folder), results.load_run(out, record["run"])
    assert digest(made.networks.modules.state_dict()) == record["weights_sha256"]
    z = made.latents(4, torch.Generator().manual_seed(1))
    assert torch.equal(made.generate(z), there.generate(z)) and made.step == there.step == 8
    assert made.images("test", 3).shape == (3, 3, 8, 8)
    card = (folder / "README.md").read_text()
    rows = results.load(out)
    row = rows[(rows["run"] == record["run"]) & (rows["step"] == 8) & (rows["metric"] == "ndb.ndb")].iloc[0]
    for part in (METHODS.get("aegan").summary, record["weights_sha256"], record["run"], "arXiv", "seed 0, step 8",
                 f"| {row.value:.6g} |", "n_train = 200", "results.load_export", "G, "):  # fmt: skip
        assert part in card, part
    assert call(out, "--export", str(folder)) == 2
    about = read_json(folder / "config.json")
    (folder / "config.json").write_text(
        (folder / "config.json").read_text().replace(about["sha256"], "0" * 64)
    )
    with pytest.raises(ValueError, match="does not hold the weights"):
        results.load_export(folder)
    with pytest.raises(ValueError, match=r"give a folder of benchmarks\.sample --export"):
        results.load_export(tmp_path)
    capsys.readouterr()


def test_an_export_of_a_folder_without_tables_says_so(out: Path, tmp_path: Path) -> None:
    from benchmarks.evaluation.export import values

    run = str(results.records(out)["run"].iloc[0])
    assert values(tmp_path, run, 8) == "The results folder held no tables when this was exported."
    assert values(out, run, 5) == "None was computed at this step."


@pytest.mark.slow
def test_the_script_of_the_documents_runs_anywhere(out: Path, tmp_path: Path, cache: Path) -> None:
    places = {"CHECKOUT": str(ROOT), "OUT": str(out), "CACHE": str(cache)}
    head = "".join(f"{name} = {place!r}\n" for name, place in places.items())
    (tmp_path / "notebook.py").write_text(head + SCRIPT + CHECKS)
    own = {k: v for k, v in os.environ.items() if k not in ("BIDIGAN_CACHE", "PYTHONPATH")}
    made = subprocess.run(
        [sys.executable, "notebook.py"], cwd=tmp_path, env=own, capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    assert lines[0] == "aegan 8 (16, 3, 8, 8) (16, 4) (16, 3, 8, 8) (16, 3, 8, 8)"
    assert 0 < float(lines[1]) < 1 and "channels come first: x.permute(0, 3, 1, 2)" in lines[2]


def test_points_of_many_coordinates_are_no_picture(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"x.png: points of 1,200 coordinates are not a picture: write an .npz file"
    ):
        sample.write(tmp_path / "x.png", {"x": torch.zeros(5, 1200)})
    sample.write(tmp_path / "x.png", {"x": torch.zeros(5, 2)})
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
