"""What is damaged in a results folder: detected by checksum and schema, named in a line, set aside, and only that is repeated.

Nothing is ever deleted: a damaged file, or the folder of a run that must be repeated, is moved to
DIR/set-aside/<its name>-<n>.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.evaluation import foreign
from benchmarks.evaluation.evaluation import references_folder
from benchmarks.planning.config import RunConfig
from benchmarks.planning.plan import Node
from benchmarks.planning.resolve import build_method
from benchmarks.snapshots.model import networks
from benchmarks.storage import checkpoint, schema
from benchmarks.storage.ownership import set_aside as set_aside
from benchmarks.storage.run_folder import RunFolder
from methods.base import Spec

Shapes = dict[str, tuple[int, ...]]
_shapes: dict[str, Shapes] = {}  # of each kind of run, whatever its seed


REPEATED = "the run is repeated"
FOREIGN = "benchmarks.evaluate computes it again"


@dataclass(frozen=True)
class Damage:
    """Files that cannot be trusted, what is wrong with the first of them, and what follows."""

    paths: tuple[Path, ...]
    what: str
    then: str

    @property
    def repeats(self) -> bool:
        """Whether the whole run has to be trained again."""
        return self.then == REPEATED


def damaged(nodes: Sequence[Node]) -> list[tuple[Node, Damage]]:
    """Returns whatever is damaged in the folders of `nodes`, and among the rows of foreign samples beside them."""
    found = list[tuple[Node, Damage]]()
    for node in nodes:
        out = node.context.out
        if node.kind == "run":
            found += [(node, each) for each in of_run(RunFolder(out, node.key), node.config, node.spec)]
        elif node.kind == "references":
            found += [(node, each) for each in of_references(references_folder(out, node.key))]
    for out, node in {node.context.out: node for node in nodes}.items():
        for path in sorted((out / foreign.FOLDER).glob("*")):
            found += [(node, replace(each, then=FOREIGN)) for each in of_references(path)]
    return found


def set_aside_damaged(found: Sequence[tuple[Node, Damage]], do: bool = True) -> list[str]:
    """Sets aside what was found damaged; returns a line for each. do=False: only says so."""
    lines = []
    for node, damage in found:
        out = node.context.out
        for path in damage.paths if do else ():
            set_aside(out, path)
        verb = "set aside" if do else "would be set aside"
        lines.append(f"{damage.what}: {verb} under {out / 'set-aside'}, {damage.then}")
    return lines


def of_run(folder: RunFolder, config: RunConfig | None, spec: Spec) -> list[Damage]:  # noqa: C901 - one check a file, in the order in which they depend on each other
    """Returns everything damaged in a run's folder. config: as planned; None takes the one that lies there."""
    if not folder.path.is_dir():
        return []
    record, unreadable = None, ""
    try:
        record = folder.record()
        if record is not None:
            schema.record(record, folder)
    except ValueError as error:
        record, unreadable = None, str(error)
    try:
        config = schema.config(folder, config, needed=record is not None)
        if config is not None:
            tensors = shapes(config, spec)
            _base(folder, config, record)
            _history(folder, config, record)
            _weights(folder, config, record, tensors)
    except ValueError as error:
        return [Damage((folder.path,), str(error), REPEATED)]
    kept = any((folder.path / "metrics").glob("*.json")) or any(folder.panels.glob("*.npz"))
    if record is None and kept and not folder.checkpoint.exists():
        trouble = unreadable or f"{folder.path} has values, but neither a record nor a checkpoint"
        return [Damage((folder.path,), trouble, REPEATED)]
    found = []
    if unreadable:
        then = "the run goes on from its last checkpoint"
        found.append(Damage((folder.path / "record.json",), unreadable, then))
    if config is not None and folder.checkpoint.exists():
        try:
            _tensors(folder.checkpoint, folder.path.name, tensors, "net.")
        except ValueError as error:
            if record is None:
                return [Damage((folder.path,), str(error), REPEATED)]
            found.append(Damage((folder.checkpoint,), str(error), "no other file needs it"))
    found += metrics(folder.path)
    panels = {
        path.stem.rpartition("-")[2]: what
        for path in folder.panels.glob("*.npz")
        if (what := schema.panel(path))
    }
    for step, what in panels.items():
        found.append(Damage(tuple(folder.panels.glob(f"*-{step}.npz")), what, "the panels are drawn again"))
    return found


def of_references(folder: Path) -> list[Damage]:
    """Returns everything damaged among reference rows and their panels."""
    bad = list(filter(None, map(schema.panel, (folder / "panels").glob("*.npz"))))[:1]
    return metrics(folder) + [
        Damage((folder / "panels",), what, "the panels are drawn again") for what in bad
    ]


