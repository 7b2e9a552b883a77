"""Made-up stores in the results' form: numbers like a quick run's, images that look like faces from afar."""

import json
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports.store import Store
from tests.reports.pictures import STEPS, write_panels

METRICS: dict[str, tuple[str, str | None]] = {
    "collapse.vendi_ratio": ("Vendi ratio", "higher"),
    "collapse.dup": ("Near-duplicates", "lower"),
    "collapse.sharpness": ("Sharpness ratio", None),
    "collapse.collapsed": ("Collapsed", "lower"),
    "collapse.blurred": ("Blurred", "lower"),
    "fid.fid": ("FID", "lower"),
    "reconstruction.l1": ("L1", "lower"),
    "reconstruction.dhash": ("dHash similarity", "higher"),
    "reconstruction.sharpness": ("Sharpness ratio", None),
    "search.top1": ("Label similarity, top 1", "higher"),
}
LEVELS = {  # per method: (vendi, fid, l1, dhash, top1, sharpness)
    "gan": (0.08, 300.0, None, None, None, 0.5),
    "aegan": (0.62, 120.0, 0.27, 0.72, 0.74, 0.6),
    "aae": (0.45, 260.0, 0.23, 0.80, 0.75, 0.03),
    "ae": (0.40, 280.0, 0.20, 0.84, 0.75, 0.05),
}
REFERENCES = {
    "real": ("ceiling", (1.0, 4.0, 0.0, 1.0, None, 1.0)),
    "mean-image": ("baseline", (0.01, 420.0, 0.31, 0.6, None, 0.0)),
    "pixels": ("baseline", (None, None, None, None, 0.757, None)),
    "random": ("baseline", (None, None, None, None, 0.677, None)),
    "dhash": ("baseline", (None, None, None, None, 0.727, None)),
}


def number(level: float | None, noise: float, rng: np.random.Generator) -> float | None:
    return None if level is None else float(level * (1 + noise * rng.standard_normal()))


def values(
    levels: tuple[float | None, ...], progress: float, noise: float, rng: np.random.Generator
) -> dict[str, float]:
    vendi, fid, l1, dhash, top1, sharp = levels
    vendi = number(vendi and vendi * (0.3 + 0.7 * progress), noise, rng)
    found = {
        "collapse.vendi_ratio": vendi,
        "collapse.dup": None if vendi is None else float(np.clip(1 - 1.3 * vendi, 0, 1)),
        "collapse.sharpness": number(sharp, noise, rng),
        "collapse.collapsed": None if vendi is None or sharp is None else float(vendi < 0.25 and sharp > 0.1),
        "collapse.blurred": None if vendi is None or sharp is None else float(vendi < 0.25 and sharp <= 0.1),
        "fid.fid": number(fid and fid * (2 - progress), noise, rng),
        "reconstruction.l1": number(l1 and l1 * (1.4 - 0.4 * progress), noise / 3, rng),
        "reconstruction.dhash": number(dhash, noise / 10, rng),
        "reconstruction.sharpness": number(sharp if l1 is not None else None, noise, rng),
        "search.top1": number(top1, noise / 20, rng),
    }
    return {name: value for name, value in found.items() if value is not None}


def needed(metric: str) -> str:
    return "domain" if metric.startswith("fid") else ""


def rows(
    methods: Iterable[str], seeds: Iterable[int], variants: dict[str, tuple[str, ...]]
) -> list[dict[str, Any]]:
    """The tidy table; a method without reconstruction gets rows 'skipped'."""
    base = {
        "dataset": "toonfaces",
        "family": "aegan",
        "split": "test",
        "precision": "fp32",
        "version": 1,
        "n": 1000,
    }
    found: list[dict[str, Any]] = []
    for method in methods:
        for variant in variants.get(method, ("",)):
            for seed in seeds:
                rng = np.random.default_rng([seed, len(method), len(variant)])
                run = f"{method}{variant}-{seed}".replace("=", "-")
                own = base | {
                    "run": run,
                    "kind": "method",
                    "method": method,
                    "variant": variant,
                    "seed": seed,
                }
                level = LEVELS.get(method, LEVELS["aegan"])
                level = (0.4, *level[1:]) if variant else level
                for step in STEPS:
                    made = values(level, step / STEPS[-1], 0.15, rng)
                    for metric in METRICS:
                        ok = metric in made
                        found.append(
                            own
                            | {
                                "step": step,
                                "metric": metric,
                                "value": made.get(metric),
                                "extractor": needed(metric),
                                "status": "ok" if ok else "skipped",
                                "reason": "" if ok else "no encoder",
                            }
                        )
    for name, (kind, level) in REFERENCES.items():
        made = values(level, 1.0, 0.0, np.random.default_rng(0))
        found += [
            base
            | {
                "family": "",
                "run": name,
                "kind": kind,
                "method": name,
                "variant": "",
                "seed": None,
                "step": None,
                "metric": metric,
                "value": value,
                "extractor": needed(metric),
                "status": "ok",
                "reason": "",
            }
            for metric, value in made.items()
        ]
    return found


