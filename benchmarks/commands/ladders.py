"""Performs a search by learning-rate ladders, round by round over all methods, and writes ladder.csv and a preset."""

import csv
import io
import math
from argparse import Namespace
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.commands.flags import preset_values
from benchmarks.commands.make import Experiment, make
from benchmarks.commands.trials import as_toml, performed
from benchmarks.commands.tuning import SEEDS_BELOW
from benchmarks.evaluation.rows import metric_rows
from benchmarks.planning import preset as presets
from benchmarks.planning.config import Optim
from benchmarks.planning.given import given
from benchmarks.planning.ladder import FACTOR, Candidate, Ladder
from benchmarks.planning.preset import Arm
from benchmarks.planning.registry import METHODS
from benchmarks.planning.space import critics
from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RunFolder

TABLE, CHOSEN = "ladder.csv", "chosen.toml"
VALUES = ("fid.fid", "reconstruction.l1")


@dataclass
class LadderSearch:
    """What is searched: raw values of the first part of a preset, and a ladder a method; chosen settings so far."""

    values: dict[str, Any]
    ladders: dict[str, Ladder]
    chosen: dict[str, Candidate] = field(default_factory=dict)


def prepare(args: Namespace) -> LadderSearch:
    """Reads the flags. Raises ValueError for what cannot be searched, and for flags of the other search."""
    for flag, default in (("metric", "fid.fid"), ("final_seeds", 5), ("at_once", 1)):
        if getattr(args, flag) != default:
            raise ValueError(f"--{flag.replace('_', '-')}: --search ladder does not take it; leave it out")
    values = presets.parts(preset_values(args))[0]
    preset = presets.build(values)
    if not 1 <= args.trial_seeds < SEEDS_BELOW:
        raise ValueError(
            f"--trial-seeds {args.trial_seeds}: a whole number from 1 to {SEEDS_BELOW - 1}; seeds from {SEEDS_BELOW} report"
        )
    if not 1 <= args.budget <= 100_000:
        raise ValueError(f"--budget {args.budget}: a whole number from 1 to 100,000")
    ladders = {}
    for name in dict.fromkeys(arm.method for arm in preset.all_arms):
        entry = METHODS.get(name)
        if not entry.cls.players:
            continue  # nothing of it is trained
        settings = ("common", "paper") if paper_differs(values, name) else ("common",)
        own = "G" not in entry.cls.base_roles or not entry.cls.base  # whether its samples are its own
        judged = [value for value, can in zip(VALUES, (own, "encode" in entry.cls.can()), strict=True) if can]
        seeds = tuple(range(args.trial_seeds))
        ladders[name] = Ladder(name, settings, seeds, tuple(judged), args.budget)
    if not ladders:
        raise ValueError(f"preset {preset.name} names no methods that learn: give --methods")
    return LadderSearch(values, ladders)


def changes(values: dict[str, Any], candidate: Candidate) -> dict[str, Any]:
    """Returns a candidate as preset keys: its setting, and all of its learning rates times FACTOR^rung.

    Of a paper's setting the optimiser, options and weights are taken; batch and prior are the preset's for all methods.
    """
    method = candidate.method
    paper = METHODS.get(method).recommended if candidate.setting == "paper" else {}
    made = {
        f"method.{method}.{table}.{key}": value
        for table in ("optim", "options", "weights")
        for key, value in paper.get(table, {}).items()
    }
    optim = {**Optim().model_dump(), **given(values, method, "optim"), **paper.get("optim", {})}
    factor = FACTOR**candidate.rung
    for key in ("lr", "critic_lr") if critics(METHODS.get(method).cls) else ("lr",):
        made[f"method.{method}.optim.{key}"] = float(f"{optim[key] * factor:.4g}")
    if players := optim["players"]:
        made[f"method.{method}.optim.players"] = {
            player: {**own, **({"lr": float(f"{own['lr'] * factor:.4g}")} if own.get("lr") else {})}
            for player, own in players.items()
        }
    return made


def paper_differs(values: dict[str, Any], method: str) -> bool:
    """Whether a paper's optimiser, options or weights are others than the method has anyway."""
    usual = {"optim": {**Optim().model_dump(), **given(values, method, "optim")}}
    usual |= {table: given(values, method, table) for table in ("options", "weights")}
    paper = METHODS.get(method).recommended
    rates = ("lr", "critic_lr") if critics(METHODS.get(method).cls) else ("lr",)
    return any(
        usual[table].get(key) != value and (key != "critic_lr" or key in rates)
        for table in usual
        for key, value in paper.get(table, {}).items()
    )


