"""A preset: one TOML file that says what to compare, on what, for how long; shipped ones lie in presets/, others by path.

Presets hold data only. `--set key=value` changes any of their keys, by dotted path. A preset that asks its question on
several data sets or families has `[[parts]]`: each is the preset with its own values over it.
"""

import copy
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from benchmarks.planning.config import (
    Count,
    Frozen,
    Optim,
    Precision,
    Seed,
    Statistics,
    Streams,
    validated,
)
from benchmarks.planning.labels import VARIED, arm_label
from benchmarks.planning.registry import METHODS, unknown

MAX_SEEDS = 10_000
FOLDERS = [Path(__file__).parents[1] / "presets"]  # plugins add theirs


class Override(Frozen):
    """What one method has otherwise than the rest of the preset."""

    optim: dict[str, Any] = {}
    options: dict[str, Any] = {}
    weights: dict[str, float | str] = {}
    steps: Count | None = None
    evaluate: tuple[Annotated[int, Field(ge=0)], ...] | None = None


SHARED = (  # keys that hold for all arms of a plan
    "name", "title", "summary", "dataset", "data", "domain", "methods", "arms", "ablate", "sweeps", "ladders", "equal_compute",
    "metrics", "samples", "parts", "question", "contrasts",
)  # fmt: skip


class Arm(Frozen):
    """A method with changed preset keys (dotted, in `set`), compared with the unchanged one."""

    method: str
    set: dict[str, Any] = {}
    name: str = ""

    @field_validator("set")
    @classmethod
    def _set(cls, value: dict[str, Any]) -> dict[str, Any]:
        for key in value:
            if key.partition(".")[0] in SHARED:
                raise ValueError(
                    f"an arm sets {key!r}, which is the same for all arms of a preset: write another preset, or [[parts]]"
                )
        return value

    @property
    def label(self) -> str:
        """Its name, or the changes in short: critic_updates=joint."""
        return arm_label(self.name, self.set)


class Question(Frozen):
    """What a preset asks before it is run: is one method better than another, by one value? For --seeds auto."""

    metric: str
    better: str
    worse: str


def _settings(value: Any) -> Any:
    if value not in ("equal", "paper") and not isinstance(value, list | tuple):
        raise ValueError(
            f"settings = {value!r}: equal, paper, or a list of the methods that take their paper's"
        )
    return value


# equal: the preset's for all methods; paper: what each one's paper recommends; names: that, for these methods alone
Settings = Annotated[Literal["equal", "paper"] | tuple[str, ...], BeforeValidator(_settings)]


def by_paper(settings: Settings, method: str) -> bool:
    """Whether a method takes what its paper recommends."""
    return settings == "paper" or (not isinstance(settings, str) and method in settings)


class Preset(Frozen):
    """One comparison. Keys of data, arch, options and weights are checked against what takes them, in the plan."""

    name: str
    title: str
    summary: str
    dataset: str
    domain: str = ""  # a second image domain: domains.py
    family: str
    methods: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = ()
    ablate: tuple[str, ...] = ()
    sweeps: tuple[str, ...] = ()
    ladders: tuple[str, ...] = ()
    equal_compute: tuple[str, ...] = ()
    seeds: Annotated[int, Field(ge=1)] | tuple[Seed, ...]
    steps: Count = 1
    evaluate: tuple[Annotated[int, Field(ge=0)], ...] = ()  # steps; 0: before training
    budget: str | float = ""  # in the place of steps and evaluate: budget.py
    evaluate_at: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (1.0,)  # shares of the budget
    batch: Annotated[int, Field(ge=2)]
    latent: Count
    prior: str
    metrics: tuple[str, ...]
    samples: Annotated[int, Field(ge=64)] = 1000
    precision: Precision = "fp32"
    compile: Literal["auto", "on", "off"] = "auto"
    norm_statistics: Statistics = "running"
    vary: Streams = VARIED  # what the seed decides
    settings: Settings = "equal"
    data: dict[str, Any] = {}
    arch: dict[str, Any] = {}
    options: dict[str, Any] = {}
    weights: dict[str, float | str] = {}
    optim: Optim
    method: dict[str, Override] = {}
    parts: tuple[dict[str, Any], ...] = ()
    question: Question | None = None
    contrasts: tuple[
        str, ...
    ] = ()  # planned: against a method, all with an encoder by log FID; "leader": each question's

    @property
    def seed_list(self) -> tuple[int, ...]:
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def all_arms(self) -> tuple[Arm, ...]:
        return self.arms or tuple(Arm(method=name) for name in self.methods)


