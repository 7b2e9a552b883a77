"""Performs the trials of a search rung by rung, and writes what came out: trials.csv, tuned.toml, a part of meta.json."""

import csv
import io
import json
import os
import re
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.commands.make import Experiment, make
from benchmarks.commands.tuning import Search, Trial
from benchmarks.evaluation.rows import metric_rows
from benchmarks.execution.display import Display
from benchmarks.execution.job import pause_of
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.repair import damaged, set_aside_damaged
from benchmarks.execution.scheduler import schedule
from benchmarks.planning import preset as presets
from benchmarks.planning.registry import METHODS
from benchmarks.planning.space import changes, shown
from benchmarks.storage import store_plugins
from benchmarks.storage.files import write_atomic
from benchmarks.storage.ownership import TUNING, Manifest
from benchmarks.storage.run_folder import RunFolder, require_folder

TRIALS, TUNED = "trials.csv", "tuned.toml"


class Stopped(Exception):
    """The time limit ended the search; the same command goes on."""


def perform(search: Search, args: Namespace, deadline: float | None) -> None:
    """Performs every trial of the budget, `--at-once` of each method side by side. Raises Stopped at the time limit."""
    for first in range(0, search.budget, args.at_once):
        numbers = range(first, min(first + args.at_once, search.budget))
        going = [trial for number in numbers for trial in search.ask(number)]
        while going := [trial for trial in going if trial.state == "running"]:
            steps = _rungs(search, going)
            with make(args, search.plan_values(going), min(steps), deadline) as experiment:
                _rung(search, going, experiment)
    for method in search.spaces:
        if search.best(method) is None:
            why = next((t.reason for t in search.trials if t.method == method and t.reason), "")
            raise ValueError(f"no trial of {method} came to its end: {why}; give another --set or --metric")


def _rungs(search: Search, trials: Sequence[Trial]) -> list[int]:
    """Returns the evaluated steps that these trials have before them, from the presets' raw values."""
    method = search.values.get("method", {})
    found: list[int] = []
    for trial in trials:
        own = method.get(trial.method, {})
        found += [s for s in own.get("evaluate") or search.values["evaluate"] if int(s) > trial.step]
    return found or [int(search.values["steps"])]


