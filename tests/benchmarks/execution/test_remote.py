"""What a worker does on a machine that shares nothing with the driver, and on one that shares everything; without Ray."""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from benchmarks.evaluation.keys import data_of
from benchmarks.execution.job import perform
from benchmarks.execution.ray import driver, transfer, worker
from benchmarks.execution.ray.mailbox import Mailbox
from benchmarks.execution.ray.worker import Order
from benchmarks.execution.start import begin
from benchmarks.planning.plan import Node, Plan
from benchmarks.storage import checkpoint
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.loop import Hooks, train
from tests.benchmarks import tiny


class Calls:
    """A mailbox whose methods answer at once, as an actor's do through `remote`."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self.mailbox, name)
        return SimpleNamespace(remote=method)


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """A mailbox, and a machine with a cache of its own."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda answer: answer))
    monkeypatch.setattr(worker, "default_cache", lambda: tmp_path / "elsewhere")
    monkeypatch.setattr(worker, "_caches", {})
    yield Calls()
    shutil.rmtree(worker._folder(), ignore_errors=True)


def order(node: Node, token: str = "") -> Order:
    """token: what lies in the driver's folders; with another one a worker takes them for another machine's."""
    data, _ = data_of(node.context, node.config)
    return Order(node, ".ray-mark", token, torch.__version__, (data.key, data.extractor.name))


def marked(made: Plan, token: str) -> None:
    for folder in (made.nodes[0].context.out, made.nodes[0].context.cache):
        (folder / ".ray-mark").write_text(token)


def values(out: Path) -> dict[str, str]:
    """The metrics' values by file."""
    return {
        path.relative_to(out).as_posix(): path.read_text().partition('"seconds"')[0]
        for path in out.glob("runs/*/metrics/*.json")
    }


def test_elsewhere_a_run_and_its_base_come_to_the_same_files(tmp_path: Path, mailbox: Calls) -> None:
    """Nothing is shared: base and extractor are fetched, files come back, nothing is left."""
    here, there = (
        tiny.plan(tmp_path / name, methods=["creswell"], method__creswell__options={"search_steps": 2, "restarts": 1})
        for name in ("here", "there")
    )  # fmt: skip
    tiny.go(here)
    marked(there, "the driver's")
    perform(there.nodes[0], lambda *event: None)
    for node in there.nodes[1:]:
        outcome, files = worker.work(order(node, "another's"), mailbox)
        assert outcome.status == "ok" and files, outcome
        assert not worker._folder().exists()
        transfer.unpack(files, node.context.out)
    assert tiny.weights(there) == tiny.weights(here) and len(tiny.weights(there)) == 2
    assert values(tmp_path / "there") == values(tmp_path / "here") != {}
    lists = [
        {
            p.relative_to(made.nodes[0].context.out)
            for p in made.nodes[0].context.out.rglob("*")
            if p.is_file()
        }
        for made in (here, there)
    ]
    assert lists[1] - lists[0] == {Path(".ray-mark")} and not lists[0] - lists[1]
    assert list((tmp_path / "elsewhere" / "ray").glob("toonfaces-*/extractors/*/weights.safetensors"))
    assert not (tmp_path / "elsewhere" / "extractors").exists()


def test_elsewhere_a_finished_run_is_only_evaluated_and_only_that_comes_back(
    tmp_path: Path, mailbox: Calls
) -> None:
    tiny.go(tiny.plan(tmp_path / "out", methods=["gan"]))
    more = tiny.plan(tmp_path / "out", methods=["gan"], metrics=["search", "kid"])
    outcome, files = worker.work(order(more.runs[0], "another's"), mailbox)
    assert outcome.cached and outcome.status == "ok"
    assert {Path(file.path).parent.name for file in files} == {"metrics"} and len(files) == 2


