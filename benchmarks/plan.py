"""The plan: from a preset to a graph of nodes, each named by its content and done once, whoever asks.

prepare (data set, extractor) -> base runs -> runs that need them -> reference rows. Everything that could
be refused is refused here, before anything is trained.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks import preset as presets
from benchmarks.config import Optim, RunConfig, validated
from benchmarks.preset import Arm, Override, Preset
from benchmarks.registry import DATASETS, FAMILIES, METHODS, METRICS, Entry, unknown
from methods.base import Spec
from methods.priors import Prior


@dataclass(frozen=True)
class Context:
    """What every node needs to know and no number depends on: places, device, and what to evaluate."""

    out: Path
    cache: Path
    data_root: Path | None
    inception_weights: Path | None
    device: str
    metrics: tuple[str, ...]
    samples: int
    force: bool = False


@dataclass(frozen=True)
class Node:
    """One piece of work; `needs` are keys of nodes that come first. cost is in training steps, for the longest first."""

    key: str
    kind: Literal["prepare", "run", "references"]
    context: Context
    config: RunConfig
    needs: tuple[str, ...] = ()
    variant: str = ""
    asked: bool = True  # False: a base run that nobody named
    cost: float = 0.0

    @property
    def label(self) -> str:
        """For people: `aegan, critic_updates=joint, seed 3`."""
        if self.kind != "run":
            return {"prepare": f"prepare {self.config.dataset}", "references": "reference rows"}[self.kind]
        return ", ".join(filter(None, [self.config.method, self.variant, f"seed {self.config.seed}"]))


@dataclass(frozen=True)
class Skipped:
    """A method that this plan leaves out, and why."""

    method: str
    variant: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """Nodes in an order that respects their needs, and what is left out."""

    preset: Preset
    nodes: tuple[Node, ...]
    skipped: tuple[Skipped, ...] = field(default=())

    @property
    def runs(self) -> list[Node]:
        return [node for node in self.nodes if node.kind == "run"]


def make(values: dict[str, Any], context: Context, device_type: str, precision: str) -> Plan:
    """The plan of a preset's raw values. Raises ValueError with one line for whatever cannot be run."""
    preset = presets.build(values)
    for name in preset.metrics:
        METRICS.get(name)
    arms = preset.all_arms
    if not arms:
        raise ValueError(f"preset {preset.name} names no methods: give --methods")
    if len({(arm.method, arm.label) for arm in arms}) < len(arms):
        raise ValueError(f"a method is named twice in {', '.join(arm.method for arm in arms)}")
    if len(set(preset.seed_list)) < len(preset.seed_list):
        raise ValueError(f"a seed is named twice in {', '.join(map(str, preset.seed_list))}")
    _check_keys(preset, [METHODS.get(arm.method) for arm in arms])
    if context.inception_weights and not context.inception_weights.is_file():
        raise ValueError(f"--inception-weights {context.inception_weights} does not exist")
    dataset = DATASETS.get(preset.dataset)(context.cache, context.data_root, **preset.data)
    spec = data_spec(dataset)

    arms += tuple(_equal_compute(values, text, dataset, spec) for text in preset.equal_compute)
    configs: list[tuple[RunConfig, str]] = []
    skipped = []
    for arm in arms:
        changed = values
        for key, value in arm.set.items():
            changed = presets.assign(changed, key, value)
        own = presets.build(changed)
        _check_keys(own, [METHODS.get(arm.method)] if arm.set else [METHODS.get(a.method) for a in arms])
        entry = METHODS.get(arm.method)
        reason = _misfit(own, entry, spec)
        if reason and len(arms) == 1:
            raise ValueError(f"method {arm.method}: {reason}")
        if reason:
            skipped.append(Skipped(arm.method, arm.label, reason))
            continue
        configs += [
            (resolve(own, entry, seed, dataset, device_type, precision), arm.label) for seed in own.seed_list
        ]
    if not configs:
        raise ValueError("nothing to run: " + "; ".join(f"{s.method}: {s.reason}" for s in skipped))
    planned = preset.model_copy(update={"arms": arms})
    return Plan(planned, tuple(_graph(configs, context)), tuple(skipped))


