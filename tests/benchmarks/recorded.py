"""Runs as they are on a GPU, on any device: data resident, the optimiser's counters beside the parameters."""

from typing import Any

import torch

from benchmarks.planning.config import Optim
from benchmarks.training.loop import LOG_EVERY, Hooks, train
from benchmarks.training.recording import Recorder
from benchmarks.training.state import Source, Training
from methods.base import Method
from tests.methods import harness

STEPS = LOG_EVERY + 8
KERAS = Optim(kind="keras-adam", clip="tensor")
CASES: list[tuple[str | type[Method], str, dict[str, Any]]] = [
    ("gan", "dcgan", {}),  # batch norm's running statistics
    ("aegan", "aegan", {"weights": {"rec_x": "linear:10:1", "rec_z": "cosine:0:2"}}),
    ("gaia", "aegan", {}),  # learning rates computed from the losses
    ("vae", "mlp", {}),
    ("bigan", "mlp", {"prior": "normal+bernoulli:1"}),
    ("wgan-gp", "mlp", {}),  # a gradient of a gradient
    ("icgan", "aegan", {}),  # labels
    ("began", "aegan", {}),  # running state
    ("vae-gan", "mlp", {}),  # a hidden layer looked at
    ("cyclegan", "cyclegan", {"pool": 12}),  # a second domain; state as large as images
]
IDS = [case[0] if isinstance(case[0], str) else case[0].name for case in CASES]


def run(
    name: str | type[Method],
    family: str,
    steps: int = STEPS,
    optim: Optim = KERAS,
    device: str = "cpu",
    precision: str = "fp32",
    compiled: bool = False,
    **changes: Any,
) -> Training:
    """A run that has not begun."""
    spec, place = harness.spec_of(family), torch.device(device)
    made = harness.training(name, family, spec, steps, **changes)
    x, labels = harness.arrays(spec)
    source = Source(x, labels, made.config.batch, place, resident=True)
    source.second = Source(255 - x if spec.images else 1 - x, labels, made.config.batch, place, resident=True)
    updates = {"optim": optim, "evaluate": (), "device": place.type, "precision": precision}
    updates["compiled"] = compiled
    config = made.config.model_copy(update=updates)
    return Training(config, made.method, made.networks, source, place, static=True)


def go(made: Training, recorder: Recorder | None = None) -> list[dict[str, float]]:
    """Train to the end; the rows of the history."""
    rows: list[dict[str, float]] = []
    train(made, Hooks(lambda step, row: rows.append(row)), recorder)
    return rows
