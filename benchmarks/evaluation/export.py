"""A run's networks for other people: weights.safetensors, config.json with all that decides them, README.md as a model card."""

import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.planning.registry import DATASETS, METHODS
from benchmarks.snapshots.load import CONFIG, WEIGHTS
from benchmarks.snapshots.model import TrainedModel
from benchmarks.snapshots.pictures import check_folder
from benchmarks.storage import checkpoint
from benchmarks.storage.run_folder import RunFolder

CARD = "README.md"

TEMPLATE = """\
---
library_name: pytorch
tags: [gan, bidirectional-gan, {method}]
datasets: [{dataset}]
---

# {title} on {data_title}, seed {seed}, step {step:,}

{summary}. {paper}

| | |
|---|---|
| Run | `{run}` |
| Data | {data} |
| Networks | {networks} |
| Family | {family} |
| Prior | {prior}, {latent} units |
| Training | {steps:,} updates of G, batch {batch}, {precision}; stored at step {step:,}; trained on {device} |
| Made with | {versions} |
| SHA-256 of the tensors | `{sha256}` |

## Values of this run

{values}

They are of one seed. What a method does is said by several, with their intervals: see the report of the results folder.

## How to load

With this project's checkout:

```python
import torch
from benchmarks import results

model = results.load_export("{name}")  # checks the SHA-256
z = model.latents(16, torch.Generator().manual_seed(0))  # [16, {width}]
x = model.generate(z)  # float32 [16, {shape}]{unit}
```

Without it: `safetensors.torch.load_file("{name}/{weights}")` gives the tensors, named by network ({networks}).
`config.json` holds every setting that training depended on.
"""


def export(out: Path, model: TrainedModel, to: Path) -> Path:
    """Writes a run's export into the new folder `to`, whole or not at all; returns it. Raises ValueError for one with files."""
    check_folder(to)
    record = RunFolder(out, model.config.hash).record() or {}
    to.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}."))
    try:
        tensors = model.networks.modules.state_dict()
        sha = checkpoint.write(temporary / WEIGHTS, tensors, run=model.config.hash, step=model.step)
        about = {
            "run": model.config.hash, "step": model.step, "sha256": sha, "spec": record["spec"],
            "versions": record.get("versions", {}), "config": model.config.model_dump(mode="json"),
        }  # fmt: skip
        (temporary / CONFIG).write_text(json.dumps(about, indent=1) + "\n")
        (temporary / CARD).write_text(card(out, model, record, sha, to.name))
        temporary.chmod(0o755)
        temporary.replace(to)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return to


def card(out: Path, model: TrainedModel, record: dict[str, Any], sha: str, name: str) -> str:
    """Returns the model card: method, data, seed, values, how to load, SHA-256."""
    config, entry = model.config, METHODS.get(model.config.method)
    options = ", ".join(f"{key} = {value}" for key, value in config.data.items())
    versions = {"torch": version("torch"), **record.get("versions", {})}
    shape = model.spec.shape
    return TEMPLATE.format(
        method=config.method, dataset=config.dataset, title=entry.title, data_title=DATASETS.get(config.dataset).title,
        seed=config.seed, step=model.step, summary=entry.summary[:1].upper() + entry.summary[1:].rstrip("."), paper=entry.paper,
        run=config.hash, data=f"{config.dataset} ({options}), version {config.versions['dataset']}"
        + (f", content {config.content}" if config.content else ""),
        networks=", ".join(sorted(model.networks.modules)), family=config.family, prior=config.prior,
        latent=config.latent, steps=config.steps, batch=config.batch, precision=config.precision,
        device=record.get("device") or config.device, versions=", ".join(f"{k} {v}" for k, v in versions.items() if v),
        sha256=sha, values=values(out, config.hash, model.step), name=name, width=model.latent, weights=WEIGHTS,
        shape=", ".join(map(str, shape)), unit=" in [0, 1]" if len(shape) == 3 else "",
    )  # fmt: skip


def values(out: Path, run: str, step: int) -> str:
    """Returns the values of one run and step as a Markdown table, from the folder's tables where they hold any."""
    try:
        frame, known = results.load(out), results.meta(out)["metrics"]
    except ValueError:
        return "The results folder held no tables when this was exported."
    own = frame[(frame["run"] == run) & (frame["step"] == step) & (frame["status"] == "ok")]
    if not len(own):
        return "None was computed at this step."
    lines = ["| Metric | Value | n | Extractor |", "|---|---|---|---|"]
    for row in own.itertuples():
        title = known.get(row.metric, {}).get("title", row.metric)
        lines.append(f"| {title} (`{row.metric}`) | {row.value:.6g} | {row.n} | {row.extractor} |")
    return "\n".join(lines)
