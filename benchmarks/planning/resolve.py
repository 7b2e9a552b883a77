"""From a preset to one run's values: the method's own, then the preset's, then what the method's paper recommends where the
preset asks for it (settings = "paper", or the method's name in it), then the preset's for this method. What comes later wins.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.planning.check import check_decay, recommended
from benchmarks.planning.config import Optim, RunConfig, RunStatistics, validated
from benchmarks.planning.contract import NO_STEPS
from benchmarks.planning.domains import contents, described, second
from benchmarks.planning.given import given
from benchmarks.planning.preset import Override, Preset
from benchmarks.planning.registry import CLASSES, DATASETS, FAMILIES, METHODS, Entry, unknown
from methods.base import Spec


def data_spec(dataset: Any) -> Spec:
    """Prepares a data set and returns what methods and families may know of it."""
    dataset.identify(progress(dataset.name, "MB of its files read"))
    dataset.prepare(progress(dataset.name))
    return spec_of(dataset, dataset.split("test"))


def spec_of(dataset: Any, split: Any) -> Spec:
    """Returns shape and labels of a data set, read from one of its splits."""
    return Spec(tuple(dataset.shape), 0 if split.labels is None else split.labels.shape[1], split.label_kind)


def progress(name: str, what: str = "images decoded", every: float = 3.0) -> Callable[[int, int], None]:
    """Says on stderr how far a step before training is and how long it will go on, where it takes more than a few seconds."""
    start = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= every and done:
            last, left = now, (now - start) * (total - done) / done
            print(
                f"{name}: {done:,} of {total:,} {what}, about {left:.0f} s left", file=sys.stderr, flush=True
            )

    return tell


def sources(method: str, family: str, dataset: str, domain: str = "") -> dict[str, str]:
    """Hashes of the plugins' source that these come from; empty where all are ours. domain: the second one's data set."""
    found = {
        "method": CLASSES.source(method),
        "family": FAMILIES.source(family),
        "dataset": DATASETS.source(dataset),
        "domain": DATASETS.source(domain),
    }
    return {part: source for part, source in found.items() if source}


def named(values: dict[str, Any], defaults: dict[str, Any], later: tuple[str, ...]) -> dict[str, Any]:
    """Returns what a run is named by: what was added after runs were first named is left out at its default."""
    return {key: value for key, value in values.items() if key not in later or value != defaults[key]}


def cost(config: RunConfig) -> float:
    """Returns a rough weight for scheduling: steps times the number of terms."""
    return config.steps * (1 + sum(schedule.ever for schedule in config.schedules().values()))


def resolve(preset: Preset, entry: Entry, seed: int, dataset: Any, device: str) -> RunConfig:
    """Returns the configuration of one run, in the order above."""
    own = preset.method.get(entry.name, Override())
    where = f"method {entry.name}"
    family = FAMILIES.get(preset.family)
    paper = recommended(preset, entry)
    values = preset.model_dump()
    weights, options = (given(values, entry.name, table) for table in ("weights", "options"))
    optim = validated(Optim, given(values, entry.name, "optim"), f"{where}: optim")
    check_decay(optim, f"{where}: optim")
    if strange := set(optim.players) - set(entry.cls.players):
        raise ValueError(f"{where}: optim.players: {unknown('player', strange.pop(), entry.cls.players)}")
    other = second(preset.domain, dataset) if entry.cls.two_domains() else None
    domain = None if other is None else described(other)
    if preset.precision == "tf32" and device == "cpu":
        raise ValueError(
            "precision = 'tf32': a CPU has none and would compute in fp32; take fp32, bf16 or --device cuda"
        )
    base = None
    if entry.cls.base:
        base = resolve(preset, METHODS.get(entry.cls.base), seed, dataset, device)
    idle = not entry.cls.players  # creswell: nothing is trained
    steps = 0 if idle else own.steps or preset.steps
    last = (base.steps if base else preset.steps,)  # so that its values are in the same tables as its base's
    evaluate = last if idle else own.evaluate or tuple(step for step in preset.evaluate if step <= steps)
    prior, batch = paper.get("prior", preset.prior), paper.get("batch", preset.batch)
    config: RunConfig = validated(RunConfig, {
        "dataset": preset.dataset, "data": dataset.named, "family": preset.family,
        "arch": named({**family.defaults, **preset.arch}, family.defaults, family.later), "method": entry.name,
        "weights": named(weights, entry.cls.weights, entry.cls.later),
        "options": named(options, {**entry.cls.common, **entry.cls.options}, entry.cls.later),
        "prior": prior, "latent": preset.latent, "batch": batch, "steps": steps, "evaluate": evaluate,
        "optim": optim, "seed": seed, "precision": preset.precision, "device": device, "base": base,
        "compiled": compiled(preset, steps, device), "domain": domain, "norm_statistics": statistics(preset, entry),
        "vary": preset.vary,
        "versions": {"method": entry.cls.version, "family": family.version, "dataset": dataset.version},
        "content": contents(dataset, other), "sources": sources(
            entry.cls.name, family.name, dataset.name, domain.dataset if domain else ""
        ),
    }, where)  # fmt: skip
    _check_budget(entry, config)
    return config


def statistics(preset: Preset, entry: Entry) -> RunStatistics:
    """Whose outputs batch norm's statistics are of; those of a G that samples from codes are of its reconstructions."""
    anew = preset.norm_statistics == "reestimated"
    return "reestimated-rec" if anew and entry.cls.ex_post else preset.norm_statistics