def performed(experiment: Experiment) -> dict[str, Outcome]:
    """Trains what a round of a search asks for; returns how each node ended. Raises Stopped at the time limit."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    plan, out = experiment.plan, experiment.args.out
    for line in set_aside_damaged(damaged(plan.nodes)):
        experiment.say(line)
    store_plugins.record(out)
    ended: dict[str, Outcome] = {}
    nodes = [node for node in plan.nodes if node.kind != "references"]  # nothing is read off them
    with (
        Display(plan, experiment.console) as display,
        closing(schedule(nodes, experiment.backend, display.progress)) as ends,
    ):
        for outcome in ends:
            require_folder(out, outcome.reason if outcome.fatal else "")
            if outcome.status not in ("ok", "paused"):
                display.ended(outcome)
            ended[outcome.key] = outcome
    if any(outcome.status == "stopped" for outcome in ended.values()):
        raise Stopped
    return ended


def _rung(search: Search, trials: Sequence[Trial], experiment: Experiment) -> None:
    """Takes trials to the step at which their runs pause, or to their end, and tells the search what was seen."""
    plan, out, ended = experiment.plan, experiment.args.out, performed(experiment)
    skipped = {(skipped.method, skipped.variant): skipped.reason for skipped in plan.skipped}
    for trial in trials:
        own = [
            n for n in plan.runs if n.asked and (n.config.method, n.variant) == (trial.method, trial.label)
        ]
        reason = skipped.get((trial.method, trial.label), "")
        values = []
        trial.runs = [node.key for node in own]
        steps = [pause_of(node) or node.config.evaluate[-1] for node in own]
        for node, step in zip(own, steps, strict=True):
            if ended[node.key].status not in ("ok", "paused"):
                reason = reason or f"{ended[node.key].status}: {ended[node.key].reason}"
            folder, found = RunFolder(out, node.key).path, list[float]()
            for row in metric_rows(folder, node.config, node.context, step, {}):
                if row["metric"] == search.metric and row["status"] == "ok":
                    found.append(float(row["value"]))
                elif row["status"] != "ok":
                    reason = reason or row["reason"]
            values += found[:1]  # of several extractors the first judges
        last = bool(own) and all(s == n.config.evaluate[-1] for n, s in zip(own, steps, strict=True))
        search.hear(trial, max(steps, default=experiment.plan.presets[0].steps), last, values, reason)
        experiment.say(f"{trial.method}, {trial.label} of {search.budget}: {told(search, trial)}")


def told(search: Search, trial: Trial) -> str:
    """Returns what became of a trial, in a line."""
    chosen = ", ".join(f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
                       for name, value in trial.chosen.items())  # fmt: skip
    state = {"running": "goes on", "pruned": "stopped: worse than the median there"}.get(
        trial.state, trial.state
    )
    what = trial.reason if trial.state == "failed" else f"{search.metric} {trial.score:.4g}"
    return f"{chosen or 'nothing to choose'}: {what} at step {trial.step:,}, {state}"


def record(search: Search) -> dict[str, Any]:
    """Returns the search as meta.json keeps it."""
    rows = [
        {"method": t.method, "trial": t.number, "state": t.state, "step": t.step,
         "score": None if t.score != t.score else t.score, "reason": t.reason, "chosen": t.chosen, "runs": t.runs}
        for t in search.trials
    ]  # fmt: skip
    best = {method: search.best(method) for method in search.spaces}
    return {
        "metric": search.metric,
        "better": search.better,
        "budget": search.budget,
        "seeds": search.seeds,
        "fresh": search.fresh,
        "spaces": {
            method: {k: shown(axis) for k, axis in axes.items()} for method, axes in search.spaces.items()
        },
        "trials": rows,
        "chosen": {method: trial.number for method, trial in best.items() if trial is not None},
    }


def write(search: Search, out: Path, preset: str) -> list[str]:
    """Writes trials.csv, a row a trial, and tuned.toml, a preset of the winners that needs no other one.

    Returns a line for each file of others, or edited since, that was in the way and is kept.
    """
    manifest = Manifest(out, TUNING)
    manifest.make_way([out / TRIALS, out / TUNED])
    names = dict.fromkeys(name for trial in search.trials for name in trial.chosen)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["method", "trial", "state", "step", search.metric, *names, "runs", "reason"])
    for t in search.trials:
        score = "" if t.score != t.score else t.score
        chosen = [t.chosen.get(name, "") for name in names]
        rows.writerow([t.method, t.number, t.state, t.step, score, *chosen, " ".join(t.runs), t.reason])
    write_atomic(out / TRIALS, text.getvalue())

    values = {**search.values, "title": f"{search.values['title']} (tuned)", "methods": list(search.spaces)}
    for method in search.spaces:
        best = search.best(method)
        for key, value in changes(METHODS.get(method), best.chosen).items() if best else ():
            values = presets.assign(values, key, value)
    head = (
        f"# The best of {search.budget} random trials of each method by {search.metric} on validation images, seeds "
        f"{', '.join(map(str, search.seeds))}; everything else is as the search had it (preset {preset})."
    )
    kept = {key: value for key, value in values.items() if key not in ("name", "arms") and value != []}
    write_atomic(out / TUNED, "\n".join([head, *as_toml(kept)]) + "\n")
    manifest.finish([out / TRIALS, out / TUNED])
    return manifest.moved


def as_toml(values: dict[str, Any], table: str = "") -> list[str]:
    """Returns the lines of a TOML file that holds these values; tables may lie in tables, but in no list."""
    own = [
        f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
        if not isinstance(value, dict)
    ]
    lines = ["", f"[{table}]", *own] if table and own else own
    for key, value in values.items():
        if isinstance(value, dict):
            lines += as_toml(value, f"{table}.{_key(key)}".lstrip("."))
    return lines


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
