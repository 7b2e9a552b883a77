"""Where runs failed: the traceback of one run for each method and reason, for the page."""

from dataclasses import dataclass

from benchmarks import results
from reports.store import Store


@dataclass(frozen=True)
class Traceback:
    """`title` names the run and how many failed alike, `text` is Python's."""

    title: str
    text: str


def tracebacks(store: Store) -> list[Traceback]:
    """In the methods' order; runs that left no traceback have none here."""
    records = store.records[store.records["status"] == "failed"]
    made = []
    for label in store.labels:
        own = records[records["label"] == label]
        for _, alike in own.groupby("reason", sort=False):
            found = [(row["seed"], results.traceback(store.root, row["run"])) for _, row in alike.iterrows()]
            seed, text = next((pair for pair in found if pair[1]), (None, ""))
            others = f", and {len(alike) - 1} more alike" if len(alike) > 1 else ""
            if text:
                made.append(Traceback(f"{store.title(label)}, seed {seed}{others}", text))
    return made