def compiled(preset: Preset, steps: int, device: str) -> bool:
    """Whether a run's cycles are compiled (training/inductor.py). Raises ValueError where that is asked for and cannot be."""
    if preset.compile == "on" and device != "cpu":
        raise ValueError(
            f"compile = on is for a CPU; on {device} a cycle is one CUDA graph: leave it at auto"
        )
    least = FAMILIES.get(preset.family).compiled_from
    pays = device == "cpu" and least is not None and steps >= least
    return steps > 0 and (preset.compile == "on" or (preset.compile == "auto" and pays))


def build_method(config: RunConfig) -> Any:
    """Returns the method object of a run."""
    ever = [name for name, schedule in config.schedules().items() if schedule.ever]
    return METHODS.get(config.method).cls(ever, config.options)


def overruled(preset: Preset, entry: Entry) -> list[str]:
    """Returns what of the method's own options and weights the preset has otherwise, as "name = value (not value)"."""
    lines = []
    for own, common, special in (
        (entry.options, preset.options, preset.method.get(entry.name, Override()).options),
        (entry.weights, preset.weights, preset.method.get(entry.name, Override()).weights),
    ):
        given = {**{k: v for k, v in common.items() if k in own}, **special}
        lines += [f"{k} = {v!r} (its own: {own[k]!r})" for k, v in given.items() if v != own[k]]
    return lines


def _check_budget(entry: Entry, config: RunConfig) -> None:
    """Budgets and evaluation steps fall on cycle ends, and the last step is evaluated."""
    if not entry.cls.players:
        return
    if not any(schedule.ever for schedule in config.schedules().values()):
        raise ValueError(f"method {entry.name}: every term has weight 0, so nothing would be trained")
    _check_cycle(entry, config)
    per_cycle = sum(update.steps for update in build_method(config).cycle())
    if not per_cycle:
        raise ValueError(f"method {entry.name}: {NO_STEPS}")
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
        raise ValueError(
            f"method {entry.name}: evaluate = {list(config.evaluate)} must rise and end at steps = {config.steps}: --steps "
            f"{config.steps} sets both for all methods, --set method.{entry.name}.evaluate=[..., {config.steps}] this one's"
        )


def _terms(method: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Returns (player, the terms it learns from) of every update of a method's cycle."""
    return [item for update in method.cycle() for item in update.terms.items()]


def _check_cycle(entry: Entry, config: RunConfig) -> None:
    """Every player learns, from terms that there are, whatever the options, and packs divide the batch."""
    method = build_method(config)
    for player, terms in _terms(method):
        if not terms:
            raise ValueError(
                f"method {entry.name}: every term that {player} learns from has weight 0; leave one of "
                f"{', '.join(config.weights)} on"
            )
        for term in terms:
            if not hasattr(method, f"term_{term}"):
                known = [name.removeprefix("term_") for name in dir(method) if name.startswith("term_")]
                raise ValueError(f"method {entry.name}: its options ask for {unknown('term', term, known)}")
    usual = {player for player, _ in _terms(entry.cls(method.ever_on, entry.options))}
    if idle := usual - {player for player, _ in _terms(method)}:
        changed = {name: value for name, value in config.options.items() if value != entry.options.get(name)}
        raise ValueError(
            f"method {entry.name}: with options {changed} no update trains {', '.join(sorted(idle))}"
        )
    for name, role in method.roles.items():
        divides = role.pack > 0 and (config.options.get("pack_batch") or config.batch % role.pack == 0)
        if not divides:
            raise ValueError(
                f"method {entry.name}: {name} sees {role.pack} samples side by side, which does not divide a batch of "
                f"{config.batch}"
            )
