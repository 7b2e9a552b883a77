"""The plan: from a preset to a graph of nodes, each named by its content and done once, whoever asks.

prepare (data set, extractor) -> base runs -> runs that need them -> reference rows. Everything that could
be refused is refused here, before anything is trained.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from benchmarks.planning import budget
from benchmarks.planning import preset as presets
from benchmarks.planning.check import check_apart, check_keys, misfit
from benchmarks.planning.config import RunConfig
from benchmarks.planning.domains import second
from benchmarks.planning.equal_compute import Operations, equal_compute
from benchmarks.planning.preset import Arm, Preset
from benchmarks.planning.registry import DATASETS, METHODS, METRICS
from benchmarks.planning.resolve import cost, data_spec, resolve
from benchmarks.planning.sizes import large_batches, require_variety, samples
from methods.base import Spec


@dataclass(frozen=True)
class Context:
    """What every node needs to know and no number depends on: places, device, and what to evaluate."""

    out: Path
    cache: Path
    data_root: Path | None
    inception_weights: Path | None
    device: str
    metrics: tuple[str, ...] = ()  # the plan fills in these two, part by part
    samples: int = 0
    force: bool = False
    plugins: tuple[str, ...] = ()
    graphs: bool = True  # on a GPU
    deadline: float | None = None  # seconds since the epoch, after which a run stops at a checkpoint
    extractors: tuple[
        str, ...
    ] = ()  # named ones, each of which judges; empty: Inception if it is there, else domain
    metric_sources: tuple[
        tuple[str, str], ...
    ] = ()  # hashes of the metrics' code that comes from plugins; the plan fills it in
    until: int = 0  # an evaluated step at which the runs that are asked for pause; 0: none

    @property
    def out_of_time(self) -> bool:
        return self.deadline is not None and time.time() >= self.deadline


@dataclass(frozen=True)
class Node:
    """One piece of work; `needs` are keys of nodes that come first. cost is in training steps, for the longest first.

    `place` names the data set where a plan has several.
    """

    key: str
    kind: Literal["prepare", "run", "references"]
    context: Context
    config: RunConfig
    spec: Spec
    needs: tuple[str, ...] = ()
    variant: str = ""
    asked: bool = True  # False: a base run that is trained only because others need it
    cost: float = 0.0
    place: str = ""

    @property
    def label(self) -> str:
        """For people: `aegan, critic_updates=joint, seed 3`."""
        if self.kind == "prepare":
            return f"prepare {self.config.dataset}"
        own = [self.config.method, self.variant, f"seed {self.config.seed}"]
        return ", ".join(filter(None, [*(own if self.kind == "run" else ["reference rows"]), self.place]))


@dataclass(frozen=True)
class Skipped:
    """A method that this plan leaves out, where, and why."""

    dataset: str
    family: str
    method: str
    variant: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """Nodes in an order that respects their needs, and what is left out; one preset for each part."""

    presets: tuple[Preset, ...]
    nodes: tuple[Node, ...]
    skipped: tuple[Skipped, ...] = ()
    left_out: tuple[str, ...] = ()  # unreadable images
    notes: tuple[str, ...] = ()  # what is odd about the data

    @property
    def title(self) -> str:
        return self.presets[0].title

    @property
    def runs(self) -> list[Node]:
        return [node for node in self.nodes if node.kind == "run"]


def make(
    values: dict[str, Any], context: Context, device_type: str, operations: Operations | None = None
) -> Plan:
    """Builds the plan of a preset's raw values. Raises ValueError with one line for whatever cannot be run.

    operations: counts the operations of a training step, for arms of equal compute.
    """
    own = presets.parts(values)
    plans = [_part(part, context, device_type, operations, several=len(own) > 1) for part in own]
    places = [f"{p.presets[0].dataset} ({p.presets[0].family})" for p in plans]
    twice = next((place for i, place in enumerate(places) if place in places[:i]), None)
    if twice:
        raise ValueError(
            f"preset {values.get('name', '')}: two parts have {twice}: let data set or family differ"
        )
    nodes = _joined([node for plan in plans for node in plan.nodes])
    order = {"prepare": 0, "run": 1, "references": 3}
    return Plan(
        tuple(plan.presets[0] for plan in plans),
        tuple(sorted(nodes.values(), key=lambda n: order[n.kind] + (n.config.base is not None))),
        tuple(skipped for plan in plans for skipped in plan.skipped),
        tuple(line for plan in plans for line in plan.left_out),
        tuple(dict.fromkeys(line for plan in plans for line in plan.notes)),
    )


def _joined(nodes: list[Node]) -> dict[str, Node]:
    """Returns nodes by key; data that two parts share are prepared for the metrics, and the samples, of both."""
    made: dict[str, Node] = {}
    for node in nodes:
        if node.kind == "prepare" and (known := made.get(node.key)):
            one, other = known.context, node.context
            metrics = tuple(dict.fromkeys((*one.metrics, *other.metrics)))
            sources = tuple(dict.fromkeys((*one.metric_sources, *other.metric_sources)))
            n = max(one.samples, other.samples)
            context = replace(other, metrics=metrics, metric_sources=sources, samples=n)
            node = replace(node, context=context)
        made[node.key] = node
    return made


def _part(
    values: dict[str, Any], context: Context, device_type: str, operations: Operations | None, several: bool
) -> Plan:
    """Returns the plan on one data set and family."""
    preset = presets.build(values)
    arms = preset.all_arms
    _check_part(preset, context)
    dataset = DATASETS.get(preset.dataset)(context.cache, context.data_root, **preset.data)
    domains = [each for each in (dataset, second(preset.domain, dataset)) if each is not None]
    spec, *_ = [data_spec(each) for each in domains]
    n = min(samples(each, preset.samples) for each in domains)
    fewer = (f"samples = {preset.samples:,}: there are images for {n:,}",) if n < preset.samples else ()
    for each in domains:
        require_variety(each)
    theirs = tuple((name, source) for name in preset.metrics if (source := METRICS.source(name)))
    context = replace(context, metrics=preset.metrics, metric_sources=theirs, samples=n)

    for text in preset.equal_compute:
        assert operations is not None, "arms of equal compute need a counter of operations"
        arms += (equal_compute(values, text, dataset, spec, operations),)
    total = 0.0
    if preset.budget:
        assert operations is not None, "a budget in operations needs a counter of them"
        total = budget.operations_of(preset, dataset, spec, operations)
    configs: list[tuple[RunConfig, str]] = []
    skipped = []
    for arm in arms:
        own = _arm(values, arm, arms)
        entry = METHODS.get(arm.method)
        reason = misfit(own, entry, spec)
        if reason and len(arms) == 1:
            raise ValueError(f"method {arm.method}: {reason}")
        if reason:
            skipped.append(Skipped(preset.dataset, preset.family, arm.method, arm.label, reason))
            continue
        if total and operations is not None:
            own = budget.afford(own, entry, total, dataset, spec, operations)
        configs += [(resolve(own, entry, seed, dataset, device_type), arm.label) for seed in own.seed_list]
    check_apart(configs)
    if not configs:
        raise ValueError("nothing to run: " + "; ".join(f"{s.method}: {s.reason}" for s in skipped))
    odd = (*fewer, *large_batches(dataset, max(config.batch for config, _ in configs)))
    left_out = tuple(line for each in domains for line in each.left_out)
    planned = preset.model_copy(update={"arms": arms})
    nodes = _graph(configs, context, spec, preset.dataset if several else "")
    notes = tuple(f"{each.name}: {note}" for each in domains for note in (*each.notes, *odd))
    return Plan((planned,), tuple(nodes), tuple(skipped), left_out, notes)


def _check_part(preset: Preset, context: Context) -> None:
    """Raises ValueError for what is wrong whatever the data are."""
    for name in preset.metrics:
        METRICS.get(name)
    arms, names = preset.all_arms, ", ".join(arm.method for arm in preset.all_arms)
    if not arms and preset.equal_compute:
        named = ",".join(preset.equal_compute[0].split(":"))
        raise ValueError(
            f"--equal-compute {preset.equal_compute[0]} is a further row beside named methods: give --methods {named} as well"
        )
    if not arms:
        raise ValueError(f"preset {preset.name} names no methods: give --methods")
    if len({(arm.method, arm.label) for arm in arms}) < len(arms):
        raise ValueError(f"a method is named twice in {names}")
    if not preset.seed_list:
        raise ValueError(f"preset {preset.name} names no seeds: give --seeds")
    if len(set(preset.seed_list)) < len(preset.seed_list):
        raise ValueError(f"a seed is named twice in {', '.join(map(str, preset.seed_list))}")
    check_keys(preset, [METHODS.get(arm.method) for arm in arms])
    if context.inception_weights and not context.inception_weights.is_file():
        raise ValueError(f"--inception-weights {context.inception_weights} does not exist")


def _arm(values: dict[str, Any], arm: Arm, arms: Sequence[Arm]) -> Preset:
    """Returns the preset with an arm's changes. Raises ValueError for keys that it does not have."""
    for key, value in arm.set.items():
        values = presets.assign(values, key, value)
    own = presets.build(values)
    check_keys(own, [METHODS.get(arm.method)] if arm.set else [METHODS.get(a.method) for a in arms])
    return own


