"""The command line's flags, and what they change in a preset."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.commands.recorded import command as command
from benchmarks.commands.surroundings import as_path
from benchmarks.commands.surroundings import guarded as guarded
from benchmarks.commands.surroundings import printable as printable

FAILED = 1
MANY = 10_000  # seeds
LARGEST = 2**63 - 1  # seed: what tables hold exactly
LISTS = ("methods", "datasets", "metrics", "presets", "families")


def parser() -> argparse.ArgumentParser:
    """Flags of `python -m benchmarks.run`."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description="Train and compare bidirectional GAN methods over seeds; ends with a table and an HTML report.",
        epilog="exit codes: 0 all runs ok or skipped, 1 a run failed or diverged, 2 bad input, 130 interrupted",
        allow_abbrev=False,
    )
    add = p.add_argument
    add("--preset", default="quick", help="a shipped preset or a path to a TOML file (default: quick)")
    add("--methods", help="comma-separated names, or all (default: the preset's)")
    add("--seeds", help="how many (6 means 0 to 5), or which: 0,3,7 (7, is seed 7 alone)")
    add("--dataset", help="data set (default: the preset's)")
    add("--data-root", type=as_path, help="where the data set's files are")
    add(
        "--download",
        action="store_true",
        help="get a public data set's files into --data-root (default: the cache)",
    )
    add("--skip-bad-images", action="store_true", help="leave unreadable images out, count and list them")
    add("--family", help="architecture family (default: the preset's)")
    add("--steps", type=int, help="training budget in updates of G; evaluation steps beyond it are dropped")
    add("--metrics", help="comma-separated names, or all (default: the preset's)")
    add(
        "--ablate",
        action="append",
        default=[],
        metavar="METHOD[:FACTOR,..]",
        help="the method without each factor (default: every factor it has)",
    )
    add(
        "--sweep",
        action="append",
        default=[],
        metavar="METHOD:KEY=V1,V2",
        help="the method at each value; two keys joined by ; make a grid",
    )
    add(
        "--ladder",
        action="append",
        default=[],
        metavar="NAME",
        help="the rungs from one method to another: gan-to-aegan, ae-to-aegan",
    )
    add(
        "--equal-compute",
        action="append",
        default=[],
        metavar="METHOD:METHOD",
        help="the first with the steps that the second's operations buy: gan:aegan",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any preset key by dotted path: --set options.critic_updates=joint",
    )
    add("--out", type=as_path, default=Path("runs"), help="output folder (default: runs)")
    add(
        "--cache",
        type=as_path,
        help="prepared data and extractors (default: $BIDIGAN_CACHE or ~/.cache/bidigan-bench)",
    )
    add("--device", default="auto", help="auto, cpu, cuda (every GPU there is) or cuda:N (default: auto)")
    add(
        "--precision",
        choices=("fp32", "tf32", "bf16"),
        help="part of a run's name (default: the preset's)",
    )
    add("--compile", choices=("auto", "on", "off"), help="long mlp runs on a CPU (default: auto)")
    add(
        "--executor",
        choices=("auto", "inprocess", "processes", "streams", "ray"),
        default="auto",
        help="auto: processes if there are several workers; streams: side by side in one; ray: many machines",
    )
    add(
        "--ray-address",
        metavar="HOST:PORT",
        help="a running Ray, or auto (default: one on this machine alone)",
    )
    add("--workers", type=int, help="processes at once (default: one a core; on GPUs as --per-device says)")
    add("--per-device", type=int, metavar="N", help="processes that share each GPU (default: 1)")
    add(
        "--graphs",
        choices=("auto", "off"),
        default="auto",
        help="on a GPU each cycle is one CUDA graph where it can be; off: the same numbers, slower (default: auto)",
    )
    add(
        "--inception-weights",
        type=as_path,
        help="torch-fidelity's Inception weights, for FID on the usual features",
    )
    add("--dry-run", action="store_true", help="print plan, time, memory and disk, and train nothing")
    add(
        "--profile",
        action="store_true",
        help="where the time goes: trace and table of a run of each arm; no results",
    )
    add(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE.py",
        help="a Python file with methods, data sets or metrics of yours",
    )
    add("--force", action="store_true", help="train again what is finished, diverged runs too")
    add("--list", choices=LISTS, help="what there is, a line each")
    return p


