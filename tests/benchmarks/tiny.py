"""Experiments small enough to be run in a test: toonfaces of 8 px, networks of a sixteenth of the width, 8 steps."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.scheduler import Backend, Progress, schedule
from benchmarks.planning import preset
from benchmarks.planning.plan import Context, Node, Plan, make
from benchmarks.storage.cached import default_cache
from benchmarks.storage.run_folder import RunFolder

TOML = """\
title = "Tiny"
summary = "for tests"
dataset = "toonfaces"
family = "aegan"
methods = ["gan", "aegan"]
seeds = 1
steps = 8
evaluate = [4, 8]
batch = 4
latent = 4
prior = "normal"
metrics = ["search"]
samples = 64

[data]
size = 8
n_train = 200
n_test = 128

[arch]
width = 0.0625

[optim]
kind = "keras-adam"
clip = "tensor"

[method.ae.optim]
lr = 1e-3
"""


def file(folder: Path, text: str = TOML, name: str = "tiny") -> Path:
    """A preset file."""
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def values(folder: Path, **changes: Any) -> dict[str, Any]:
    """The preset's raw values with dotted keys (`__` for the dot) changed."""
    made = preset.read(str(file(folder)))
    for key, value in changes.items():
        made = preset.assign(made, key.replace("__", "."), value)
    return made


def context(out: Path, raw: dict[str, Any], force: bool = False) -> Context:
    return Context(out, default_cache(), None, None, "cpu", tuple(raw["metrics"]), raw["samples"], force)


def plan(out: Path, force: bool = False, **changes: Any) -> Plan:
    out.mkdir(exist_ok=True, parents=True)
    raw = values(out, **changes)
    return make(raw, context(out, raw, force), "cpu")


def quick(patch: pytest.MonkeyPatch) -> None:
    """No report, and no timing beforehand, which have tests of their own and take seconds."""
    patch.setattr("benchmarks.execution.estimate.measure", lambda *about: (0.0, 0.0))
    patch.setattr("reports.render", lambda out: SimpleNamespace(terminal="", html=out / "report.html"))


def quiet(node: Node, phase: str, done: int, of: int) -> None:
    """Nobody listens."""


def go(made: Plan, backend: Backend | None = None, progress: Progress = quiet) -> dict[str, Outcome]:
    """Run a plan, in-process unless said otherwise; outcomes by key, in the order of their end."""
    return {outcome.key: outcome for outcome in schedule(made.nodes, backend or InProcess(), progress)}


def weights(made: Plan) -> dict[str, str]:
    """SHA-256 of each run's final weights by key."""
    records = {node.key: RunFolder(node.context.out, node.key).record() for node in made.runs}
    return {key: record["weights_sha256"] for key, record in records.items() if record}
