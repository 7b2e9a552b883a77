"""benchmarks.evaluate: samples and models from elsewhere get rows of their own, or one line that says what is wrong."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks import evaluate, results, verify
from benchmarks.evaluation import foreign
from benchmarks.run import main as run
from benchmarks.snapshots.external import External
from benchmarks.snapshots.samples import Samples, read
from benchmarks.snapshots.snapshot import Unavailable
from tests.benchmarks import tiny

SHAPE = (3, 8, 8)
MODEL = """\
import torch

latent = 6
W = torch.randn(6, 192, generator=torch.Generator().manual_seed(0))


def generate(z):
    return torch.sigmoid(z @ W).reshape(-1, 3, 8, 8).numpy()


def encode(x):
    return (x.flatten(1) - 0.5) @ W.T
"""


def images(n: int = 128, seed: int = 0, size: int = 8, channels: int = 3) -> np.ndarray:
    """Noise pictures, uint8 [n, size, size, channels]."""
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, channels), dtype=np.uint8)


def file(folder: Path, name: str = "x.npz", **arrays: np.ndarray) -> Path:
    np.savez(folder / name, **(arrays or {"x": images()}))
    return folder / name


def pictures(folder: Path, x: np.ndarray, ending: str = "png") -> Path:
    folder.mkdir()
    for i, image in enumerate(x):
        Image.fromarray(image).save(folder / f"{i:04}.{ending}")
    return folder


def call(folder: Path, *args: str, metrics: str | None = "ndb,search") -> int:
    flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "out")]
    flags += ["--metrics", metrics] if metrics else []
    return evaluate.main([*flags, *args])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of two methods."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        tiny.quick(patch)
        assert run_again(folder) == 0
    return folder


def run_again(folder: Path) -> int:
    flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "out"), "--executor", "inprocess"]
    return run([*flags, "--metrics", "ndb,search"])


def test_a_row_of_its_own_in_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "--samples", str(file(tmp_path)), "--name", "MyGAN") == 0
    assert "MyGAN" in capsys.readouterr().out
    frame = results.load(tmp_path / "out")
    own = frame[frame["method"] == "MyGAN"]
    assert set(own["kind"]) == {"method"} and own["run"].nunique() == 1 and set(own["step"]) == {8}
    done, skipped = own[own["status"] == "ok"], own[own["status"] == "skipped"]
    assert done["value"].notna().all() and set(done["metric"].str.partition(".")[0]) == {"ndb"}
    assert set(skipped["reason"]) == {"the method has no encoder"}
    assert {"real", "mean-image", "untrained"} <= set(frame.loc[frame["kind"] != "method", "method"])
    (record,) = results.records(tmp_path / "out").to_dict("records")
    assert (
        record["weights_sha256"]
        == Samples(torch.from_numpy(images()).permute(0, 3, 1, 2).contiguous()).sha256
    )
    assert record["weights_sha256"][:16] in results.meta(tmp_path / "out")["notes"][0]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "MyGAN, measured on" in page and "was trained elsewhere" in page
    assert ("samples", 8) in results.panels(tmp_path / "out", record["run"])
    assert verify.main([str(tmp_path / "out")]) == 0
    assert "--samples" not in results.meta(tmp_path / "out")["command"]


def test_it_stands_among_the_methods_and_stays_there(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.quick(monkeypatch)
    shutil.copytree(trained / "out", tmp_path / "out")
    before = results.load(tmp_path / "out")
    model = tmp_path / "mine.py"
    model.write_text(MODEL)
    assert call(tmp_path, "--model", str(model), metrics=None) == 0
    after = results.load(tmp_path / "out")
    assert after[after["method"] != "mine"].reset_index(drop=True).equals(before)
    own = after[after["method"] == "mine"]
    assert set(own["status"]) == {"ok"} and set(own["metric"]) == set(before["metric"]) - {""}
    assert set(own["family"]) == {"aegan"} and results.meta(tmp_path / "out")["title"] == "Tiny"
    assert verify.main([str(tmp_path / "out"), "--sample", "0"]) == 0
    assert run_again(tmp_path) == 0
    again = results.load(tmp_path / "out")
    key = ["run", "metric"]
    values = [f[f["method"] == "mine"].sort_values(key)["value"].tolist() for f in (after, again)]
    assert values[0] == values[1] and "mine" in results.meta(tmp_path / "out")["methods"]
    capsys.readouterr()


def test_another_preset_than_the_folder_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = ("--samples", str(file(tmp_path)))
    assert call(tmp_path, *samples, metrics="ndb") == 0
    assert evaluate.main([*samples, "--seed", "1", "--preset", "modes", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "--preset modes" in error and "holds results of tiny" in error and "another --out" in error
    others = ("--samples", str(file(tmp_path, "b.npz", x=images(seed=1))))
    assert evaluate.main([*others, "--seed", "1", "--metrics", "ndb", "--out", str(tmp_path / "out")]) == 0
    frame = results.load(tmp_path / "out")
    assert set(frame.loc[frame["method"] == "samples", "seed"]) == {0, 1}


def test_references_through_another_extractor_stay(tmp_path: Path) -> None:
    assert call(tmp_path, "--samples", str(file(tmp_path)), metrics="ndb") == 0
    path = tmp_path / "out" / results.TABLE
    frame = pd.read_parquet(path)
    other = frame[frame["kind"] != "method"].assign(extractor="random")
    pd.concat([frame, other], ignore_index=True).to_parquet(path)
    assert (
        call(tmp_path, "--samples", str(file(tmp_path, x=images(seed=1))), "--seed", "1", metrics="ndb") == 0
    )
    found = results.load(tmp_path / "out")
    assert (found["extractor"] == "random").sum() == len(other) > 0
    references = found[(found["kind"] != "method") & (found["extractor"] == "")]
    assert not references.duplicated(["run", "method", "metric"]).any() and len(references) == len(other)


def test_a_baseline_that_is_there_stays(tmp_path: Path) -> None:
    """Also where the very key is computed again, for other samples than the runs'."""
    assert call(tmp_path, "--samples", str(file(tmp_path)), metrics="ndb") == 0
    path = tmp_path / "out" / results.TABLE
    frame = pd.read_parquet(path)
    baseline = frame["kind"] == "baseline"
    frame.assign(value=frame["value"].mask(baseline, 0.125)).to_parquet(path)
    assert (
        call(tmp_path, "--samples", str(file(tmp_path, x=images(seed=4))), "--seed", "1", metrics="ndb") == 0
    )
    found = results.load(tmp_path / "out")
    assert set(found.loc[found["kind"] == "baseline", "value"]) == {0.125}


