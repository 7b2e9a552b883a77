"""What a preset may set, and which method fits which data: everything that is refused before anything is trained."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.planning.config import Optim, RunConfig
from benchmarks.planning.preset import Override, Preset, by_paper
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, Entry, unknown
from methods.base import Spec
from methods.priors import Prior

LEADER = "leader"  # of each question, as an opponent of `contrasts`: reports/contrasts.py


def check_keys(preset: Preset, entries: list[Entry]) -> None:
    """Keys of the free tables must be known to somebody who takes them; choices must be among theirs."""
    DATASETS.get(preset.dataset)
    _check_arch(preset)
    _check_options(preset, entries)
    for key in preset.weights:
        if not any(key in entry.weights for entry in entries):
            raise ValueError(
                f"weights: {unknown('term', key, {k for entry in entries for k in entry.weights})}"
            )
    for name in preset.contrasts:  # --methods may leave it out
        if name != LEADER and name not in METHODS.names():
            raise ValueError(f"contrasts: {unknown('opponent', name, [LEADER, *METHODS.names()])}")
    for name in () if isinstance(preset.settings, str) else preset.settings:
        if not METHODS.get(name).recommended:
            known = [entry.name for entry in METHODS if entry.recommended]
            raise ValueError(f"settings: {name} recommends nothing; {', '.join(known)} do")
    for name, override in preset.method.items():
        _check_override(METHODS.get(name), override)


def _check_arch(preset: Preset) -> None:
    """Keys of the family, and tables of them for single roles."""
    family = FAMILIES.get(preset.family)
    roles = {name for entry in METHODS for name in entry.cls.roles}
    for key, value in preset.arch.items():
        if key in roles and key not in family.defaults and not isinstance(value, dict):
            example = f"arch.{key}.{next(iter(family.defaults), 'KEY')}"
            raise ValueError(f"arch.{key} = {value!r}: a table of keys is expected, such as {example}")
        own = value if key in roles and isinstance(value, dict) else {key: value}
        for name, each in own.items():
            if name not in family.defaults:
                raise ValueError(f"arch: {unknown('key', name, {*family.defaults, *roles})}")
            where = f"arch.{key}" if own is not value else f"arch.{key}.{name}"
            _check_value(where, each, family.defaults[name], family.choices.get(name))


def _check_options(preset: Preset, entries: list[Entry]) -> None:
    """Options that some method takes; values by those that take part, else by any."""
    for key, value in preset.options.items():
        takers = [entry for entry in METHODS if key in entry.options]
        if not takers:
            raise ValueError(
                f"options: {unknown('key', key, {k for entry in METHODS for k in entry.options})}"
            )
        if chosen := [entry for entry in entries if key in entry.options]:
            for entry in chosen:
                _check_option(entry, key, value)
        else:  # set for methods that do not take part
            _check_for_any(takers, key, value)


def _check_override(entry: Entry, override: Override) -> None:
    """Options and terms of one method."""
    for key, value in override.options.items():
        if key not in entry.options:
            raise ValueError(f"method {entry.name}: {unknown('option', key, entry.options)}")
        _check_option(entry, key, value)
    for key in override.weights:
        if key not in entry.weights:
            raise ValueError(f"method {entry.name}: {unknown('term', key, entry.weights)}")


def recommended(preset: Preset, entry: Entry) -> Mapping[str, Any]:
    """Returns what a method's paper recommends where the preset takes it; empty otherwise."""
    return entry.recommended if by_paper(preset.settings, entry.name) else {}


def _check_option(entry: Entry, key: str, value: Any) -> None:
    choices = {**entry.cls.common_choices, **entry.cls.choices}.get(key)
    _check_value(f"options.{key}", value, entry.options[key], choices)


def _check_for_any(takers: Sequence[Entry], key: str, value: Any) -> None:
    """Raises ValueError for a value that no method takes, with the first one's reason."""
    reasons = []
    for entry in takers:
        try:
            _check_option(entry, key, value)
            return
        except ValueError as error:
            reasons.append(error)
    raise reasons[0]


