"""Tuning at equal budgets: as many random trials for each method, judged on validation images, the winners on fresh seeds.

Random search, so that the best of n trials has a known distribution (Dodge et al. 2019). Trials are ordinary runs: cached,
and paused at their evaluated steps, where Optuna's median rule says whether they go on. The sampler is seeded and asked in a
fixed order, so the same command comes by the same trials, and a larger budget begins with them.
"""

import math
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.commands.flags import preset_values, value_of
from benchmarks.planning import preset as presets
from benchmarks.planning.arms import ARM_KEYS
from benchmarks.planning.given import given, paper_differs
from benchmarks.planning.registry import METHODS, METRICS
from benchmarks.planning.space import changes, space
from benchmarks.training.optim import SPACES

SEEDS_BELOW, FRESH = 100, 100  # trials' seeds are below, the winners' from there on
STARTUP = 4  # trials of a method before the median rule speaks
PACKAGE = 'benchmarks.tune needs Optuna: pip install -c constraints.txt -e ".[tune]"'


@dataclass
class Trial:
    """One draw from a method's space, and what became of it."""

    method: str
    number: int
    chosen: dict[str, Any]
    ask: Any  # Optuna's
    state: str = "running"  # then complete, pruned or failed
    step: int = 0
    score: float = math.nan
    reason: str = ""
    runs: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"trial {self.number}"


@dataclass
class Search:
    """What is tuned, by what, with how much; the trials so far. values: raw preset values of the common setting."""

    values: dict[str, Any]
    metric: str
    better: str
    budget: int
    seeds: list[int]
    fresh: list[int]
    spaces: dict[str, dict[str, Any]]
    studies: dict[str, Any]
    trials: list[Trial] = field(default_factory=list)

    def ask(self, number: int) -> list[Trial]:
        """Draws the trial of that number for every method; where there is nothing to choose, one is all there are."""
        drawn = []
        for method, axes in self.spaces.items():
            if not axes and number:
                continue
            ask = self.studies[method].ask({name: distribution(axis) for name, axis in axes.items()})
            chosen = {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in ask.params.items()}
            drawn.append(Trial(method, number, chosen, ask))
        self.trials += drawn
        return drawn

    def plan_values(self, trials: Sequence[Trial]) -> dict[str, Any]:
        """Returns preset values that train these trials and judge them on validation images."""
        arms = [
            {"method": t.method, "name": t.label, "set": changes(METHODS.get(t.method), t.chosen)}
            for t in trials
        ]
        data = {**self.values.get("data", {}), "validation": True}
        metrics = [self.metric.partition(".")[0]]
        return {
            **self.values, "methods": [], "arms": arms, "seeds": self.seeds, "metrics": metrics, "data": data,
        }  # fmt: skip

    def hear(self, trial: Trial, step: int, last: bool, values: Sequence[float], reason: str) -> None:
        """Takes a trial's values at a step, one a seed, and decides whether it goes on."""
        study = self.studies[trial.method]
        trial.step = max(trial.step, step)
        if reason or len(values) < len(self.seeds) or not all(map(math.isfinite, values)):
            trial.state, trial.reason = "failed", reason or f"no value of {self.metric} at step {step}"
            study.tell(trial.ask, state=_optuna().trial.TrialState.FAIL)
            return
        trial.score = sum(values) / len(values)
        trial.ask.report(trial.score, step)
        if last:
            trial.state = "complete"
            study.tell(trial.ask, trial.score)
        elif trial.ask.should_prune():
            trial.state = "pruned"
            study.tell(trial.ask, state=_optuna().trial.TrialState.PRUNED)

    def best(self, method: str) -> Trial | None:
        """Returns the best trial that went to its end; the earlier of two equal ones."""
        done = [t for t in self.trials if t.method == method and t.state == "complete"]
        sign = 1 if self.better == "lower" else -1
        return min(done, key=lambda t: (sign * t.score, t.number), default=None)

    def final_values(self) -> dict[str, Any]:
        """Returns preset values with each method at the common setting, at its paper's and tuned, on fresh seeds."""
        arms: list[dict[str, Any]] = []
        for method in self.spaces:
            entry, best = METHODS.get(method), self.best(method)
            arms.append({"method": method})
            if paper_differs(self.values, method):
                arms.append({"method": method, "name": "paper", "set": {"settings": "paper"}})
            if best is not None and best.chosen:
                arms.append({"method": method, "name": "tuned", "set": changes(entry, best.chosen)})
        metrics = dict.fromkeys([*self.values["metrics"], self.metric.partition(".")[0]])
        return {**self.values, "methods": [], "arms": arms, "seeds": self.fresh, "metrics": list(metrics)}