def test_on_shared_storage_a_lost_run_goes_on_and_its_record_says_so(tmp_path: Path, mailbox: Calls) -> None:
    whole = tiny.plan(tmp_path / "whole", methods=["gan"])
    lost = tiny.plan(tmp_path / "lost", methods=["gan"])
    tiny.go(whole)
    node = lost.runs[0]
    marked(lost, "the driver's")
    mailbox.mailbox.begin(node.key, "a machine that died")
    folder = RunFolder(node.context.out, node.key)
    leave_half_a_run(node)
    assert folder.record() is None
    outcome, files = worker.work(order(node, "the driver's"), mailbox)
    assert outcome.status == "ok" and not outcome.cached and files == []
    record, plain = folder.record(), RunFolder(whole.nodes[0].context.out, node.key).record()
    assert record is not None and plain is not None
    assert record["attempts"] == 2 and record["interrupted"] == outcome.reason
    assert outcome.reason.startswith("lost on a machine that died, went on from step 4 on ")
    assert record["weights_sha256"] == plain["weights_sha256"]
    assert record.keys() - plain.keys() == {"attempts", "interrupted"}


def leave_half_a_run(node: Node) -> None:
    """What a kill at step 4 leaves: checkpoint, history and weights of that step."""
    folder = RunFolder(node.context.out, node.key)
    run, _ = begin(node)

    class Killed(Exception):
        """The machine is gone."""

    def on_checkpoint() -> None:
        checkpoint.write(
            folder.checkpoint, run.tensors(), step=run.step, counts=run.counts, run=node.key, wall_s=0.0
        )
        if run.step == 4:
            raise Killed

    def on_log(step: int, row: dict[str, float]) -> None:
        folder.append_history({"step": step, **row})

    def on_evaluation(step: int) -> None:
        checkpoint.write(folder.weights(step), run.networks.modules.state_dict(), step=step, run=node.key)

    folder.path.mkdir(parents=True)
    with pytest.raises(Killed):
        train(run, Hooks(on_log, on_evaluation, on_checkpoint))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"torch": "1.0"}, "is not the driver's 1.0: install the same"),
        (
            {"data": ("toonfaces-other", "domain")},
            "are not the driver's, by their content: copy the same files there",
        ),
        ({"data": ("", "inception-v3-compat")}, "is not the driver's 'inception-v3-compat'"),
    ],
)
def test_a_machine_that_would_compute_something_else_says_so(
    change: dict[str, Any], says: str, tmp_path: Path, mailbox: Calls
) -> None:
    made = tiny.plan(tmp_path / "out", methods=["gan"])
    perform(made.nodes[0], lambda *event: None)
    marked(made, "the driver's")
    asked = order(made.runs[0], "the driver's")
    if "data" in change:
        change = {"data": tuple(new or old for new, old in zip(change["data"], asked.data, strict=True))}
    outcome, files = worker.work(replace(asked, **change), mailbox)
    assert outcome.status == "failed" and says in outcome.reason and outcome.reason.startswith("on ")
    assert files == [] and not RunFolder(made.nodes[0].context.out, made.runs[0].key).path.exists()


def test_a_machine_without_the_data_says_where_they_should_be(tmp_path: Path, mailbox: Calls) -> None:
    made = tiny.plan(tmp_path / "out", methods=["gan"])
    node = made.runs[0]
    data = {"size": 16, "test_share": 0.1}
    config = node.config.model_copy(update={"dataset": "folder", "data": data})
    context = replace(node.context, data_root=tmp_path / "not here")
    outcome, _ = worker.work(
        Order(replace(node, config=config, context=context), ".ray-mark", "", torch.__version__, ("key", "")), mailbox
    )  # fmt: skip
    assert (
        outcome.status == "failed" and f"--data-root {tmp_path / 'not here'} does not exist" in outcome.reason
    )


def test_a_plugin_travels(tmp_path: Path, mailbox: Calls) -> None:
    text = 'from methods.gan import GAN\n\n\nclass Mine(GAN):\n    name = "mine-remote"\n    title = "Mine"\n'
    made = tiny.plan(tmp_path / "out", methods=["gan"])
    asked = replace(order(made.runs[0]), plugins=(("/nowhere/mine.py", text),))
    node, _ = worker._placed(asked, mailbox)
    assert [Path(file).read_text() for file in node.context.plugins] == [text]


