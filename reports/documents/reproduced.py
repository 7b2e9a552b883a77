"""The papers' values beside ours: the table, and its count in a few sentences for the front page."""

import csv
from functools import cache

from reports import writers
from reports.documents.evidence import listed
from reports.refresh import stores
from reports.store import Store
from reports.tables.base import Table
from reports.tables.reproduction import reproductions

# T7's verdicts at the papers' protocols -> as each is said of one value, of several
JUDGED = {
    "agrees": ("agrees", "agree"),
    "differs": ("differs", "differ"),
    "undecided": ("is undecided", "are undecided"),
}


@cache
def table() -> Table | None:
    """Returns T7, every published value beside the store that asked it best, over all published stores."""
    return reproductions(Store.open(folder) for folder in stores())


def reproduction() -> str:
    """Returns the papers' values beside ours at the papers' own protocols, as published over all presets."""
    found = table()
    return writers.markdown(found).strip() + "\n" if found is not None else "\n"


def rows() -> list[dict[str, str]]:
    """Returns the table's rows as its CSV has them."""
    found = table()
    lines = writers.csv(found).splitlines() if found is not None else []
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def reproduced() -> str:
    """Returns how many of the papers' values came out at the papers' own protocols, and what weakens that count."""
    # one quantity of ours beside two printed values, such as a log's and a table's, counts once
    asked = {(row["method"], row["metric"], row["step"]): row for row in rows() if informative(row)}
    if not asked:
        return ""
    verdicts = [row["verdict"] for row in asked.values()]
    numbers = {kind: verdicts.count(kind) for kind in JUDGED}
    counts = [f"{number} {JUDGED[kind][number != 1]}" for kind, number in numbers.items()]
    papers = listed(list(dict.fromkeys(row["paper"] for row in asked.values())))
    least = sum(int(row["n"]) < 3 for row in asked.values())
    return (
        f"Of {len(asked)} published values of trained networks that were asked at their paper's own protocol ({papers}), "
        f"{listed(counts)} ([all of them](reports/published/REPRODUCTION.md)), {least} of the undecided for want of a third run. "
        "Agreement is two one-sided tests within a tenth of what training changes. Values of one preset are measured on the same "
        "few runs: they are not independent.\n"
    )


def informative(row: dict[str, str]) -> bool:
    """Whether a row is a verdict on a trained network."""
    return row["verdict"] in JUDGED and float(row["step"]) > 0
