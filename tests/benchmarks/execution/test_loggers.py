"""--log: what TensorBoard and MLflow's own readers find is what the results folder holds, once, also after going on."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import results
from benchmarks.execution.loggers import base
from benchmarks.execution.loggers.follow import Follower
from benchmarks.execution.outcome import Outcome
from benchmarks.run import main
from tests.benchmarks import tiny

# What they warn of in one another is theirs.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{kind}") for kind in ("DeprecationWarning", "FutureWarning")
]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.quick(monkeypatch)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def call(folder: Path, *args: str) -> int:
    flags = ["--preset", str(tiny.file(folder)), "--out", str(folder / "out"), "--executor", "inprocess"]
    return main([*flags, "--set", "steps=40", "--set", "evaluate=[20,40]", "--metrics", "ndb", *args])


def expected(out: Path, method: str) -> dict[tuple[str, int], float]:
    """(name, step) -> value of a run's history and metrics, as the folder holds them."""
    run = results.records(out).set_index("method").loc[method, "run"]
    history, frame = results.history(out, run), results.load(out)
    own = frame[(frame["run"] == run) & (frame["status"] == "ok")]
    made = {(row.metric.replace(".", "/"), int(row.step)): row.value for row in own.itertuples()}
    for row in history.to_dict("records"):
        made |= {(f"loss/{name}", int(row["step"])): value for name, value in row.items() if name != "step"}
    return made


