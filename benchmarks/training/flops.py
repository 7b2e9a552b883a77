"""What a training step costs, counted in operations and not in seconds: the same on every machine."""

from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks.planning.config import RunConfig
from benchmarks.planning.resolve import build_method
from benchmarks.snapshots.model import networks
from benchmarks.training.loop import train
from benchmarks.training.state import Source, Training
from methods.base import Spec


def probe(config: RunConfig, spec: Spec, device: str, seed: int = 0) -> Training:
    """A run of this configuration on blank data, for counting and timing; its budget is moved by hand."""
    bare = config.model_copy(update={"evaluate": (), "steps": 0, "seed": seed})
    method = build_method(bare)
    c, *rest = spec.shape
    x = np.zeros((64, *rest, c), np.uint8) if spec.images else np.zeros((64, *spec.shape), np.float32)
    labels = np.zeros((64, spec.labels), np.uint8) if spec.labels else None
    target = torch.device(device)
    source = Source(x, labels, bare.batch, target)
    source.second = Source(x, labels, bare.batch, target) if bare.domain else None
    return Training(bare, method, networks(bare, spec, method), source, target)


def advance(run: Training, cycles: int) -> int:
    """Train a probe for some cycles more; the steps that makes."""
    steps = cycles * sum(update.steps for update in run.method.cycle())
    run.config = run.config.model_copy(update={"steps": run.step + steps})
    train(run)
    return steps


def gflop_per_step(config: RunConfig, spec: Spec) -> float:
    """Billions of floating-point operations of convolutions and matrix products in a step, critics' share included."""
    same = config.model_copy(update={"seed": 0, "steps": 0, "evaluate": (), "base": None, "compiled": False})
    key = same.model_dump_json(), spec
    if key not in _COUNTED:
        run = probe(config, spec, "cpu")
        with _Counter() as counter:
            steps = advance(run, 1)
        _COUNTED[key] = counter.total / steps / 1e9 if steps else 0.0
    return _COUNTED[key]


_COUNTED: dict[tuple[str, Spec], float] = {}  # what was counted in this process


def pflop(config: RunConfig, spec: Spec) -> float:
    """Thousands of trillions of operations of a run's whole training, its base's included."""
    own = gflop_per_step(config, spec) * config.steps / 1e6
    return own + (pflop(config.base, spec) if config.base else 0.0)


class _Counter(TorchDispatchMode):
    """Sums torch's own operation counts. Its FlopCounterMode tracks modules too, and fails on a gradient's gradient."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.total += count(*args, **(kwargs or {}), out_val=out)
        return out