def _equal_compute(values: dict[str, Any], text: str, dataset: Any, spec: Spec) -> Arm:
    """`gan:aegan`: gan with as many steps as the operations of aegan's budget buy, in hundreds."""
    from benchmarks.compute import gflop_per_step

    preset = presets.build(values)
    names = text.split(":")
    if len(names) != 2:
        raise ValueError(f"equal_compute {text!r}: write METHOD:METHOD, such as gan:aegan")
    cheap, dear = (resolve(preset, METHODS.get(name), 0, dataset, "cpu", "fp32") for name in names)
    steps = round(dear.steps * gflop_per_step(dear, spec) / gflop_per_step(cheap, spec) / 100) * 100
    own = f"method.{names[0]}"
    changes = {f"{own}.steps": steps, f"{own}.evaluate": [*cheap.evaluate, steps]}
    return Arm(method=names[0], set=changes, name=f"compute of {names[1]}")


def data_spec(dataset: Any) -> Spec:
    """What methods and families may know of a data set, which is prepared for it."""
    split = dataset.split("test")
    return Spec(tuple(dataset.shape), 0 if split.labels is None else split.labels.shape[1], split.label_kind)


def _graph(configs: list[tuple[RunConfig, str]], context: Context) -> list[Node]:
    """Prepare first, bases before what needs them, references last."""
    first = configs[0][0]
    prepare = Node(
        f"prepare-{_name([first.dataset, first.data, first.versions['dataset']])}", "prepare", context, first
    )
    nodes = {prepare.key: prepare}

    def add(config: RunConfig, variant: str, asked: bool) -> str:
        needs = [prepare.key]
        if config.base:
            needs.append(add(config.base, "", asked=False))
        known = nodes.get(config.hash)
        if known is None or (asked and not known.asked):
            nodes[config.hash] = Node(
                config.hash, "run", context, config, tuple(needs), variant, asked, cost(config)
            )
        return config.hash

    for config, variant in configs:
        add(config, variant, asked=True)
    key = [first.dataset, first.data, first.family, first.arch, first.latent, first.prior, first.versions]
    references = Node(f"references-{_name(key)}", "references", context, first, (prepare.key,))
    order = [
        prepare,
        *sorted((n for n in nodes.values() if n.kind == "run"), key=lambda n: n.config.base is not None),
        references,
    ]
    return order


