"""Generators that were trained elsewhere: their values lie in DIR/foreign/<name>, and their rows stand among the methods'.

Such a row is named by what was given (the SHA-256 of the samples, or of a model's code and first outputs), by its data,
name and seed. What it was trained on, and for how long, nobody here knows: a note says so wherever it is shown.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.evaluation.evaluation import metric_row, missing_panels, untrained_autoencoder, write_rows
from benchmarks.evaluation.keys import data_of, due, judge, judged_by, unnamed
from benchmarks.evaluation.panels import write_panels
from benchmarks.evaluation.rows import metric_rows
from benchmarks.metrics.base import evaluate
from benchmarks.planning.plan import Node, Plan
from benchmarks.snapshots.snapshot import Model, Snapshot
from benchmarks.storage.files import intact, read_json, sealed, write_json
from benchmarks.storage.ownership import set_aside
from benchmarks.storage.provenance import made_with

FOLDER, FILE = "foreign", "foreign.json"
Progress = Callable[[str, int, int], None]  # (metric, its number, of how many)


@dataclass(frozen=True)
class Foreign:
    """What a row says of a generator from elsewhere. data: the data set's full key; step: where it stands in the tables."""

    name: str
    seed: int
    step: int
    dataset: str
    data: str
    source: str  # for people: "2,000 samples", "model mine.py"
    content: str  # SHA-256 of what was given

    @property
    def run(self) -> str:
        """16 hex digits that name the row."""
        about = [self.name, self.seed, self.step, self.dataset, self.data, self.content]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]

    @property
    def note(self) -> str:
        return (
            f"{self.name}, seed {self.seed}, was trained elsewhere and measured here on {self.dataset} from {self.source} "
            f"(SHA-256 {self.content[:16]}): its training data and budget are not known, and step {self.step:,} only says "
            "with which rows it stands"
        )

    @property
    def about(self) -> dict[str, Any]:
        """What meta.json says of it among the methods."""
        return {
            "title": self.name,
            "paper": "",
            "summary": f"from elsewhere: {self.source}",
            "ex_post": False,
            "generator": None,
        }

    @property
    def record(self) -> dict[str, Any]:
        """Its row in records.parquet."""
        about = {"run": self.run, "method": self.name, "variant": "", "seed": self.seed, "asked": True}
        ended = {"status": "ok", "reason": "", "step": self.step, "weights_sha256": self.content}
        return {**about, **made_with(), **ended, "execution": "foreign"}


def folder_of(out: Path, model: Foreign) -> Path:
    return out / FOLDER / model.run


def in_store(out: Path) -> list[Foreign]:
    """Returns all that lie in `out`, by name. Raises ValueError for a damaged one."""
    found = []
    for path in sorted((out / FOLDER).glob(f"*/{FILE}")):
        made = read_json(path)
        try:
            if not intact(made):
                raise TypeError
            model = Foreign(**{name: value for name, value in made.items() if name != "sha256"})
        except (TypeError, AttributeError):
            raise ValueError(f"{path} is damaged: evaluate it again, or move {path.parent} away") from None
        found.append(model)
    return sorted(found, key=lambda model: (model.name, model.seed))


def stored(plan: Plan) -> list[tuple[Node, Foreign]]:
    """Returns those that were measured on the plan's data, each with the reference node of every such part."""
    nodes = [node for node in plan.nodes if node.kind == "references"]
    known = in_store(nodes[0].context.out) if nodes else []
    keys = {node.key: data_of(node.context, node.config)[0].full_key for node in nodes} if known else {}
    return [(node, model) for node in nodes for model in known if model.data == keys[node.key]]


def rows(node: Node, model: Foreign) -> list[dict[str, Any]]:
    """Returns its rows of the tidy table, for the metrics that the node's part asks for."""
    about = {"run": model.run, "kind": "method", "dataset": model.dataset, "family": node.config.family,
             "method": model.name, "variant": "", "seed": model.seed, "precision": node.config.precision}  # fmt: skip
    bare = untrained_autoencoder(node.config)
    return metric_rows(folder_of(node.context.out, model), bare, node.context, model.step, about)


def claim(out: Path, model: Foreign, replace: bool) -> None:
    """Makes sure that one name and seed is one row on its data; `replace` moves another one to set-aside.

    Raises ValueError where there is another one, or the same samples under another seed.
    """
    beside = [other for other in in_store(out) if (other.name, other.data) == (model.name, model.data)]
    for other in beside:
        if other.content == model.content and other.seed != model.seed:
            raise ValueError(
                f"{out} has these very samples as {other.name}, seed {other.seed} (SHA-256 {other.content[:16]}): a seed is "
                "another training; for another row give another --name"
            )
    for other in beside:
        if other.seed != model.seed or other == model:
            continue
        if not replace:
            what = "at another step" if other.content == model.content else "of other samples"
            raise ValueError(
                f"{out} has {model.name}, seed {model.seed}, {what} already (SHA-256 {other.content[:16]}): give --seed for "
                "another training, another --name, or --replace"
            )
        set_aside(out, folder_of(out, other))


def measure(node: Node, about: Foreign, model: Model, report: Progress) -> list[str]:
    """Computes the metrics and panels that are not there yet; returns why metrics failed."""
    context, config = node.context, untrained_autoencoder(node.config)
    data, _ = data_of(unnamed(context), config)
    folder, s = folder_of(context.out, about), Snapshot(data, model)
    write_json(folder / FILE, sealed(asdict(about)))
    wanted = due(context, config, folder, about.step)
    failures = []
    for i, (metric, path, key) in enumerate(wanted):
        report(metric.name, i, len(wanted))
        start = time.monotonic()
        own, _ = data_of(judge(context, config, key), config)
        result = evaluate(metric, s if own is data else Snapshot(own, model))
        write_rows(path, key, [metric_row(result)], start, judged_by(context, config, key))
        failures += [result.reason] if result.status == "failed" else []
    panels = folder / "panels"
    write_panels(
        s, panels, about.step, missing_panels(context, data, model.can, model.latent, panels, about.step)
    )
    return failures