def _optuna() -> Any:
    """Returns the package. Raises ValueError, in one line, where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise ValueError(PACKAGE) from None
    return optuna


def distribution(axis: Any) -> Any:
    """Returns an axis of a space as Optuna writes it."""
    kinds = _optuna().distributions
    return (
        kinds.FloatDistribution(*axis, log=True)
        if isinstance(axis, tuple)
        else kinds.CategoricalDistribution(axis)
    )


def prepare(args: Namespace) -> Search:
    """Reads the flags. Raises ValueError, before anything is trained, for what cannot be searched."""
    optuna = _optuna()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for flag, least, most in (
        ("budget", 1, 100_000),
        ("at_once", 1, 100_000),
        ("final_seeds", 1, 10_000),
        ("trial_seeds", 1, SEEDS_BELOW),
    ):
        if not least <= getattr(args, flag) <= most:
            raise ValueError(
                f"--{flag.replace('_', '-')} {getattr(args, flag)}: a whole number from {least} to {most:,}"
            )
    values = preset_values(args)
    if len(presets.parts(values)) > 1:
        places = ", ".join(str(part.get("dataset")) for part in presets.parts(values))
        raise ValueError(
            f"preset {values['name']} asks on several data sets ({places}): choose one with --dataset"
        )
    values = presets.parts(values)[0]
    preset = presets.build(values)
    if preset.settings != "equal":
        raise ValueError(
            f"settings = {preset.settings!r}: the common setting is tuned; add --set settings=equal"
        )
    value, metric = value_of(args.metric, "--metric"), args.metric.partition(".")[0]
    methods = dict.fromkeys(arm.method for arm in preset.all_arms)
    if not methods:
        raise ValueError(f"preset {preset.name} names no methods: give --methods")
    values = {**values, **{key: [] for key in ARM_KEYS}}
    spaces = {}
    for method in methods:
        entry = METHODS.get(method)
        needs = METRICS.get(metric).needs & {"generate", "encode", "translate"} - entry.cls.can()
        if needs:
            raise ValueError(
                f"--metric {args.metric}: {method} does not {min(needs)}; take another metric, or leave it out by --methods"
            )
        borrowed = "G" in entry.cls.base_roles if entry.cls.base else False
        # else all its trials have its base's value
        judged = not borrowed or "encode" in METRICS.get(metric).needs
        weights = given(values, method, "weights")
        spaces[method] = space(entry, SPACES.get(preset.optim.kind, {}), weights) if judged else {}
    if not any(spaces.values()):
        raise ValueError(
            f"--metric {args.metric}: nothing of {', '.join(spaces)} changes it (their generator is their base's, or nothing of "
            "them is trained); take another metric, or other methods"
        )
    better = value.better
    assert better is not None
    studies = {
        method: optuna.create_study(
            direction="minimize" if better == "lower" else "maximize",
            sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP),
        )
        for method in spaces
    }
    seeds, fresh = list(range(args.trial_seeds)), list(range(FRESH, FRESH + args.final_seeds))
    return Search(values, args.metric, better, args.budget, seeds, fresh, spaces, studies)