def events(out: Path, method: str) -> list[tuple[str, int, float]]:
    """Every scalar that TensorBoard's own reader finds."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    (folder,) = (out / "tensorboard").glob(f"{method}-seed*")
    reader = accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    reader.Reload()
    assert len(reader.Images("samples")) == 2 and "config/text_summary" in reader.Tags()["tensors"]
    return [(tag, e.step, e.value) for tag in reader.Tags()["scalars"] for e in reader.Scalars(tag)]


@pytest.mark.slow
def test_tensorboard_reads_what_the_folder_holds(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra tensorboard is not installed")
    assert call(tmp_path, "--log", "tensorboard") == 0
    for method in ("gan", "aegan"):
        found, wanted = events(tmp_path / "out", method), expected(tmp_path / "out", method)
        assert len(found) == len(wanted) and len(wanted) > 6
        for name, step, value in found:
            assert value == pytest.approx(wanted[name, step], rel=1e-6), (name, step)
    assert "--log" not in results.meta(tmp_path / "out")["command"]

    # Again: nothing is copied twice; what is new is added; what was deleted comes back.
    before = {path: path.stat().st_size for path in (tmp_path / "out" / "tensorboard").rglob("events.*")}
    assert call(tmp_path, "--log", "tensorboard") == 0
    assert {
        path: path.stat().st_size for path in (tmp_path / "out" / "tensorboard").rglob("events.*")
    } == before
    assert call(tmp_path, "--log", "tensorboard", "--metrics", "ndb,collapse") == 0
    found = events(tmp_path / "out", "aegan")
    assert {name for name, *_ in found} >= {"ndb/ndb", "collapse/vendi_ratio"}
    assert len({(name, step) for name, step, _ in found}) == len(found)
    for path in (tmp_path / "out" / "tensorboard").rglob("events.*"):
        path.unlink()
    assert call(tmp_path, "--log", "tensorboard", "--metrics", "ndb,collapse") == 0
    assert sorted(events(tmp_path / "out", "aegan")) == sorted(found)


@pytest.mark.slow
def test_mlflow_reads_what_the_folder_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("mlflow", "alembic"):
        pytest.importorskip(package, reason="the extra mlflow is not installed")
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'tracking.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert call(tmp_path, "--log", "mlflow") == 0
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("tiny")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"gan, seed 0", "aegan, seed 0"}
    own = runs["aegan, seed 0"]
    assert own.info.status == "FINISHED" and own.data.params["optim.lr"] == "0.0002"
    wanted = expected(tmp_path / "out", "aegan")
    found = {
        (name, point.step): point.value
        for name in own.data.metrics
        for point in client.get_metric_history(own.info.run_id, name)
    }
    assert found == pytest.approx(wanted)
    run = results.records(tmp_path / "out").set_index("method").loc["aegan", "run"]
    assert own.data.tags["run"] == run

    assert call(tmp_path, "--log", "mlflow", "--metrics", "ndb,collapse") == 0
    assert len(client.search_runs([experiment.experiment_id])) == 2
    again = client.get_run(own.info.run_id)
    assert "collapse/vendi_ratio" in again.data.metrics and again.info.status == "FINISHED"
    assert len(client.get_metric_history(own.info.run_id, "ndb/ndb")) == 2
    assert not (tmp_path / "out" / "mlflow.db").exists()


class Recording:
    """A logger that keeps what it is given, and fails when it is told to."""

    def __init__(self, place: str = "here", broken: bool = False) -> None:
        self.place, self.broken = place, broken
        self.found: list[tuple[str, Any]] = []

    def holds(self, name: str) -> bool:
        return True

    def open(self, run: str, title: str, known: str | None, config: Any) -> tuple[str, bool]:
        return known or run, known is not None

    def points(self, name: str, points: list[base.Point]) -> None:
        if self.broken:
            raise ConnectionError("no route")
        self.found += [(name, point) for point in points]

    def image(self, name: str, path: Path, step: int) -> None:
        self.found.append((name, path.name))

    def end(self, name: str, status: str, reason: str) -> None:
        self.found.append((name, status))

    def close(self) -> None:
        if self.broken:
            raise OSError("disk full")


def test_what_a_logger_did_not_take_is_sent_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tiny.plan(tmp_path / "out", steps=40, evaluate=[20, 40], methods=["gan"], metrics=["ndb"])
    (node,) = plan.runs
    outcome = tiny.go(plan)[node.key]
    down = Follower(tmp_path / "out", [Recording("there", broken=True)])
    down.ended(node, outcome)
    down.close()
    later = Recording("there")
    Follower(tmp_path / "out", [later]).ended(node, outcome)
    steps = {point[2] for _, point in later.found if isinstance(point, tuple)}
    assert steps == {20, 40} and later.found[-1] == (node.key, "ok")
    capsys.readouterr()
    Follower(tmp_path / "out", [Recording("there", broken=True)]).close()
    assert "takes no more logs (OSError: disk full)" in capsys.readouterr().err


def test_a_logger_that_fails_costs_its_copy_and_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tiny.plan(tmp_path / "out", steps=40, evaluate=[20, 40], methods=["gan"], metrics=["ndb"])
    good, bad = Recording(), Recording("there", broken=True)
    follower = Follower(tmp_path / "out", [bad, good])
    outcomes = tiny.go(plan, progress=follower.progress)
    (node,) = plan.runs
    follower.ended(node, outcomes[node.key])
    follower.close()
    said = capsys.readouterr().err.splitlines()
    assert said == ["warning: there takes no more logs (ConnectionError: no route); the runs go on"]
    assert outcomes[node.key].status == "ok" and good.found[-1] == (node.key, "ok")
    points = [point for _, point in good.found if isinstance(point, tuple)]
    assert {step for _, _, step in points} == {20, 40} and len(set(points)) == len(points)

    # A command that goes on remembers; one that finds all copied opens nothing.
    after = Recording()
    Follower(tmp_path / "out", [after]).ended(node, Outcome(node.key, "ok", cached=True))
    assert after.found == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "give names"), ("wandb", "unknown logger 'wandb'"), ("tensorboard,csv", "unknown logger 'csv'")],
)
def test_a_logger_that_there_is_not(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        base.named(text)


def test_an_extra_that_is_not_installed_is_named_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(base.LOGGERS, "mlflow", "no_such_package")
    assert call(tmp_path, "--log", "mlflow") == 2
    assert "--log mlflow: it is not installed: pip install -e '.[mlflow]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_configuration_by_dotted_path() -> None:
    assert base.flat({"a": {"b": 1, "c": {"d": [2]}}, "e": {}}) == {"a.b": 1, "a.c.d": [2], "e": {}}
    assert json.dumps(base.flat({})) == "{}"