def _graph(configs: list[tuple[RunConfig, str]], context: Context, spec: Spec, place: str) -> list[Node]:
    """Returns the nodes: prepare, the runs with their bases, and the references."""
    first = next((config for config, _ in configs if config.domain), configs[0][0])
    domain = first.domain and first.domain.model_dump()
    outside = [part for part in (domain, first.content, first.sources) if part]
    name = f"prepare-{_name([first.dataset, first.data, first.versions['dataset'], *outside])}"
    prepare = Node(name, "prepare", context, first, spec)
    nodes = {prepare.key: prepare}

    def add(config: RunConfig, variant: str, asked: bool) -> str:
        needs = [prepare.key]
        if config.base:
            needs.append(add(config.base, "", asked=False))
        known = nodes.get(config.hash)
        if known is None or (asked and not known.asked):
            nodes[config.hash] = Node(
                config.hash, "run", context, config, spec, tuple(needs), variant, asked, cost(config), place
            )
        return config.hash

    for config, variant in configs:
        add(config, variant, asked=True)
    versions = {part: version for part, version in first.versions.items() if part != "method"}
    about = [first.dataset, first.data, first.family, first.arch, first.latent, first.prior, versions]
    key = [*about, *outside]
    name = f"references-{_name(key)}"
    return [*nodes.values(), Node(name, "references", context, first, spec, (prepare.key,), place=place)]


def _name(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