def meta(methods: Iterable[str]) -> dict[str, Any]:
    titles = {"gan": "GAN", "aegan": "AEGAN", "aae": "AAE", "ae": "AE"}
    return {
        "title": "Bidirectional GANs, quick preset",
        "command": "python -m benchmarks.run --methods aegan,gan --seeds 6",
        "preset": "quick",
        "revision": "0123456789abcdef",
        "versions": {"torch": "2.15.0", "torch-fidelity": "0.4.0"},
        "device": "2 CPU cores",
        "created": "2026-01-01 12:00",
        "parts": [
            {
                "dataset": "toonfaces",
                "family": "aegan",
                "title": "toonfaces",
                "options": {"size": 16},
                "n_train": 12000,
                "n_test": 2000,
                "extractor": {"name": "domain", "detail": "accuracy 0.91"},
                "config": {"batch": 16, "steps": 1500, "arch": {"width": 0.125}},
                "arms": [
                    {"method": n, "variant": "", "pflop": 0.01 * (i + 1)} for i, n in enumerate(methods)
                ],
            }
        ],
        "methods": {name: {"title": titles.get(name, name), "paper": "", "summary": ""} for name in methods},
        "metrics": {
            name: {"title": title, "better": better, "unit": ""} for name, (title, better) in METRICS.items()
        },
        "notes": [],
    }


def history(run: str) -> pd.DataFrame:
    rng = np.random.default_rng(zlib.crc32(run.encode()))
    step = np.arange(0, 1501, 50)
    decay = np.exp(-step / 600)
    frame = {
        "step": step,
        "fake_x_gen": 0.7 - 0.3 * decay + rng.normal(0, 0.03, len(step)),
        "adv_x_gen": 0.7 + 1.2 * (1 - decay) + rng.normal(0, 0.1, len(step)),
        "wall": step / 20.0,
    }
    if not run.startswith("gan"):
        frame["rec_x"] = 0.2 + 0.3 * decay + rng.normal(0, 0.01, len(step))
    return pd.DataFrame(frame)


def write(
    root: Path,
    methods: Iterable[str] = ("gan", "aegan"),
    seeds: Iterable[int] = range(6),
    variants: dict[str, tuple[str, ...]] | None = None,
    lost: dict[tuple[str, int], tuple[str, str]] | None = None,
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    panels: bool = True,
    size: int = 16,
) -> Path:
    """A folder in the results' form; `lost`: (method, seed) -> (status, reason)."""
    methods, seeds, lost = tuple(methods), tuple(seeds), lost or {}
    table = pd.DataFrame(rows(methods, seeds, variants or {}))
    records = table.loc[table["kind"] == "method", ["run", "method", "variant", "seed"]].drop_duplicates()
    records = records.assign(
        status="ok",
        reason="",
        wall_s=35.0 + 48.0 * (records["method"] != "gan"),
        steps_per_s=18.0,
        peak_memory_mb=410.0,
        weights_sha256="ab12" * 16,
        device="cpu",
    ).reset_index(drop=True)
    for (method, seed), (status, reason) in lost.items():
        hit = (records["method"] == method) & (records["seed"] == seed)
        records.loc[hit, ["status", "reason"]] = [status, reason]
        gone = (table["method"] == method) & (table["seed"] == seed)
        table.loc[gone, "value"] = float("nan")
        table.loc[gone, ["status", "reason"]] = [status, reason]
    table = change(table) if change else table
    root.mkdir(parents=True, exist_ok=True)
    integers = {name: "Int64" for name in ("seed", "step") if name in table}
    table.astype(integers).to_parquet(root / "results.parquet")
    records.astype({"seed": "Int64"}).to_parquet(root / "records.parquet")
    (root / "meta.json").write_text(json.dumps(meta(methods)), encoding="utf-8")
    for record in records.itertuples():
        folder = root / "runs" / str(record.run)
        folder.mkdir(parents=True, exist_ok=True)
        history(str(record.run)).to_json(folder / "history.jsonl", orient="records", lines=True)
        if panels:
            write_panels(
                folder / "panels", str(record.method), int(record.seed), record.method != "gan", size
            )
    if panels:
        write_panels(root / "references" / "real" / "panels", "real", 0, True, size)
    return root


def store(root: Path, *arguments: Any, **options: Any) -> Store:
    """The same, read."""
    return Store.open(write(root, *arguments, **options))