def check_decay(optim: Optim, where: str) -> None:
    """Raises ValueError for a fall of the learning rate given by half: it would change a run's name and nothing else."""
    usual = Optim()
    if optim.decay_by != usual.decay_by and not optim.decay_at:
        raise ValueError(
            f"{where}: decay_by = {optim.decay_by} does nothing without decay_at: name the steps after which the rate falls, "
            f"such as decay_at = [2000], or leave decay_by at {usual.decay_by}"
        )
    if optim.decay_from != usual.decay_from and optim.decay_to == usual.decay_to:
        raise ValueError(
            f"{where}: decay_from = {optim.decay_from} does nothing without decay_to: name the factor that the rate falls to, "
            f"such as decay_to = 0.01, or leave decay_from at {usual.decay_from:g}"
        )
    if optim.decay_to != usual.decay_to and optim.decay_from == usual.decay_from:
        raise ValueError(
            f"{where}: decay_to = {optim.decay_to} does nothing without decay_from: name the share of the budget from which the "
            f"rate falls, such as decay_from = 0.5, or leave decay_to at {usual.decay_to:g}"
        )


def alike(value: Any, default: Any) -> bool:
    """Whether a value can stand where the default stands: numbers for numbers, whole ones for whole ones."""
    if isinstance(default, bool) or not isinstance(default, int | float):
        several = isinstance(default, list | tuple)
        return isinstance(value, list | tuple) if several else isinstance(value, type(default))
    whole = isinstance(default, int)
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)


def _check_value(key: str, value: Any, default: Any, choices: tuple[Any, ...] | None) -> None:
    if choices is not None and not any(type(value) is type(c) and value == c for c in choices):  # 1 == True
        raise ValueError(f"{key} = {value!r}: choose one of {', '.join(map(repr, choices))}")
    number = isinstance(default, int | float) and not isinstance(default, bool)
    if choices is None and default is not None and not alike(value, default):
        raise ValueError(f"{key} = {value!r}: a value like {default!r} is expected")
    if number and choices is None and not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{key} = {value!r}: a finite number is expected, not below 0")


def _not_estimated(entry: Entry) -> str | None:
    """Returns why the statistics of a method's batch norm cannot be estimated anew: G(z) and E(x) alone are known to be."""
    ends = {"G": ("z", "x"), "E": ("x", "z")}
    for name, role in entry.cls.roles.items():
        if role.kind == "producer" and not role.goes(*ends.get(name, ("", ""))):
            return (
                f"norm_statistics = 'reestimated' is for G: z -> x and E: x -> z, not for {name}: {', '.join(role.src)} -> "
                f"{role.dst}; leave it at 'running'"
            )
    return None


def misfit(preset: Preset, entry: Entry, spec: Spec) -> str | None:
    """Returns why a method cannot run on this data, family or prior; None if it can."""
    family = FAMILIES.get(preset.family)
    paper = recommended(preset, entry)
    prior = Prior.parse(paper.get("prior", preset.prior), preset.latent)
    reasons = [_unfit(preset.family, spec), entry.cls.fits(spec, prior)]
    if entry.cls.two_domains() and not preset.domain:
        reasons.append('it needs a second image domain, such as domain = "toonfaces:hair_colour=blond"')
    reasons += [family.fits(spec, role) for role in entry.cls.roles.values()]
    if preset.norm_statistics == "reestimated":
        reasons.append(_not_estimated(entry))
    return next((reason for reason in reasons if reason), None)


def _unfit(name: str, spec: Spec) -> str | None:
    """Returns why a family cannot draw the data, and which ones can where they are points; None if it can."""
    reason = FAMILIES.get(name).fits(spec)
    if reason and not spec.images:
        able = [other for other in FAMILIES.names() if FAMILIES.get(other).fits(spec) is None]
        return f"{reason}: points are drawn by --family {' or '.join(able)}"
    return reason


def check_apart(configs: list[tuple[RunConfig, str]]) -> None:
    """Raises ValueError for two arms that are one run: the second would be missing in every table."""
    labels: dict[str, str] = {}
    for config, label in configs:
        other = labels.setdefault(config.hash, label)
        if other != label:
            raise ValueError(
                f"{config.method}: arm {label!r} is the same run as {other or 'the plain method'!r}: what it sets is there "
                "anyway, or overruled by settings = 'paper'; leave it out, or set it for the method (method.NAME...)"
            )
