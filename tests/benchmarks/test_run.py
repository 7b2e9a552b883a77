"""The command from end to end: what it writes, what a second call does, exit codes, and reading the results back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks import results, sample
from benchmarks.execution import backends
from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Lost
from benchmarks.planning.plan import Node
from benchmarks.run import main
from benchmarks.snapshots import pictures
from benchmarks.storage.run_folder import lock_folder
from tests.benchmarks import tiny

Out = tuple[Path, str]


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have their own tests; drawing one takes seconds."""
    tiny.quick(monkeypatch)


def call(out: Path, *args: str) -> int:
    """The command on the tiny preset beside `out`."""
    return main(
        ["--preset", str(out.parent / "tiny.toml"), "--out", str(out), "--executor", "inprocess", *args]
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Out]:
    """A finished comparison and what it said."""
    from contextlib import redirect_stdout
    from io import StringIO

    folder = tmp_path_factory.mktemp("done")
    tiny.file(folder)
    said = StringIO()
    with redirect_stdout(said):
        assert call(folder / "out") == 0
    yield folder / "out", said.getvalue()


def test_it_says_beforehand_what_it_will_take_and_at_the_end_where_the_report_is(done: Out) -> None:
    out, said = done
    lines = said.splitlines()
    assert "2 runs to train, 0 found; about " in lines[1] and "memory" in lines[1] and "disk" in lines[1]
    assert any(line.startswith("[1/2] aegan, seed 0: ok, ") for line in lines)
    assert lines[-1] == f"report: {out / 'report.html'}"


def test_what_it_writes(done: Out) -> None:
    out, _ = done
    for name in ("results.parquet", "records.parquet", "meta.json", "report.html"):
        assert (out / name).stat().st_size > 0
    assert list((out / "tables").glob("*.csv")) and list((out / "figures").glob("*.png"))
    for run in (out / "runs").iterdir():
        assert {"config.json", "history.jsonl", "record.json", "weights", "metrics", "panels"} <= {
            p.name for p in run.iterdir()
        }
        record = json.loads((run / "record.json").read_text())
        assert len(record["weights_sha256"]) == 64 and record["wall_s"] > 0 and record["peak_memory_mb"] > 0


