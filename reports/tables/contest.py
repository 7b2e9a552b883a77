"""The contest: methods by questions with the group that is not separated from each leader, and every planned contrast."""

import math
from typing import Any

from reports.contrasts import LEADER, Planned, Question, named, planned, questions
from reports.frames import Label
from reports.statistics import Estimate, Paired, mean_interval
from reports.store import View
from reports.tables.base import ABSENT, Cell, Table, decimals, estimate_cell, head, kept, number, p_value
from reports.tables.runs import duration
from reports.tables.summary import SAME_GENERATOR
from reports.words import joined

LEADS, WITHIN = "leads", "not separated"
COST, TIME = "TFLOP", "Wall time"


def seconds(view: View, name: str) -> Estimate:
    """Wall time of a method's finished runs, its base's not included."""
    records = view.records
    return mean_interval(records.loc[(records["label"] == name) & (records["status"] == "ok"), "wall_s"])


def standing(made: Planned, name: str) -> str:
    """What the tests against its leader say of a method."""
    group = next((each for each in made.same if name in each), (name,))
    if made.opponent in group:
        return LEADS
    test = next((c for c in made.contrasts if c.name in group), None)
    if test is None:
        return ""
    return test.verdict if test.verdict == "untested" else WITHIN if test.name in made.group else "behind"


def _cells(
    view: View, name: Label, asked: list[Question], leaders: dict[str, Planned]
) -> tuple[dict[str, Cell], dict[str, Any]]:
    row: dict[str, Cell] = {"Method": Cell(view.store.title(name, samples=True), name)}
    plain: dict[str, Any] = {"method": name}
    for question in asked:
        title = column(view, question)
        own = question.estimate(view, name)
        made = leaders.get(question.title)
        told = standing(made, name) if made and own.n else ""
        cell = estimate_cell(own, decimals([own.mean]))
        detail = f"{cell.detail}, {told}" if told else cell.detail
        row[title] = Cell(cell.text, cell.value, detail, told == LEADS, "good" if told == WITHIN else "")
        plain |= kept(f"{title} ", own) | {f"{title} standing": told}
    cost, wall = 1000 * view.operations.get(name, math.nan), seconds(view, name)
    row[COST] = Cell(number(cost, decimals([cost])), cost) if math.isfinite(cost) else Cell(ABSENT)
    row[TIME] = Cell(duration(wall.mean), wall.mean)
    return row, plain | {COST: cost, "wall_s": wall.mean}


def column(view: View, question: Question) -> str:
    """A question's title with what is measured and which way is better."""
    if question.key is None:
        return f"{question.title}: mean rank ↓"
    arrow = "↑" if question.better == "higher" else "↓"
    return f"{question.title}: {view.store.metric(question.key.metric)['title']} {arrow}"


def sentence(view: View, made: Planned) -> str:
    """Who leads a question, and whom the tests do not separate from it."""
    title = view.store.title
    within = [title(c.name) for c in made.contrasts if c.verdict == "not separated"]
    behind = sum(c.verdict == "worse" for c in made.contrasts)
    told = [f"{made.question.title}: {title(made.opponent)} leads"]
    told += [f"not separated from {joined(within)}"] if within else []
    told += [f"better than {behind} of {made.tests} others (Holm over these {made.tests})"] if behind else []
    told += ["too few common seeds for a test"] if not made.tests else []
    return ", ".join(told) + "."


def contest(view: View) -> Table | None:
    """One row a method, one column a question; None where the preset names no contrasts."""
    asked = questions(view) if LEADER in named(view) else []
    leaders = {made.question.title: made for made in planned(view) if made.opponent_is_leader}
    if not leaders:
        return None
    shown = [n for n in view.labels if any(n in question.values for question in asked)]
    cells, frame = zip(*(_cells(view, name, asked, leaders) for name in shown), strict=True)
    notes = [sentence(view, made) for made in leaders.values()]
    notes.append(
        "Bold leads; 'not separated' cannot be told from the leader by paired t-tests over seeds at 5%, corrected by Holm over "
        "the tests against this leader alone. FID: geometric mean, tested by its logarithm. "
        f"{COST}: operations of training, its base's included; wall time without its base's."
    )
    if any(question.key is None for question in asked):
        notes.append(
            "Mean rank: at each seed, over FID, L1 and search, among the methods that have all three."
        )
    notes += [SAME_GENERATOR] if any(made.same for made in leaders.values()) else []
    metrics = [question.key.metric for question in asked if question.key]
    rows = view.here[view.here["metric"].isin(metrics)]
    return Table.of("contest", "Which method for what?", head(view, rows), list(cells), list(frame), notes)


def _difference(question: Question, test: Paired) -> tuple[str, str, dict[str, float]]:
    """A difference as it is shown, with its interval; of FID the ratio."""
    own = question.shown(Estimate(test.mean, test.low, test.high, test.n))
    smallest = math.exp(test.detectable) if question.logarithmic else test.detectable
    places = 2 if question.logarithmic else decimals([own.mean])
    before = "× " if question.logarithmic else ""
    interval = f"[{number(own.low, places)}, {number(own.high, places)}]" if own.known else test.reason
    plain = {"difference": own.mean, "low": own.low, "high": own.high, "n": test.n, "detectable": smallest}
    return f"{before}{number(own.mean, places)}", interval, plain


def contrasts(view: View) -> Table | None:
    """Every planned contrast, a row each, family by family; None where the preset names none."""
    cells, frame = [], []
    for made in planned(view):
        for each in made.contrasts:
            text, interval, numbers = _difference(made.question, each.test)
            tone = {"better": "good", "worse": "bad"}.get(each.verdict, "quiet")
            title = column(view, made.question)
            whom = f"{view.store.title(made.opponent)}{' (leader)' if made.opponent_is_leader else ''}"
            cells.append({
                "Question": Cell(title), "Method": Cell(view.store.title(each.name), each.name), "Against": Cell(whom),
                "Difference": Cell(text, each.test.mean, interval), "n": Cell(str(each.test.n), each.test.n),
                "p": p_value(each.test.p), "p (Holm)": p_value(each.adjusted), "Verdict": Cell(each.verdict, tone=tone),
            })  # fmt: skip
            frame.append({
                "question": title, "method": each.name, "against": made.opponent, "leader": made.opponent_is_leader, **numbers,
                "p": each.test.p, "holm": each.adjusted, "tests": made.tests, "verdict": each.verdict,
            })  # fmt: skip
    if not cells:
        return None
    notes = [
        "Only the contrasts that the preset named before its runs; Holm over the tests of one question against one opponent.",
        "Difference: the method minus whom it is put against, paired over seeds, with its 95% interval before correction; of FID "
        "the ratio, from the difference of logarithms. Search is tested on these queries, whose choice the intervals leave out.",
    ]
    return Table.of("contrasts", "Planned contrasts", head(view), cells, frame, notes)