def test_files_arrive_as_they_were_sent_or_not_at_all(tmp_path: Path) -> None:
    for name, content in {"a/record.json": b"1", "a/b/x": b"2", "a/.x.tmp": b"3"}.items():
        (tmp_path / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / name).write_bytes(content)
    files = transfer.pack(tmp_path / "from", ["a/**/*"])
    assert [file.path for file in files] == ["a/b/x", "a/record.json"]
    transfer.unpack(files, tmp_path / "to")
    assert (tmp_path / "to" / "a" / "b" / "x").read_bytes() == b"2"
    assert transfer.pack(tmp_path / "to", ["a/**/*"], {"a/b/x": files[0].sha256}) == files[1:]
    for bad, says in (
        (replace(files[0], content=b"4"), "a/b/x arrived damaged"),
        (replace(files[0], path="../x"), "does not belong below"),
        (replace(files[0], path="/x"), "does not belong below"),
    ):
        with pytest.raises(ValueError, match=says):
            transfer.unpack([files[1], bad], tmp_path / "bad")
        assert not (tmp_path / "bad").exists()


def test_the_mailbox_counts_who_began_and_hands_news_on_once() -> None:
    mailbox = Mailbox()
    assert [mailbox.begin("run", host) for host in ("a", "b", "c")] == [[], ["a"], ["a", "b"]]
    assert mailbox.begin("other", "a") == []
    mailbox.post("run", "train", 4, 8)
    assert mailbox.news() == [("run", "train", 4, 8)] and mailbox.news() == []


def test_only_code_travels() -> None:
    excluded = set(driver.environment()["excludes"])
    there = {f"/{path.name}" for path in driver.ROOT.iterdir()}
    assert there - excluded == {f"/{name}" for name in driver.TRAVEL}


@pytest.mark.parametrize("address", ["head", "head:", "ray://head:10001", "head:port", ":6379"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(ValueError, match=r"write HOST:PORT of the head, such as 10\.0\.0\.1:6379, or auto"):
        driver._reach(address)


def test_an_address_where_nothing_listens_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"--ray-address 127\.0\.0\.1:9: no Ray there .*refused"):
        driver._reach("127.0.0.1:9")


def test_what_ray_says_is_put_into_one_line() -> None:
    class Wrapped(Exception):
        cause = ModuleNotFoundError("No module\n named 'torch'")

    assert driver.one_line(Wrapped("traceback\nof many lines")) == (
        "ModuleNotFoundError: No module named 'torch'"
    )
    assert driver.one_line(RuntimeError("Version mismatch:\n  Ray: 1\n")) == (
        "RuntimeError: Version mismatch: Ray: 1"
    )


def test_a_parcel_of_a_forced_run_replaces_what_was_there(tmp_path: Path) -> None:
    made = tiny.plan(tmp_path, methods=["gan"], force=True)
    node = made.runs[0]
    old = RunFolder(tmp_path, node.key).path / "metrics" / "8-old.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    driver._take(node, [])
    assert old.exists()
    driver._take(node, [transfer.File(f"runs/{node.key}/x", hashlib.sha256(b"y").hexdigest(), b"y")])
    assert not old.exists() and (RunFolder(tmp_path, node.key).path / "x").read_bytes() == b"y"


@pytest.mark.slow
def test_what_metrics_learned_of_real_data_travels(tmp_path: Path, mailbox: Calls) -> None:
    """The reader of true factors is trained once, before any run; another machine measures with the same one."""
    made = tiny.plan(tmp_path / "here", methods=["ae"], metrics=["manifold"])
    (prepare, *_) = made.nodes
    assert perform(prepare, lambda *event: None).status == "ok"
    data, _ = data_of(prepare.context, prepare.config)
    (own,) = (prepare.context.cache / "readers").glob(f"factors-*-{data.key}/weights.safetensors")
    there = worker._cache(order(made.runs[0], "there"), mailbox)
    (copied,) = (there / "readers").glob(f"factors-*-{data.key}/weights.safetensors")
    assert copied.read_bytes() == own.read_bytes()