def names() -> list[str]:
    """Returns the shipped presets, and those of plugins."""
    return sorted({path.stem for folder in FOLDERS for path in folder.glob("*.toml")})


def read(name: str, extending: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Returns a preset's raw values, by shipped name or by path. Raises ValueError naming the known ones.

    extending: the files that extend this one, the nearest last, beside which its path may be meant.
    """
    by_path = name.endswith(".toml")
    if not by_path and name not in names() and Path(name).expanduser().is_file():
        raise ValueError(f"preset file {name}: its name has to end in .toml")
    shipped = (folder / f"{name}.toml" for folder in FOLDERS)
    path = Path(name).expanduser() if by_path else next((path for path in shipped if path.is_file()), None)
    if by_path and extending and (extending[-1].parent / Path(name).expanduser()).is_file():
        path = extending[-1].parent / Path(name).expanduser()
    if path is None:
        raise unknown("preset", name, names())
    if not path.is_file():
        raise ValueError(f"preset file {name} {'is a folder' if path.is_dir() else 'does not exist'}")
    if path.resolve() in extending:
        raise ValueError(f"preset {name} extends itself")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"preset {name}: not valid TOML: {error}") from None
    if "extends" in values:
        values = _extended(read(str(values.pop("extends")), (*extending, path.resolve())), values)
    if values.get("methods") and values.get("arms"):
        raise ValueError(
            f"preset {name}: both methods and arms; write an arm for each method, such as {{ method = 'gan' }}"
        )
    return {**values, "name": path.stem}


def parts(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns raw values of each part of a preset; of itself where it has none. Raises ValueError for any that is no table."""
    whole = {key: value for key, value in values.items() if key != "parts"}
    own = values.get("parts", [])
    if not isinstance(own, list | tuple) or not all(isinstance(part, dict) for part in own):
        raise ValueError(f"preset {values.get('name', '')}: parts = {own!r}: tables are expected, [[parts]]")
    return [_extended(whole, part) for part in own] or [whole]


def _extended(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Returns `base` with the values of `own` in it; its arms replace the methods of `base`, its methods the arms."""
    made = _merged(base, own)
    for given, replaced in (("arms", "methods"), ("methods", "arms")):
        if own.get(given) and replaced not in own:
            made[replaced] = []
    return made


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Returns `base` with the values of `own` in it, table by table."""
    made = dict(base)
    for key, value in own.items():
        made[key] = (
            _merged(made[key], value)
            if isinstance(value, dict) and isinstance(made.get(key), dict)
            else value
        )
    return made


def check_kinds(values: dict[str, Any]) -> None:
    """Raises ValueError for an unknown key or a value of the wrong kind; what flags may still give may be missing."""
    validated(Preset, values, f"preset {values.get('name', '')}", complete=False)


def build(values: dict[str, Any]) -> Preset:
    """Returns a checked preset from raw values."""
    missing = [key for key in ("steps", "evaluate") if not values.get(key) and not values.get("budget")]
    if missing:
        raise ValueError(
            f"preset {values.get('name', '')}: {' and '.join(missing)} missing: give them, or a budget in operations"
        )
    preset: Preset = validated(Preset, values, f"preset {values.get('name', '')}")
    if isinstance(preset.seeds, int) and preset.seeds > MAX_SEEDS:
        raise ValueError(f"seeds = {preset.seeds} are too many; [{preset.seeds}] is that seed alone")
    return preset


def assign(values: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Returns a copy of raw values with the dotted `key` set. Raises ValueError for a path that does not exist."""
    made = copy.deepcopy(values)
    table, parts = made, key.split(".")
    if (first := parts[0]) not in Preset.model_fields:
        own = f"optim.{key}" if first in Optim.model_fields else f"method.{first}.optim.KEY or .options.KEY"
        if first in Optim.model_fields or first in METHODS.names():
            raise ValueError(f"unknown key {key!r}: write {own}")
        raise unknown("key", first, Preset.model_fields)
    if parts[0] == "parts":
        raise ValueError(f"key {key!r}: parts are written into a preset's file, as [[parts]]")
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ValueError(f"key {key!r}: {part!r} is a value, not a table")
    if isinstance(table.get(parts[-1]), dict):
        raise ValueError(
            f"key {key!r} is a table: set one of its keys, such as {key}.{next(iter(table[parts[-1]]), 'KEY')}=VALUE"
        )
    table[parts[-1]] = value
    return made


def parse_value(text: str) -> Any:
    """Returns the right side of --set: a TOML value, or plain text."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text
