"""A method that fails says where, whichever executor ran it: term and line in the reason, the traceback in the run's folder."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.execution.failure import reason
from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.job import perform
from benchmarks.execution.processes import Processes
from benchmarks.execution.scheduler import Backend
from benchmarks.execution.streams import Streams
from benchmarks.planning import plugins
from benchmarks.planning.plan import make
from benchmarks.planning.registry import CLASSES
from benchmarks.storage.run_folder import RunFolder
from tests.benchmarks import tiny

BROKEN = '''"""A GAN whose generated images are too few."""

from torch import Tensor

from methods.base import Batch, Method, Networks, Role, Update


class Broken(Method):
    name, title, paper, summary = "broken", "Broken", "none", "fails in a quantity that a term asks for"
    roles = {"G": Role("producer", ("z",), "x"), "E": Role("producer", ("x",), "z")}
    players = {"GE": ("G", "E")}
    weights = {"rec_x": 1.0}

    def cycle(self) -> list[Update]:
        return [Update({"GE": self.active("rec_x")}, stream="G", steps=1)]

    def make_x_rec(self, n: Networks, b: Batch) -> Tensor:
        return n.G(b.z_enc)[:, :, :3]
'''


@pytest.mark.parametrize(
    "backend",
    [InProcess, pytest.param(lambda: Processes(1), marks=pytest.mark.slow), lambda: Streams(1)],
    ids=["inprocess", "processes", "streams"],
)
def test_a_failed_run_names_term_and_line(
    tmp_path: Path, backend: Callable[[], Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the outcome, which terminal and report show; the traceback is in the run's folder until the run goes well."""
    file = tmp_path / "mine.py"
    file.write_text(BROKEN)
    assert plugins.load((str(file),)) == []
    try:
        raw, out = tiny.values(tmp_path, methods=["broken"]), tmp_path / "out"
        made = make(raw, replace(tiny.context(out, raw), plugins=(str(file),)), "cpu")
        (run,) = made.runs
        outcome = tiny.go(made, backend())[run.key]
        assert outcome.status == "failed" and outcome.reason.startswith("RuntimeError: The size of tensor")
        assert re.search(r"\(in term_rec_x; methods/losses\.py line \d+\)$", outcome.reason)
        kept = RunFolder(out, run.key).traceback
        assert results.traceback(out, run.key) == kept.read_text()
        assert kept.read_text().startswith("Traceback") and "term_rec_x" in kept.read_text()
        monkeypatch.setattr(CLASSES.get("broken"), "make_x_rec", lambda self, n, b: n.G(b.z_enc))
        assert perform(run, lambda *event: None).status == "ok" and results.traceback(out, run.key) == ""
    finally:
        CLASSES.remove(["broken"])
        plugins._seen.pop(str(file), None)


def test_the_innermost_line_of_a_plugin_is_named(tmp_path: Path) -> None:
    """Not that of the library in which it fell, nor of the loop; what has no such line is left as it is."""
    file = tmp_path / "own.py"
    file.write_text("import torch\n\n\ndef make_x_mix(n, b):\n    return torch.zeros(2) @ torch.zeros(3)\n")
    space: dict[str, object] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    with pytest.raises(RuntimeError) as fell:
        space["make_x_mix"](None, None)  # type: ignore[operator]
    made = reason(fell.value)  # type: ignore[arg-type]
    assert made.endswith("(in make_x_mix; own.py line 5)")
    assert reason(ValueError("so\nand so")) == "ValueError: so"


def test_a_metric_that_was_edited_meanwhile_is_said(tmp_path: Path) -> None:
    """A worker would write its values under another name than the plan will look for."""
    node = tiny.plan(tmp_path, methods=["gan"], metrics=["collapse"]).runs[0]
    older = replace(node, context=replace(node.context, metric_sources=(("collapse", "as it was"),)))
    outcome = perform(older, lambda *news: None)
    assert outcome.status == "failed" and "edited while the command was running" in outcome.reason
