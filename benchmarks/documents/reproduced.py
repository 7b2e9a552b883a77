"""The papers' values beside ours: the table, and its count in a few sentences for the front page."""

from benchmarks.documents.evidence import PUBLISHED, listed, rows_of

# T7's verdicts at the papers' protocols -> as each is said of one value, of several
JUDGED = {
    "agrees": ("agrees", "agree"),
    "differs": ("differs", "differ"),
    "undecided": ("is undecided", "are undecided"),
}


def reproduction() -> str:
    """Returns the papers' values beside ours at the papers' own protocols, as published over all presets."""
    path = PUBLISHED / "reproduction.md"
    return path.read_text().strip() + "\n" if path.exists() else "\n"


def reproduced() -> str:
    """Returns how many of the papers' values came out at the papers' own protocols, and what weakens that count."""
    path = PUBLISHED / "reproduction.csv"
    rows = rows_of(path) if path.exists() else []
    # one quantity of ours beside two printed values, such as a log's and a table's, counts once
    asked = {(row["method"], row["metric"], row["step"]): row for row in rows if informative(row)}
    if not asked:
        return ""
    verdicts = [row["verdict"] for row in asked.values()]
    numbers = {kind: verdicts.count(kind) for kind in JUDGED}
    counts = [f"{number} {JUDGED[kind][number != 1]}" for kind, number in numbers.items()]
    papers = listed(list(dict.fromkeys(row["paper"] for row in asked.values())))
    least = sum(int(row["n"]) < 3 for row in asked.values())
    return (
        f"Of {len(asked)} published values of trained networks that were asked at their paper's own protocol ({papers}), "
        f"{listed(counts)} ([all of them](RESULTS.md#reproduction)), {least} of the undecided for want of a third run. Agreement "
        "is two one-sided tests within a tenth of what training changes. Values of one preset are measured on the same few "
        "runs: they are not independent.\n"
    )


def informative(row: dict[str, str]) -> bool:
    """Whether a row is a verdict on a trained network."""
    return row["verdict"] in JUDGED and float(row["step"]) > 0