def seeds(text: str) -> int | list[int]:
    """`6`, `0,3,7` or `7,`. Raises ValueError naming the forms."""
    try:
        made = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        made = []
    if not made or min(made) < 0 or ("," not in text and made[0] < 1):
        raise ValueError(
            f"--seeds {text}: write how many, such as 6, or which, such as 0,3,7 (7, is seed 7 alone)"
        )
    if "," in text and max(made) > LARGEST:
        raise ValueError(f"--seeds {text}: a seed is at most {LARGEST}")
    if "," not in text and made[0] > MANY:
        raise ValueError(
            f"--seeds {text}: that is {made[0]:,} seeds; {text}, with a comma is seed {text} alone"
        )
    return made if "," in text else made[0]


def names(text: str, flag: str) -> list[str]:
    """Comma-separated names. Raises ValueError for none."""
    made = [part.strip() for part in text.split(",") if part.strip()]
    if not made:
        raise ValueError(f"{flag} {text!r}: give comma-separated names")
    return made


def preset_values(args: argparse.Namespace) -> dict[str, Any]:
    """Raw preset values with the flags' changes in every part of it. Raises ValueError."""
    from benchmarks.planning import preset

    values = preset.read(args.preset)
    parts = preset.parts(values)
    if len(parts) > 1:
        for key in ("dataset", "family"):
            asked, there = getattr(args, key), [part.get(key) for part in parts]
            if asked is not None and asked not in there:
                raise ValueError(
                    f"--{key} {asked}: preset {values['name']} has {', '.join(dict.fromkeys(map(str, there)))}"
                )
            parts = [part for part in parts if asked in (None, part.get(key))]
    made = [_flagged(part, args) for part in parts]
    return {**values, "parts": made} if len(made) > 1 else made[0]


def _flagged(values: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """One part's raw values with the flags' changes in."""
    from benchmarks.planning import preset
    from benchmarks.planning.arms import arms_of, expand
    from benchmarks.planning.check import alike
    from benchmarks.planning.registry import DATASETS, METHODS, METRICS

    if args.dataset is not None and args.dataset != values.get("dataset"):
        takes = DATASETS.get(args.dataset).defaults
        values["data"] = {k: v for k, v in values.get("data", {}).items() if k in takes}
        values["dataset"] = args.dataset
    if args.family is not None and args.family != values.get("family"):
        from benchmarks.planning.registry import FAMILIES

        takes = FAMILIES.get(args.family).defaults  # a width of 1/16 means nothing where widths are units
        arch = values.get("arch", {}).items()
        values["arch"] = {k: v for k, v in arch if k in takes and alike(v, takes[k])}
        values["family"] = args.family
    for assignment in args.set:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set {assignment}: write KEY=VALUE, such as steps=400")
        values = preset.assign(values, key.strip(), preset.parse_value(text.strip()))
    if args.skip_bad_images:
        if "skip_bad" not in DATASETS.get(str(values.get("dataset"))).defaults:
            raise ValueError(f"--skip-bad-images: {values.get('dataset')} is not read from image files")
        values = preset.assign(values, "data.skip_bad", True)
    if args.precision is not None:
        values["precision"] = args.precision
    if args.compile is not None:
        values["compile"] = args.compile
    if args.seeds is not None:
        values["seeds"] = seeds(args.seeds)
    if args.steps is not None:
        if args.steps < 1:
            raise ValueError(f"--steps {args.steps}: must be at least 1")
        values["steps"] = args.steps
        values["evaluate"] = [s for s in values.get("evaluate", []) if s < args.steps] + [args.steps]
    if args.metrics is not None:
        values["metrics"] = METRICS.names() if args.metrics == "all" else names(args.metrics, "--metrics")
    if args.methods is not None:
        chosen = METHODS.names() if args.methods == "all" else names(args.methods, "--methods")
        for name in chosen:
            METHODS.get(name)
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"--methods {args.methods}: a method is named twice")
        values = arms_of(chosen, values)
    flags = {
        "ablate": args.ablate,
        "sweeps": args.sweep,
        "ladders": args.ladder,
        "equal_compute": args.equal_compute,
    }
    if any(flags.values()):
        named = values.get("methods", []) if args.methods else []
        values = {**values, "methods": named, "arms": values.get("arms", []) if args.methods else [], **flags}
    return expand(values)


def download(values: dict[str, Any], root: Path) -> None:
    """Get the files of a preset's data sets. Raises ValueError where that cannot be."""
    from benchmarks.planning import preset
    from benchmarks.planning.registry import DATASETS

    for name in dict.fromkeys(str(part.get("dataset")) for part in preset.parts(values)):
        print(f"{name}: getting its files into {root}", file=sys.stderr)
        DATASETS.get(name).fetch(root)
