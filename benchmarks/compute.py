"""What a training step costs, counted in operations and not in seconds: the same on every machine."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.config import RunConfig
from benchmarks.model import networks
from benchmarks.resolve import build_method
from benchmarks.train import Source, Training, train
from methods.base import Spec


def probe(config: RunConfig, spec: Spec, device: str, seed: int = 0) -> Training:
    """A run of this configuration on blank data, for counting and timing; its budget is moved by hand."""
    bare = config.model_copy(update={"evaluate": (), "steps": 0, "seed": seed})
    method = build_method(bare)
    c, *rest = spec.shape
    x = np.zeros((64, *rest, c), np.uint8) if spec.images else np.zeros((64, *spec.shape), np.float32)
    labels = np.zeros((64, spec.labels), np.uint8) if spec.labels else None
    target = torch.device(device)
    return Training(bare, method, networks(bare, spec, method), Source(x, labels, bare.batch, target), target)


def advance(run: Training, cycles: int) -> int:
    """Train a probe for some cycles more; the steps that makes."""
    steps = cycles * sum(update.counts for update in run.method.cycle())
    run.config = run.config.model_copy(update={"steps": run.step + steps})
    train(run, lambda step, row: None, lambda step: None, lambda: None)
    return steps


def gflop_per_step(config: RunConfig, spec: Spec) -> float:
    """Billions of floating-point operations of convolutions and matrix products in a step, critics' share included."""
    run = probe(config, spec, "cpu")
    with FlopCounterMode(display=False) as counter:
        steps = advance(run, 1)
    return counter.get_total_flops() / steps / 1e9 if steps else 0.0