def perform(search: LadderSearch, args: Namespace, deadline: float | None) -> None:
    """Performs the search, methods of their own first, then those over them. Raises Stopped at the time limit."""
    bases = {name: bool(METHODS.get(name).cls.base) for name in search.ladders}
    for over in (False, True):
        going = [ladder for name, ladder in search.ladders.items() if bases[name] == over]
        while asked := [pair for ladder in going for pair in ladder.next()]:
            _round(search, asked, args, deadline)
            write(search, args.out, args.preset)
        for ladder in going:
            best = ladder.best()
            if best is not None:
                search.chosen[ladder.method] = best


def _round(
    search: LadderSearch, asked: list[tuple[Candidate, int]], args: Namespace, deadline: float | None
) -> None:
    """Runs these candidates, seed by seed, and takes their values."""
    by_seed: dict[int, list[Candidate]] = defaultdict(list)
    for candidate, seed in asked:
        by_seed[seed].append(candidate)
    for seed, candidates in sorted(by_seed.items()):
        with make(args, plan_values(search, candidates, seed), deadline=deadline) as experiment:
            _run(search, candidates, seed, experiment)


def settled(search: LadderSearch) -> dict[str, Any]:
    """Returns raw values with what has been chosen, on which bases stand."""
    values = search.values
    for candidate in search.chosen.values():
        for key, value in changes(search.values, candidate).items():
            values = presets.assign(values, key, value)
    return values


def plan_values(search: LadderSearch, candidates: list[Candidate], seed: int) -> dict[str, Any]:
    """Returns preset values that train these candidates on one seed and judge them on validation images."""
    values = settled(search)
    arms = [
        Arm(method=c.method, name=c.label, set=changes(search.values, c)).model_dump() for c in candidates
    ]
    metrics = [value.partition(".")[0] for value in VALUES]
    data = {**values.get("data", {}), "validation": True}
    return {
        **values, "methods": [], "arms": arms, "seeds": [seed], "metrics": metrics, "data": data, "evaluate_at": [1.0],
    }  # fmt: skip


def _run(search: LadderSearch, candidates: list[Candidate], seed: int, experiment: Experiment) -> None:
    """Trains what is not there yet, and gives each ladder its candidates' values."""
    plan, out = experiment.plan, experiment.args.out
    performed(experiment)
    for candidate in candidates:
        scores: dict[str, float] = dict.fromkeys(VALUES, math.nan)
        for node in plan.runs:
            if node.asked and (node.config.method, node.variant) == (candidate.method, candidate.label):
                folder = RunFolder(out, node.key).path
                for row in metric_rows(folder, node.config, node.context, node.config.evaluate[-1], {}):
                    if (
                        row["metric"] in VALUES
                        and row["status"] == "ok"
                        and math.isnan(scores[row["metric"]])
                    ):
                        scores[row["metric"]] = float(row["value"])  # of several extractors the first judges
        search.ladders[candidate.method].scores[candidate, seed] = scores
        shown = ", ".join(f"{name} {value:.4g}" for name, value in scores.items() if not math.isnan(value))
        experiment.say(f"{candidate.method}, {candidate.label}, seed {seed}: {shown or 'no value'}")


def write(search: LadderSearch, out: Path, preset: str) -> None:
    """Writes every candidate to ladder.csv, and the chosen settings to chosen.toml."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        ["method", "setting", "rung", "lr", "critic_lr", "seed", *VALUES, "chosen", "best rate inside"]
    )
    best = {name: ladder.best() for name, ladder in search.ladders.items()}
    for name, ladder in search.ladders.items():
        for (candidate, seed), scores in sorted(ladder.scores.items(), key=lambda item: item[0]):
            own = changes(search.values, candidate)
            rates = [own.get(f"method.{name}.optim.{key}", "") for key in ("lr", "critic_lr")]
            chosen = candidate == best[name]
            inside = ("yes" if ladder.inside(candidate) else "no") if chosen else ""
            values = ["" if math.isnan(scores[value]) else scores[value] for value in VALUES]
            marks = ["yes" if chosen else "", inside]
            rows.writerow([name, candidate.setting, candidate.rung, *rates, seed, *values, *marks])
    write_atomic(out / TABLE, text.getvalue())
    whole = LadderSearch(
        search.values, search.ladders, {name: c for name, c in best.items() if c is not None}
    )
    made = settled(whole)
    kept = {"extends": preset, "method": made.get("method", {})}
    seeds = ", ".join(map(str, next(iter(search.ladders.values())).seeds))
    head = f"# Chosen by `benchmarks.tune --search ladder` for preset {preset}, validation images, seeds {seeds}: {TABLE}."
    write_atomic(out / CHOSEN, "\n".join([head, *as_toml(kept)]) + "\n")
