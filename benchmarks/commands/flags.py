"""From flags to a preset's raw values: what each flag changes, in every part of the preset."""

import re
import time
from argparse import Namespace
from typing import Any, get_args

from benchmarks.metrics.base import Value
from benchmarks.planning import preset
from benchmarks.planning.arms import arms_of, expand, varied
from benchmarks.planning.check import alike
from benchmarks.planning.labels import Stream
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, METRICS, unknown

LARGEST = 2**63 - 1  # seed: what tables hold exactly


def seeds(text: str) -> int | list[int]:
    """Reads `6`, `0,3,7` or `7,`. Raises ValueError naming the forms."""
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
    if "," not in text and made[0] > preset.MAX_SEEDS:
        raise ValueError(f"--seeds {text}: that is {made[0]:,} seeds; {text}, is seed {text} alone")
    return made if "," in text else made[0]


def value_of(text: str, flag: str) -> Value:
    """Returns the value that METRIC.VALUE names, of which one direction is better. Raises ValueError naming the `flag`."""
    metric, _, name = text.partition(".")
    known = METRICS.get(metric).values
    if not name:
        raise ValueError(f"{flag}: {text}: write METRIC.VALUE, such as {metric}.{next(iter(known))}")
    if name not in known:
        raise unknown(f"value of {metric}", name, known)
    if known[name].better is None:
        raise ValueError(f"{flag}: neither direction of {text} is better; take another value")
    return known[name]


def duration(text: str) -> float:
    """Reads `90s`, `9m` or `1h30m` as seconds. Raises ValueError naming the forms."""
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text.strip())
    seconds = (
        sum(int(n or 0) * unit for n, unit in zip(parts.groups(), (3600, 60, 1), strict=True)) if parts else 0
    )
    if not seconds:
        raise ValueError(f"--time-limit {text}: write 90s, 9m or 1h30m")
    return float(seconds)


def deadline(time_limit: str | None) -> float | None:
    """Returns the end of --time-limit, in seconds since the epoch; None where there is none. Raises ValueError."""
    return time.time() + duration(time_limit) if time_limit else None


def names(text: str, flag: str) -> list[str]:
    """Reads comma-separated names. Raises ValueError for none."""
    made = [part.strip() for part in text.split(",") if part.strip()]
    if not made:
        raise ValueError(f"{flag} {text!r}: give comma-separated names")
    return made


def sources(text: str) -> list[str]:
    """Reads `init,order`. Raises ValueError naming the known sources of variance."""
    known, made = get_args(Stream), names(text, "--vary")
    for name in made:
        if name not in known:
            raise ValueError(f"--vary: {unknown('source of variance', name, known)}")
    return made


def preset_values(args: Namespace) -> dict[str, Any]:
    """Returns raw preset values with the flags' changes in every part of it. Raises ValueError."""
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
    made = [changed(part, args) for part in parts]
    return {**values, "parts": made} if len(made) > 1 else made[0]


def changed(values: dict[str, Any], args: Namespace) -> dict[str, Any]:
    """Returns one part's raw values with the flags' changes in. Raises ValueError."""
    preset.check_kinds(values)
    values = _assigned(_moved(values, args), args)
    for key in ("precision", "compile"):
        if getattr(args, key) is not None:
            values[key] = getattr(args, key)
    choices = [sources(text) for text in args.vary]
    if len(choices) == 1:
        values["vary"] = choices[0]
    if args.seeds is not None:
        values["seeds"] = seeds(args.seeds)
    if args.steps is not None:
        values = _steps(values, args.steps)
    if args.metrics is not None:
        values["metrics"] = METRICS.names() if args.metrics == "all" else names(args.metrics, "--metrics")
    if args.methods is not None:
        values = arms_of(_methods(args.methods), values)
    flags = {
        "ablate": args.ablate,
        "sweeps": args.sweep,
        "ladders": args.ladder,
        "equal_compute": args.equal_compute,
    }
    if any(flags.values()):
        named = values.get("methods", []) if args.methods else []
        values = {**values, "methods": named, "arms": values.get("arms", []) if args.methods else [], **flags}
    made = expand(values)
    _check_taken(made, args)
    return varied(made, choices) if len(choices) > 1 else made


def _moved(values: dict[str, Any], args: Namespace) -> dict[str, Any]:
    """Returns values on another data set or family, without what these do not take."""
    before = values.get("dataset"), values.get("family")
    if args.dataset is not None and args.dataset != values.get("dataset"):
        takes = DATASETS.get(args.dataset).defaults
        values["data"] = {k: v for k, v in values.get("data", {}).items() if k in takes}
        values["dataset"], values["domain"] = args.dataset, ""  # the preset's stood beside the other data set
    if args.family is not None and args.family != values.get("family"):
        takes = FAMILIES.get(args.family).defaults  # a width of 1/16 means nothing where widths are units
        arch = values.get("arch", {}).items()
        values["arch"] = {k: v for k, v in arch if k in takes and alike(v, takes[k])}
        values["family"] = args.family
    if before != (values.get("dataset"), values.get("family")):
        named = [values.get("dataset", ""), f"family {values['family']}" if "family" in values else ""]
        values["title"] = ", ".join(filter(None, [*named, f"otherwise as preset {values['name']}"]))
    return values


def _assigned(values: dict[str, Any], args: Namespace) -> dict[str, Any]:
    """Returns values with what --set and --skip-bad-images change."""
    for assignment in args.set:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set {assignment}: write KEY=VALUE, such as steps=400")
        values = preset.assign(values, key.strip(), preset.parse_value(text.strip()))
    preset.check_kinds(values)
    if args.skip_bad_images:
        if "skip_bad" not in DATASETS.get(str(values.get("dataset"))).defaults:
            raise ValueError(f"--skip-bad-images: {values.get('dataset')} is not read from image files")
        values = preset.assign(values, "data.skip_bad", True)
    return values


def _check_taken(values: dict[str, Any], args: Namespace) -> None:
    """Raises ValueError for an option given by --set that no method of the plan takes."""
    chosen = [arm["method"] for arm in values.get("arms", [])] or list(values.get("methods", []))
    taken = {key for name in chosen for key in METHODS.get(name).options}
    for assignment in args.set:
        table, _, key = assignment.partition("=")[0].strip().partition(".")
        if table == "options" and chosen and key not in taken:
            raise ValueError(
                f"--set {assignment}: none of {', '.join(chosen)}: {unknown('option', key, taken)}"
            )


def _steps(values: dict[str, Any], steps: int) -> dict[str, Any]:
    """Returns values with another budget, in steps."""
    if steps < 1:
        raise ValueError(f"--steps {steps}: must be at least 1")
    evaluate = [s for s in values.get("evaluate", []) if int(s) < steps] + [steps]
    return {**{k: v for k, v in values.items() if k != "budget"}, "steps": steps, "evaluate": evaluate}


def _methods(text: str) -> list[str]:
    """Returns the methods that --methods names, each once."""
    chosen = METHODS.names() if text == "all" else names(text, "--methods")
    for name in chosen:
        METHODS.get(name)
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"--methods {text}: a method is named twice")
    return chosen