def test_the_same_samples_are_not_two_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = str(file(tmp_path))
    assert call(tmp_path, "--samples", x, metrics="ndb") == 0
    assert call(tmp_path, "--samples", x, "--seed", "1", metrics="ndb") == 2
    assert "has these very samples as samples, seed 0" in capsys.readouterr().err


def test_references_of_another_size_stay(tmp_path: Path) -> None:
    """What --set samples=N adds is another n; the columns of the results that are there keep their baselines."""
    more = ("--samples", str(file(tmp_path, x=images(200))), "--set", "samples=100", "--extractor", "random")
    assert call(tmp_path, *more, metrics="prdc") == 0
    before = results.load(tmp_path / "out")
    fewer = (
        "--samples",
        str(file(tmp_path, "b.npz", x=images(128, seed=1))),
        "--set",
        "samples=64",
        *more[4:],
    )
    assert call(tmp_path, *fewer, "--seed", "1", metrics="prdc") == 0
    after = results.load(tmp_path / "out")
    of = [frame[frame["kind"] != "method"].groupby("n")["run"].size() for frame in (before, after)]
    assert len(of[0]) == 1 and of[1].index.nunique() == 2 and of[1][of[0].index[0]] == of[0].iloc[0]


def test_one_name_and_seed_is_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = file(tmp_path, "a.npz"), file(tmp_path, "b.npz", x=images(seed=1))
    assert call(tmp_path, "--samples", str(first), metrics="ndb") == 0
    assert call(tmp_path, "--samples", str(second), metrics="ndb") == 2
    assert "samples, seed 0, of other samples already" in capsys.readouterr().err
    assert call(tmp_path, "--samples", str(second), "--seed", "1", metrics="ndb") == 0
    records = results.records(tmp_path / "out")
    assert sorted(records["seed"]) == [0, 1]
    third = file(tmp_path, "c.npz", x=images(seed=2))
    assert call(tmp_path, "--samples", str(third), "--replace", metrics="ndb") == 0
    frame, records = results.load(tmp_path / "out"), results.records(tmp_path / "out")
    assert records["weights_sha256"].nunique() == 2 and len(records) == 2
    assert frame.loc[frame["kind"] == "method", "run"].nunique() == 2
    assert len(list((tmp_path / "out" / "set-aside").iterdir())) == 1