def metrics(folder: Path) -> list[Damage]:
    """Returns the damaged metric files of a run or of the references."""
    files = sorted((folder / "metrics").glob("*.json"))
    found = [(path, bad) for path in files if (bad := schema.metric(folder, path))]
    return [Damage((path,), bad, "the metric is computed again") for path, bad in found]


def shapes(config: RunConfig, spec: Spec) -> Shapes:
    """Returns names and shapes of all tensors of a run's networks; the same for every seed."""
    kind = config.model_copy(update={"seed": 0, "base": None}).hash + str(spec)
    if kind not in _shapes:
        modules = networks(config, spec, build_method(config)).modules
        _shapes[kind] = {name: tuple(tensor.shape) for name, tensor in modules.state_dict().items()}
    return _shapes[kind]


def _history(folder: RunFolder, config: RunConfig, record: dict[str, Any] | None) -> None:
    """Raises ValueError where a finished history is not whole, or one that goes on is not whole up to the checkpoint."""
    steps = [step for step, _ in folder.history_lines()]
    if record is None:
        reached = _reached(folder)
        if reached and reached not in steps:
            raise ValueError(f"{folder.history} is damaged: no row of its checkpoint's step {reached}")
        steps = [step for step in steps if step is not None and step <= reached]
    if None in steps:
        raise ValueError(f"{folder.history} is damaged: line {steps.index(None) + 1} is half-written")
    if sorted(set(steps)) != steps:  # type: ignore[type-var]
        raise ValueError(f"{folder.history} is damaged: its steps do not rise")
    if record and record["status"] == "ok" and (steps or [0])[-1] != config.steps:
        raise ValueError(f"{folder.history} is damaged: it does not end at step {config.steps}")
    if record and record.get("history_sha256", folder.history_sha256()) != folder.history_sha256():
        raise ValueError(f"{folder.history} was edited: its checksum does not match its record")


def _base(folder: RunFolder, config: RunConfig, record: dict[str, Any] | None) -> None:
    """Raises ValueError where a run was trained over other weights of its base than the base has now."""
    known = record or {}
    if record is None and folder.checkpoint.exists():
        with suppress(ValueError):  # a damaged checkpoint is named for itself
            known = checkpoint.read(folder.checkpoint)[1]
    now, then = folder.base_sha256(config), known.get("base_sha256")
    if now and then and now != then:
        raise ValueError(f"{folder.path} was trained over other weights of its base than that has now")


def _reached(folder: RunFolder) -> int:
    """Returns the step of the checkpoint; 0 without one to go on from, when everything is made again."""
    try:
        return int(checkpoint.read(folder.checkpoint)[1]["step"]) if folder.checkpoint.exists() else 0
    except ValueError:
        return 0


def _weights(folder: RunFolder, config: RunConfig, record: dict[str, Any] | None, shapes: Shapes) -> None:
    """Raises ValueError where weights that the record, or the checkpoint of an unfinished run, speaks of are missing or wrong."""
    if record is None:
        reached = _reached(folder) if folder.checkpoint.exists() else -1
        due = [step for step in config.evaluate if step <= reached]
    elif record["status"] == "diverged":
        due = [step for step in config.evaluate if step < record["step"]]
    else:
        due = list(config.evaluate)
    pruned = (record or {}).get("pruned", [])
    for step in due:
        path = folder.weights(step)
        if step in pruned and not path.exists():
            continue
        if not path.exists():
            raise ValueError(f"{path} is missing, though {'record' if record else 'checkpoint'} speaks of it")
        tensors, meta = _tensors(path, folder.path.name, shapes)
        if meta.get("step") != step:
            raise ValueError(f"{path} holds the weights of step {meta.get('step')}")
        final = record and record["status"] == "ok" and step == config.evaluate[-1]
        if record and final and checkpoint.digest(tensors) != record["weights_sha256"]:
            raise ValueError(f"{path} does not hold the weights that its record speaks of")


def _tensors(path: Path, run: str, shapes: Shapes, prefix: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors and values of a file of this run and architecture."""
    tensors, meta = checkpoint.read(path)
    if meta.get("run") != run:
        raise ValueError(f"{path} belongs to run {meta.get('run')}")
    held = {k.removeprefix(prefix): tuple(t.shape) for k, t in tensors.items() if k.startswith(prefix)}
    if held != shapes:
        odd = sorted(name for name in held.keys() | shapes.keys() if held.get(name) != shapes.get(name))
        raise ValueError(f"{path} holds another architecture: {odd[0]} differs")
    return tensors, meta
