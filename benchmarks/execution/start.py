"""How a run starts: its networks and data at step 0, or where it was last saved; and what records its cycles."""

from typing import Any

import torch

from benchmarks.evaluation.keys import data_of
from benchmarks.planning.plan import Context, Node
from benchmarks.planning.resolve import build_method
from benchmarks.snapshots.model import networks
from benchmarks.storage import checkpoint
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.inductor import Compiled
from benchmarks.training.recording import CudaGraph, Recorder
from benchmarks.training.state import Training, source_of
from methods.base import Spec


def recorder(context: Context, run: Training) -> Recorder | None:
    """What records a run's cycles: a compiler where its name says so; CUDA graphs on a GPU, unless they are switched off."""
    if run.config.compiled:
        return Compiled(run)
    return CudaGraph(run.device) if run.device.type == "cuda" and context.graphs else None


def begin(node: Node) -> tuple[Training, Spec]:
    """Returns the node's run at step 0, with its base's networks where it has one; and what its data are."""
    config, device = node.config, torch.device(node.context.device)
    data, spec = data_of(node.context, config)
    method = build_method(config)
    n = networks(config, spec, method)
    if config.base:
        tensors, _ = checkpoint.read(RunFolder(node.context.out, config.base.hash).weights(config.base.steps))
        for role in method.base_roles:
            part = {k.removeprefix(f"{role}."): v for k, v in tensors.items() if k.startswith(f"{role}.")}
            n.modules[role].load_state_dict(part)
    source = source_of(data.train, config, device)
    if data.second is not None:
        source.second = source_of(data.second.train, config, device, "x2")
    return Training(config, method, n, source, device), spec


def restored(node: Node, folder: RunFolder) -> tuple[Training, Spec, dict[str, Any]]:
    """Returns the node's run where it was last saved, or at step 0; what its data are; and what the checkpoint says of itself."""
    run, spec = begin(node)
    if not folder.checkpoint.exists():
        return run, spec, {}
    tensors, meta = checkpoint.read(folder.checkpoint)
    run.load({k: v.to(run.device) for k, v in tensors.items()}, meta["step"], meta["counts"])
    return run, spec, meta