def test_three_seeds_of_ones_own_have_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below three the values themselves are shown, as for any method."""
    for seed in range(3):
        x = file(tmp_path, f"{seed}.npz", x=images(seed=seed))
        assert call(tmp_path, "--samples", str(x), "--name", "MyGAN", "--seed", str(seed), metrics="ndb") == 0
        table = pd.read_csv(tmp_path / "out" / "tables" / "summary.csv").set_index("name").loc["MyGAN"]
        counts = [name for name in table.index if name.endswith(" n")]
        assert counts and {int(table[name]) for name in counts} == {seed + 1}
        for name in counts:
            measure = name.removesuffix(" n")
            low, mean, high = (table[f"{measure} {end}"] for end in ("low", "mean", "high"))
            assert low <= mean <= high if seed == 2 else pd.isna(low) and pd.isna(high), (seed, name)
    shown = next(
        line
        for line in (tmp_path / "out" / "tables" / "summary.md").read_text().splitlines()
        if line.startswith("| MyGAN")
    )
    assert "n = 3" in shown and "raw" not in shown
    capsys.readouterr()


def test_a_folder_of_pictures_and_an_array_are_the_same_samples(tmp_path: Path) -> None:
    x = images(20)
    made = [
        read(pictures(tmp_path / "png", x), SHAPE, "toonfaces"),
        read(file(tmp_path, "a.npz", arr_0=x, arr_1=np.arange(20)), SHAPE, "toonfaces"),
        read(file(tmp_path, "b.npz", x=x.transpose(0, 3, 1, 2)), SHAPE, "toonfaces"),
        read(file(tmp_path, "c.npz", x=x.astype(np.float32) / 255), SHAPE, "toonfaces"),
    ]
    assert len({Samples(each).sha256 for each in made}) == 1
    grey = images(5, channels=1)
    assert torch.equal(
        read(pictures(tmp_path / "grey", grey[..., 0]), (1, 8, 8), "digits"),
        read(file(tmp_path, "grey.npz", x=grey[..., 0]), (1, 8, 8), "digits"),
    )
    points = np.random.default_rng(0).normal(size=(9, 2))
    assert read(file(tmp_path, "points.npz", x=points), (2,), "mixtures").dtype == torch.float32


def test_samples_are_drawn_in_a_fixed_order_and_never_twice() -> None:
    model = Samples(torch.arange(6, dtype=torch.uint8).reshape(6, 1, 1, 1))
    rng = torch.Generator()
    drawn = (model.generate(model.latents(6, rng)) * 255).round().flatten().tolist()
    assert sorted(drawn) == [0, 1, 2, 3, 4, 5] and drawn != sorted(drawn)
    assert (model.generate(model.latents(3, rng)) * 255).round().flatten().tolist() == drawn[:3]
    with pytest.raises(Unavailable, match="it needs 7 samples, and 6 are given"):
        model.latents(7, rng)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": images(size=16)}, "images uint8[128, 16, 16, 3], toonfaces has 8x8 and 3 channels here"),
        ({"x": images(channels=1)[..., 0]}, "images uint8[128, 8, 8], toonfaces has 8x8 and 3 channels"),
        ({"x": images(127)}, "holds 127 samples; 128 are wanted, twice as many"),
        ({"x": images() / 127.5 - 1}, "holds values from -1 to 1, wants images"),
        ({"x": images().astype(np.int64)}, "holds torch.int64, wants images"),
        ({"x": np.where(images() > 9, np.nan, 0.5)}, "holds values that are not finite"),
        ({"a": images(), "b": images()}, "call the array of samples x, or leave the others out"),
        ({"x": images()[:0]}, "uint8[0, 8, 8, 3]: rows of numbers are wanted"),
        ({"x": images().astype(str)}, "rows of numbers are wanted"),
    ],
)
def test_arrays_that_do_not_fit(
    arrays: dict[str, np.ndarray], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "--samples", str(file(tmp_path, **arrays))) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0], lines
    assert not (tmp_path / "out").exists()


def test_no_points_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has float32\[0, 2\]: rows of numbers are wanted"):
        read(file(tmp_path, x=np.zeros((0, 2), np.float32)), (2,), "ring8")


def test_pictures_that_do_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        "large": (images(2, size=16), "0000.png is 16x16 pixels, toonfaces has 8x8 and 3 channels here"),
        "grey": (images(2)[..., 0], "is of Pillow's mode L, toonfaces has 3 channels: save it as RGB"),
        "alpha": (images(2, channels=4), "is of Pillow's mode RGBA"),
    }
    for name, (x, said) in cases.items():
        assert call(tmp_path, "--samples", str(pictures(tmp_path / name, x))) == 2
        assert said in capsys.readouterr().err
    (tmp_path / "large" / "0000.png").write_bytes(b"no picture")
    assert call(tmp_path, "--samples", str(tmp_path / "large")) == 2
    assert "not a readable image" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    for place, said in [("empty", "holds no pictures"), ("nowhere", "does not exist")]:
        assert call(tmp_path, "--samples", str(tmp_path / place)) == 2
        assert said in capsys.readouterr().err
    read(pictures(tmp_path / "jpeg", images(2), "jpg"), SHAPE, "toonfaces")
    assert "holds JPEG pictures" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("latent = 6", "", "latent = None: the width of z is wanted"),
        ("def ", "def no_", "defines neither generate(z) nor encode(x)"),
        ("-1, 3, 8, 8", "-1, 8, 8, 3", "generate gave shape [8, 8, 8, 3], wants images [n, 3, 8, 8]"),
        ("sigmoid", "tanh", "(x + 1) / 2"),
        ("z @ W", "z @ W + torch.randn(len(z), 1)", "generate gave two results for one input"),
        ("z @ W", "(z @ W) - (z @ W).mean(0)", "depends on the other rows of the batch: call .eval()"),
        (".T", ".T[:, :5]", "encode gave torch.float32 [8, 192]"),
        ("@ W.T", "@ W.T[:, :5]", "wants float [n, 6], for latent = 6"),
        ("z @ W", "z @ V", "generate raised NameError"),
        ("import torch", "import torch; 1 / 0", "ZeroDivisionError"),
    ],
)
def test_models_that_do_not_keep_to_the_protocol(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(MODEL.replace(old, new))
    if said.startswith("encode gave"):
        path.write_text(MODEL.replace("@ W.T", ""))
    assert call(tmp_path, "--model", str(path)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0], lines
    assert not (tmp_path / "out").exists()


def test_a_models_own_prior_and_what_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(MODEL + "\ndef latents(n, rng):\n    return torch.rand(n, 6, generator=rng)\n")
    made = External(path, SHAPE)
    z = made.latents(50, torch.Generator().manual_seed(0))
    assert 0 <= float(z.min()) < float(z.max()) <= 1
    assert made.sha256 == External(path, SHAPE).sha256
    other = tmp_path / "other.py"
    other.write_text(path.read_text().replace("manual_seed(0)", "manual_seed(1)"))
    assert External(other, SHAPE).sha256 != made.sha256


def test_names_and_other_folders(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(trained / "out", tmp_path / "out")
    x = str(file(tmp_path))
    for args, said in [
        (("--name", "gan"), "is a method of this program"),
        (("--name", "mean-image"), "is a reference row of this program"),
        (("--name", ""), "one line of at most 40 characters"),
        (("--name", "a\nb"), "one line of at most 40 characters"),
        (("--seed", "-1"), "must be 0 to"),
        (("--dataset", "digits"), "holds results on toonfaces, none on digits: give another --out"),
        (("--set", "data.size=16"), "give another --out"),
    ]:
        assert call(tmp_path, "--samples", x, *args) == 2
        assert said in capsys.readouterr().err, args
    assert not (tmp_path / "out" / foreign.FOLDER).exists()


def test_a_damaged_row_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = str(file(tmp_path))
    assert call(tmp_path, "--samples", x, metrics="ndb") == 0
    (path,) = (tmp_path / "out" / foreign.FOLDER).glob(f"*/{foreign.FILE}")
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 3'))
    assert call(tmp_path, "--samples", x, metrics="ndb") == 2
    assert f"{path} is damaged" in capsys.readouterr().err


@pytest.mark.slow
def test_a_damaged_value_is_set_aside_by_the_next_command(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained / "out", tmp_path / "out")
    x = str(file(tmp_path))
    assert call(tmp_path, "--samples", x, metrics=None) == 0
    path = next((tmp_path / "out" / foreign.FOLDER).glob("*/metrics/*.json"))
    path.write_text(path.read_text()[:50])
    capsys.readouterr()
    assert run_again(tmp_path) == 0
    assert "benchmarks.evaluate computes it again" in capsys.readouterr().out and not path.exists()
    assert call(tmp_path, "--samples", x, metrics=None) == 0 and path.exists()


def test_figures_are_not_written_among_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures(tmp_path / "faces", images(640))
    own = ["--dataset", "folder", "--data-root", str(tmp_path), "--set", "data.size=8"]
    assert call(tmp_path, "--samples", str(file(tmp_path)), *own) == 2
    assert "lies below --data-root" in capsys.readouterr().err
