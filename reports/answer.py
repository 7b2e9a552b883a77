"""The answer in words: who collapsed, a line on each headline metric, and what the numbers do not show."""

from dataclasses import dataclass

from reports import published
from reports.collapses import collapsed
from reports.contrasts import planned
from reports.frames import LOST
from reports.headlines import Family, standing
from reports.power import ALPHA, POWER, effect_size
from reports.reproduction import judge
from reports.store import View
from reports.tables.collapse import VERDICT
from reports.tables.contest import sentence
from reports.words import joined

# verdict -> as it is said of one value, of several
JUDGED = {
    "agrees": ("agrees", "agree"),
    "differs": ("differs", "differ"),
    "undecided": ("is undecided", "are undecided"),
}


@dataclass(frozen=True)
class Answer:
    """A sentence on collapse, short items, and the limits."""

    lead: str
    items: tuple[str, ...]
    limits: str

    @property
    def lines(self) -> tuple[str, ...]:
        """For a terminal."""
        return self.lead, *(f"- {item}" for item in self.items), self.limits

    @property
    def markdown(self) -> str:
        return "\n\n".join(
            part for part in (self.lead, "\n".join(f"- {item}" for item in self.items), self.limits) if part
        )


def answer(view: View) -> Answer:
    """What one view says."""
    if not len(view.ok):
        records = view.records
        told = [*records["reason"], *view.rows.loc[view.rows["status"] != "ok", "reason"]]
        reasons = "; ".join(dict.fromkeys(r for r in told if r)) or "no reason was recorded"
        return Answer(
            f"No run on {view.dataset} finished with a number.",
            (f"Reasons: {reasons}.",),
            "This shows nothing yet.",
        )
    items, tested = standing(view)
    again = reproduced(view)
    leaders = [sentence(view, made) for made in planned(view) if made.opponent_is_leader]
    return Answer(collapsed(view), (*leaders, *items, *([again] if again else [])), limits(view, tested))


def readings(views: tuple[View, ...]) -> str:
    """What `reading.md` holds: every view's answer."""
    return "\n\n".join(answer(view).markdown for view in views) + "\n"


def limits(view: View, tested: list[Family]) -> str:
    """What the numbers do not show."""
    values = [
        v
        for v in published.values()
        if v.metric
        and v.label in view.labels
        and published.same_data(v, view)
        and view.at(v.metric).get(v.label)
    ]
    found = [judge(v, view) for v in values]
    told = ["This says nothing about other data, sizes or budgets."]
    if found and all(each.kind == "not at its protocol" for each in found):
        told.append(
            f"It does not test the papers' own values, which have another protocol: {found[0].brief}."
        )
    told += [power(tested)] if tested else []
    if VERDICT in set(view.ok["metric"]):
        told.append(
            "A run that is not judged collapsed may still miss modes: the verdict is a threshold on diversity."
        )
    lost = view.records
    lost = lost[lost["status"].isin(LOST) & lost["label"].isin(view.labels)]
    if len(lost) and not view.finished:
        told.append("No run came to its end: these are values on the way to it.")
    here = set(view.here["run"])
    stopped = lost["status"] == "stopped"
    for fate, runs in (
        ("lost to failure or divergence", lost.loc[~stopped, "run"]),
        ("stopped before the end", lost.loc[stopped, "run"]),
    ):
        if n := len(runs):
            where = "only in what was measured of " + ("them" if n > 1 else "it")
            counts = f"count{'s' * (n == 1)} {where if here & set(runs) else 'in no mean'}"
            told.append(f"{n} run{'s were' if n > 1 else ' was'} {fate} and {counts}.")
    if view.step and any(view.last.get(name, view.step) < view.step for name in set(lost["label"])):
        told.append("What such methods reached is in the table 'At each method's own last step'.")
    return " ".join(told)


def power(tested: list[Family]) -> str:
    """What the tests of the column that could show least can find, in a unit that all metrics share."""
    worst = max(tested, key=lambda each: effect_size(each.seeds, ALPHA / each.pairs, POWER))
    effect = effect_size(worst.seeds, ALPHA / worst.pairs, POWER)
    family = f" and Holm's correction over {worst.pairs} pairs" if worst.pairs > 1 else ""
    return (
        f"'Not separated' does not mean equal: with {worst.seeds} seeds{family}, a difference has to be "
        f"{effect:.2g} times the standard deviation of the paired differences to be found with "
        f"{POWER:.0%} power."
    )


def reproduced(view: View) -> str:
    """How many published values came out at their own protocol, where any was asked there."""
    every = [judge(v, view) for v in published.values() if published.same_data(v, view)]
    found = {
        (each.value.label, each.value.metric, each.step): each for each in every
    }  # a quantity counts once
    kinds = [each.kind for each in found.values()]
    counts = {kind: kinds.count(kind) for kind in JUDGED}
    total = sum(counts.values())
    if not total:
        return ""
    told = [f"{count} {JUDGED[kind][count > 1]}" for kind, count in counts.items() if count]
    asked = "1 published value" if total == 1 else f"{total} published values"
    return f"Of {asked} asked at {'its' if total == 1 else 'their'} own protocol, {joined(told)}."
