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


def within_margin(row: dict[str, str]) -> bool:
    """Whether the whole interval of the difference lies within the margin: equivalence by two one-sided tests."""
    margin = float(row["margin"])
    return -margin <= float(row["difference_low"]) and float(row["difference_high"]) <= margin


def reproduced() -> str:
    """Returns how many of the papers' values came out at the papers' own protocols, and what weakens that count."""
    path = PUBLISHED / "reproduction.csv"
    asked = [row for row in rows_of(path) if row["verdict"] in JUDGED] if path.exists() else []
    if not asked:
        return ""
    numbers = {kind: sum(row["verdict"] == kind for row in asked) for kind in JUDGED}
    counts = [f"{number} {JUDGED[kind][number != 1]}" for kind, number in numbers.items()]
    papers = listed(list(dict.fromkeys(row["paper"] for row in asked)))
    agree = [row for row in asked if row["verdict"] == "agrees"]
    untrained, inside = sum(float(row["step"]) == 0 for row in agree), sum(map(within_margin, agree))
    are = "is" if untrained == 1 else "are"
    return (
        f"Of {len(asked)} published values that were asked at their paper's own protocol ({papers}), {listed(counts)} "
        f"([all of them](RESULTS.md#reproduction)). Of the {len(agree)} that agree, {untrained} {are} of networks before "
        f"training, and for {inside} the whole interval of the difference lies within the margin. Values of one preset are "
        "measured on the same few runs: they are not independent.\n"
    )