@pytest.mark.usefixtures("no_report")
def test_a_second_call_trains_nothing_and_says_so(done: Out, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = done
    before = results.records(out)
    weights = {path: path.stat().st_mtime_ns for path in out.glob("runs/*/weights/*")}
    assert call(out) == 0
    said = capsys.readouterr().out
    assert "nothing to train: every run was found finished" in said and "0 runs to train, 2 found;" in said
    assert {path: path.stat().st_mtime_ns for path in out.glob("runs/*/weights/*")} == weights
    pd.testing.assert_frame_equal(results.records(out), before)


@pytest.mark.usefixtures("no_report")
def test_a_metric_asked_for_later_trains_nothing(done: Out, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = done
    try:
        assert call(out, "--metrics", "search,fid") == 0
        assert "nothing to train" in capsys.readouterr().out
        assert {name.partition(".")[0] for name in results.load(out)["metric"]} == {"search", "fid"}
    finally:
        assert call(out) == 0


def test_a_dry_run_trains_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.file(tmp_path)
    assert call(tmp_path / "out", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "gan, seed 0" in said and "aegan, seed 0" in said and "reference rows" in said
    assert not (tmp_path / "out").exists()


def test_a_dry_run_disturbs_no_command_and_needs_no_right_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.file(tmp_path)
    with lock_folder(tmp_path / "out"):
        before = sorted(tmp_path.rglob("*"))
        assert call(tmp_path / "out", "--dry-run") == 0
        assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "theirs" / "runs").mkdir(parents=True)
    assert call(tmp_path / "theirs", "--dry-run") == 2
    assert "holds runs, which this program did not write" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["methods", "datasets", "metrics", "presets", "families"])
def test_lists_have_a_line_for_each(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_the_list_of_data_sets_says_which_are_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def states(*args: str) -> dict[str, str]:
        assert main(["--list", "datasets", "--cache", str(tmp_path / "cache"), *args]) == 0
        said = capsys.readouterr()
        assert "--data-root, or get public ones with --download" in said.err
        return {line.split()[0]: " ".join(line.split()[1:3]) for line in said.out.splitlines()}

    alone = states()
    assert alone["toonfaces"].startswith("ready ") and alone["mnist"] == alone["folder"] == "no files"
    (tmp_path / "data").mkdir()
    found = states("--data-root", str(tmp_path / "data"))
    assert found["folder"] == found["celeba-hq"] == found["mnist"] == "no files"
    Image.new("RGB", (8, 8)).save(tmp_path / "data" / "one.png")
    found = states("--data-root", str(tmp_path / "data"))
    assert found["folder"].startswith("ready ") and found["mnist"] == "no files"


def test_the_tidy_table(done: Out) -> None:
    frame = results.load(done[0])
    assert tuple(frame.columns) == results.COLUMNS
    assert frame["value"].dtype == np.float64 and str(frame["seed"].dtype) == "Int64"
    assert set(frame["kind"]) == {"method", "ceiling", "baseline"}
    own = frame[(frame["kind"] == "method") & (frame["status"] == "ok")]
    assert set(own["method"]) == {"aegan"} and set(own["step"]) == {4, 8} and set(own["seed"]) == {0}
    skipped = frame[(frame["method"] == "gan") & (frame["status"] == "skipped")]
    assert len(skipped) and skipped["reason"].str.len().min() > 0 and skipped["value"].isna().all()
    assert set(own["n"]) == {32}  # queries of search: half of the images
    assert not frame.duplicated(["run", "method", "variant", "seed", "step", "metric"]).any()


@pytest.mark.usefixtures("no_report")
def test_n_is_how_many_there_really_are(tmp_path: Path) -> None:
    tiny.file(tmp_path)
    assert call(tmp_path / "out", "--methods", "aegan", "--set", "samples=500") == 0
    frame = results.load(tmp_path / "out")
    assert set(frame[frame["status"] == "ok"]["n"]) == {
        50
    }  # half of 100, which are half of the training images


def test_records_histories_panels_and_meta(done: Out) -> None:
    out, _ = done
    records = results.records(out).set_index("method")
    assert set(records["status"]) == {"ok"} and set(records.index) == {"gan", "aegan"}
    run = str(records.loc["aegan", "run"])
    history = results.history(out, run)
    assert list(history["step"]) == [4, 8] and {"rec_x", "rec_z", "real_x"} <= set(history.columns)
    panels = results.panels(out, run)
    assert {("samples", 4), ("samples", 8), ("reconstructions", 8), ("interpolations", 8)} <= set(panels)
    with np.load(panels["samples", 8], allow_pickle=False) as arrays:
        assert arrays["x"].shape == (64, 8, 8, 3) and arrays["x"].dtype == np.uint8
    meta = results.meta(out)
    assert (
        meta["preset"] == "tiny"
        and set(meta["methods"]) == {"gan", "aegan"}
        and meta["parts"][0]["n_test"] == 128
    )
    assert meta["command"].startswith("python -m benchmarks.run --preset ")
    assert all(name in meta["metrics"] for name in set(results.load(out)["metric"]))


def test_a_run_comes_back_as_a_model(done: Out) -> None:
    out, _ = done
    run = str(results.records(out).set_index("method").loc["aegan", "run"])
    model = results.load_run(out, run[:6])
    z = model.latents(5, torch.Generator().manual_seed(0))
    x = model.generate(z)
    assert z.shape == (5, 4) and x.shape == (5, 3, 8, 8) and 0 <= x.min() and x.max() <= 1
    assert model.encode(x).shape == (5, 4) and model.can == {"generate", "encode"}
    assert torch.equal(x, results.load_run(out, run).generate(z))
    assert not torch.equal(x, results.load_run(out, run, step=4).generate(z))


@pytest.mark.parametrize(
    ("run", "step", "said"),
    [
        ("zzz", None, "is not there"),
        ("", None, "is ambiguous"),
        ("aegan", 5, "no weights of step 5: known are 4, 8"),
    ],
)
def test_a_run_that_is_not_there_is_named(done: Out, run: str, step: int | None, said: str) -> None:
    out, _ = done
    known = results.records(out).set_index("method")["run"]
    with pytest.raises(ValueError, match=said):
        results.load_run(out, str(known.get(run, run)), step)


def test_no_results_are_one_line(tmp_path: Path) -> None:
    for read in (results.load, results.records, results.meta):
        with pytest.raises(ValueError, match="holds no results"):
            read(tmp_path)
    (tmp_path / "results.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(ValueError, match="is damaged"):
        results.load(tmp_path)
    (tmp_path / "runs" / "killed").mkdir(parents=True)
    (tmp_path / "runs" / "killed" / "history.jsonl").write_text(
        '{"step": 20, "rec_x": 0.5}\n{"step": 40, "re'
    )
    assert results.history(tmp_path, "killed").to_dict("list") == {"step": [20], "rec_x": [0.5]}
    assert results.history(tmp_path, "abc").empty and results.panels(tmp_path, "abc") == {}


def test_results_need_no_torch() -> None:
    code = "import sys, benchmarks.results; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.usefixtures("no_report")
def test_a_run_that_diverges_is_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.file(tmp_path)
    args = ["--methods", "aegan,gan", "--set", "method.aegan.optim.lr=1e30"]
    assert call(tmp_path / "out", *args) == 1
    assert "aegan, seed 0: diverged" in capsys.readouterr().out
    records = results.records(tmp_path / "out").set_index("method")
    assert records.loc["aegan", "status"] == "diverged" and records.loc["aegan", "step"] in (4, 8)
    assert "last finite losses" in records.loc["aegan", "reason"] and records.loc["gan", "status"] == "ok"
    frame = results.load(tmp_path / "out")
    assert len(frame[(frame["method"] == "aegan") & (frame["status"] == "diverged")]) == 1
    assert call(tmp_path / "out", *args) == 1, "diverged still counts"
    assert "nothing to train" in capsys.readouterr().out, "it is not tried again unless asked"
    assert call(tmp_path / "out", *args, "--force") == 1
    assert "2 runs to train" in capsys.readouterr().out


@pytest.mark.usefixtures("no_report")
def test_a_run_that_fails_is_a_row_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from methods.gan import GAN

    def trouble(self: Any, n: Any, b: Any) -> Any:
        raise RuntimeError("out of luck")

    tiny.file(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(GAN, "term_adv_x_gen", trouble)
        assert call(tmp_path / "out") == 1
    records = results.records(tmp_path / "out").set_index("method")
    assert dict(records["status"]) == {"gan": "failed", "aegan": "ok"}
    assert records.loc["gan", "reason"] == "RuntimeError: out of luck"
    assert "out of luck" in capsys.readouterr().out
    assert call(tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert "[2/2] gan, seed 0: ok" in said and "1 run to train, 1 found;" in said


@pytest.mark.usefixtures("no_report")
def test_ctrl_c_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.file(tmp_path)

    class Interrupting(InProcess):
        ended = 0  # runs

        def wait(self) -> list[tuple[Node, Outcome | Lost]]:
            if self.ended:
                raise KeyboardInterrupt
            found = super().wait()
            self.ended += sum(node.kind == "run" for node, _ in found)
            return found

    with monkeypatch.context() as patch:
        patch.setitem(backends.BACKENDS, "inprocess", lambda *flags: nullcontext(Interrupting()))
        assert call(tmp_path / "out") == 130
    captured = capsys.readouterr()
    assert "interrupted: finished runs are kept" in captured.err and "Traceback" not in captured.err
    assert sorted(results.records(tmp_path / "out")["status"]) == ["failed", "ok"]
    assert call(tmp_path / "out") == 0
    assert "1 run to train, 1 found;" in capsys.readouterr().out


def grid(done: Out, tmp_path: Path, *args: str) -> int:
    run = str(results.records(done[0]).set_index("method").loc["aegan", "run"])
    (tmp_path / "grid.png").unlink(missing_ok=True)  # nothing is overwritten
    return sample.main([run[:8], "--out", str(done[0]), "--to", str(tmp_path / "grid.png"), *args])


def test_a_grid_of_samples(done: Out, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grid(done, tmp_path, "--n", "10") == 0
    assert f"10 samples of aegan, seed 0: {tmp_path / 'grid.png'}" in capsys.readouterr().out
    with Image.open(tmp_path / "grid.png") as image:
        assert image.size == (8 * (4 * 10 + 2), 8 * (3 * 10 + 2)) and image.mode == "RGB"
    first = (tmp_path / "grid.png").read_bytes()
    assert grid(done, tmp_path, "--n", "10") == 0 and (tmp_path / "grid.png").read_bytes() == first
    assert (
        grid(done, tmp_path, "--n", "10", "--seed", "1") == 0
        and (tmp_path / "grid.png").read_bytes() != first
    )
    assert (
        grid(done, tmp_path, "--n", "10", "--step", "4") == 0
        and (tmp_path / "grid.png").read_bytes() != first
    )


@pytest.mark.parametrize(("args", "said"), [
    (["--n", "0"], "--n 0"), (["--seed=-1"], "--seed -1"), (["--step", "7"], "known are 4, 8"),
    (["--to", "grid.txt"], "must end in .png or .npz, or be a folder"),
])  # fmt: skip
def test_a_grid_that_cannot_be_drawn(
    done: Out, tmp_path: Path, args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grid(done, tmp_path, *args) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1 and error[0].startswith("error: ") and said in error[0]


def test_a_grid_of_an_unknown_run(done: Out, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample.main(["zzz", "--out", str(done[0])]) == 2
    assert "run 'zzz' is not there" in capsys.readouterr().err
    assert sample.main(["", "--out", str(done[0])]) == 2
    assert "is ambiguous" in capsys.readouterr().err


def test_a_grid_of_points() -> None:
    assert pictures.scatter(torch.rand(20, 2)).startswith(b"\x89PNG")
    assert pictures.grid(torch.rand(3, 1, 28, 28)).startswith(b"\x89PNG")
