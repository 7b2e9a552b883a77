"""--seeds auto: look at 3, 6 and 12 seeds, and stop where the preset's one question is answered."""

import math
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from benchmarks.commands.flags import preset_values, value_of
from benchmarks.planning import preset as presets
from benchmarks.planning.labels import VARY
from benchmarks.planning.preset import Question
from benchmarks.planning.registry import unknown
from benchmarks.storage.files import write_json

LOOKS = (3, 6, 12)
FORM = "METRIC.VALUE:BETTER:WORSE, such as fid.fid:aegan:gan"
CAVEAT = "the level of each look is for this one question; other differences of the report are not corrected for the looks"


@dataclass(frozen=True)
class Look:
    """One look at the data: the number of seeds, the mean difference better - worse, its p, and the level p is compared with."""

    seeds: int
    difference: float
    p: float
    level: float

    @property
    def answered(self) -> bool:
        return math.isfinite(self.p) and self.p <= self.level


def question(args: Namespace) -> Question:
    """Returns the question of --question or the preset. Raises ValueError."""
    values = preset_values(args)
    if len(presets.parts(values)) > 1:
        raise ValueError(
            f"--seeds auto: preset {values['name']} has several data sets: choose one with --dataset"
        )
    values = presets.parts(values)[0]
    preset = presets.build(values)
    asked = preset.question
    if args.question:
        parts = args.question.split(":")
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"--question {args.question}: write {FORM}")
        asked = Question(metric=parts[0], better=parts[1], worse=parts[2])
    if asked is None:
        raise ValueError(f"--seeds auto: preset {preset.name} asks no question: add --question {FORM}")
    value_of(asked.metric, "--question")
    metric = asked.metric.partition(".")[0]
    if metric not in preset.metrics:
        raise ValueError(
            f"--question: {metric} is not among the metrics of this plan ({', '.join(preset.metrics)}): add it by --metrics"
        )
    labels = [f"{arm.method} · {arm.label}" if arm.label else arm.method for arm in preset.all_arms]
    for label in (asked.better, asked.worse):
        if label not in labels:
            raise unknown("method of this plan", label, labels)
        if VARY in label:
            raise ValueError(
                f"--question: {label} varies other sources than the plain runs and is compared in tables of its own: "
                "name two methods"
            )
    if asked.better == asked.worse:
        raise ValueError(f"--question: {asked.better} is asked against itself; name two methods")
    return asked


def told(asked: Question, look: Look) -> str:
    """Returns what was seen at a look, in a line."""
    right = (look.difference < 0) == (value_of(asked.metric, "--question").better == "lower")
    verdict = "not answered"
    if look.answered:
        verdict = f"answered: {asked.better if right else asked.worse} is better"
    p = f"p = {look.p:.3g}" if math.isfinite(look.p) else "no test"
    return (
        f"look at {look.seeds} seeds: {asked.metric} of {asked.better} minus {asked.worse} {look.difference:+.4g}, {p} "
        f"against {look.level:.3g} at this look: {verdict}"
    )


def follow(
    levels: Sequence[float],
    perform: Callable[[int], int],
    test: Callable[[], tuple[float, float]],
    say: Callable[[Look], None],
) -> tuple[list[Look], int]:
    """Tests the question after each number of seeds, until it is answered or none is left; returns the looks and an exit code.

    perform: trains that many seeds and returns an exit code; test: difference and p of what is there. A command that did not
    end well (exit code not 0) is looked at no further.
    """
    looks: list[Look] = []
    code = 0
    for seeds, level in zip(LOOKS, levels, strict=True):
        code = perform(seeds)
        if code:
            break
        looks.append(Look(seeds, *test(), level))
        say(looks[-1])
        if looks[-1].answered:
            break
    return looks, code


def record(out: Path, lines: list[str]) -> None:
    """Keeps what was seen at each look in the results' meta.json, for the report."""
    meta = results.meta(out)
    notes = [*meta["notes"], *lines, CAVEAT]
    write_json(out / results.META, {**meta, "notes": notes, "looks": lines})