def _name(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def cost(config: RunConfig) -> float:
    """A rough weight for scheduling: steps times the number of terms."""
    return config.steps * (1 + sum(schedule.ever for schedule in config.schedules().values()))


def resolve(preset: Preset, entry: Entry, seed: int, dataset: Any, device: str, precision: str) -> RunConfig:
    """The configuration of one run: the method's own values, then the preset's, then its values for this method."""
    own = preset.method.get(entry.name, Override())
    where = f"method {entry.name}"
    family = FAMILIES.get(preset.family)
    options = {
        **entry.options,
        **{k: v for k, v in preset.options.items() if k in entry.options},
        **own.options,
    }
    weights = {
        **entry.weights,
        **{k: v for k, v in preset.weights.items() if k in entry.weights},
        **own.weights,
    }
    optim = validated(Optim, {**preset.optim.model_dump(), **own.optim}, f"{where}: optim")
    base = None
    if entry.cls.base:
        base = resolve(preset, METHODS.get(entry.cls.base), seed, dataset, device, precision)
    idle = not entry.cls.players  # creswell: nothing is trained
    steps = 0 if idle else own.steps or preset.steps
    evaluate = (0,) if idle else own.evaluate or tuple(step for step in preset.evaluate if step <= steps)
    config: RunConfig = validated(RunConfig, {
        "dataset": preset.dataset, "data": dataset.options, "family": preset.family,
        "arch": {**family.defaults, **preset.arch}, "method": entry.name, "weights": weights, "options": options,
        "prior": preset.prior, "latent": preset.latent, "batch": preset.batch, "steps": steps, "evaluate": evaluate,
        "optim": optim, "seed": seed, "precision": precision, "device": device, "base": base,
        "versions": {"method": entry.cls.version, "family": family.version, "dataset": dataset.version},
    }, where)  # fmt: skip
    _check_budget(entry, config)
    return config


def build_method(config: RunConfig) -> Any:
    """The method object of a run."""
    ever = [name for name, schedule in config.schedules().items() if schedule.ever]
    return METHODS.get(config.method).cls(ever, config.options)


def _check_budget(entry: Entry, config: RunConfig) -> None:
    """Budgets and evaluation steps fall on cycle ends, and the last step is evaluated."""
    if entry.cls.players and not any(schedule.ever for schedule in config.schedules().values()):
        raise ValueError(f"method {entry.name}: every term has weight 0, so nothing would be trained")
    per_cycle = sum(update.counts for update in build_method(config).cycle()) or 1
    for what, step in [("steps", config.steps), *(("evaluate", step) for step in config.evaluate)]:
        if step % per_cycle:
            near = max(per_cycle, round(step / per_cycle) * per_cycle)
            raise ValueError(
                f"{what} = {step} does not fall on the end of a cycle of {entry.name} ({per_cycle} steps): take {near}"
            )
    if (
        not config.evaluate
        or config.evaluate[-1] != config.steps
        or sorted(set(config.evaluate)) != list(config.evaluate)
    ):
        raise ValueError(f"evaluate = {list(config.evaluate)} must rise and end at steps = {config.steps}")


def _check_keys(preset: Preset, entries: list[Entry]) -> None:
    """Keys of the free tables must be known to somebody who takes them; choices must be among theirs."""
    DATASETS.get(preset.dataset)
    family = FAMILIES.get(preset.family)
    for key, value in preset.arch.items():
        if key not in family.defaults:
            raise ValueError(f"arch: {unknown('key', key, family.defaults)}")
        _check_value(f"arch.{key}", value, family.defaults[key], family.choices.get(key))
    for key, value in preset.options.items():
        takers = [entry for entry in METHODS if key in entry.options]
        if not takers:
            raise ValueError(
                f"options: {unknown('key', key, {k for entry in METHODS for k in entry.options})}"
            )
        _check_option(takers[0], key, value)
    for key in preset.weights:
        if not any(key in entry.weights for entry in entries):
            raise ValueError(
                f"weights: {unknown('term', key, {k for entry in entries for k in entry.weights})}"
            )
    for name, own in preset.method.items():
        entry = METHODS.get(name)
        for key, value in own.options.items():
            if key not in entry.options:
                raise ValueError(f"method {name}: {unknown('option', key, entry.options)}")
            _check_option(entry, key, value)
        for key in own.weights:
            if key not in entry.weights:
                raise ValueError(f"method {name}: {unknown('term', key, entry.weights)}")


def _check_option(entry: Entry, key: str, value: Any) -> None:
    choices = {**entry.cls.common_choices, **entry.cls.choices}.get(key)
    _check_value(f"options.{key}", value, entry.options[key], choices)


def _check_value(key: str, value: Any, default: Any, choices: tuple[Any, ...] | None) -> None:
    if choices is not None and value not in choices:
        raise ValueError(f"{key} = {value!r}: choose one of {', '.join(map(repr, choices))}")
    number = isinstance(default, int | float) and not isinstance(default, bool)
    fits = (
        isinstance(value, int | float) and not isinstance(value, bool)
        if number
        else isinstance(value, type(default) | list)
    )
    if choices is None and default is not None and not fits:
        raise ValueError(f"{key} = {value!r}: a value like {default!r} is expected")
    if number and choices is None and (value < 0 or value != value):
        raise ValueError(f"{key} = {value!r}: must not be negative")


def _misfit(preset: Preset, entry: Entry, spec: Spec) -> str | None:
    """Why a method cannot run on this data, family or prior; None if it can."""
    family = FAMILIES.get(preset.family)
    prior = Prior.parse(preset.prior, preset.latent)
    reasons = [family.fits(spec), entry.cls.fits(spec, prior)]
    reasons += [family.fits(spec, role) for role in entry.cls.roles.values()]
    return next((reason for reason in reasons if reason), None)


def arms_of(names: list[str], preset: dict[str, Any]) -> dict[str, Any]:
    """Raw preset values whose arms are those of `names`: the preset's own for a method, or the plain method."""
    arms = [Arm(**arm) for arm in preset.get("arms", [])]
    chosen = [arm for name in names for arm in ([a for a in arms if a.method == name] or [Arm(method=name)])]
    return {**preset, "methods": names, "arms": [arm.model_dump() for arm in chosen] if arms else []}
