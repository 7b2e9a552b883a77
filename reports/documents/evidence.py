"""What the stores in reports/published say: a page each, a row each in RESULTS.md, and the claims that they tested.

Only values, configuration and pictures are committed; tables are made from the values whenever they are asked for.
"""

import csv
import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reports.publish import FOLDER
from reports.refresh import tables_of

PUBLISHED = FOLDER
FIRST = (  # the others by name
    "bigan2016-mnist-h200",
    "bigan2016-mnist",
    "bigan2016-mnist-lr",
    "pacgan2018-table1",
    "faces16",
    "quick",
    "aegan-norms",
    "lazarou2020-quick-fresh-seeds",
    "lazarou2020-mini",
    "digits-tuned",
    "digits-tuned-rest",
    "ali-norms",
    "ali-norms-fakes",
    "ali-norms-mnist",
    "joint-norms",
    "alice2017-toy",
    "luo2017-mini",
    "sainburg2018-mini",
)
# Withdrawn from the front page: networks that have not learned to draw say nothing of the methods.
WITHDRAWN = {
    "modes": "after 1,500 steps no method draws stacked digits, and targets were smoothed for some methods only",
}
# Rows of a store that are withdrawn, by the names of its tables.
OLD_MODE = (
    "E, which is the method's critic, was in evaluation mode while G learned; version 2 trains it as a critic"
)
WITHDRAWN_ROWS = {
    "digits-h200": ("soft-introvae",),
    "digits-tuned": ("soft-introvae", "soft-introvae · tuned"),
}
SCHEDULE = "lazarou2020-mini"  # the preset that crosses the method with the critics' schedule
# Shown whole is the first of these tables that a preset has, below that of admission; the others are links.
WHOLE = ("tuning", "collapse", "modes", "scorecard")
PICTURES = {
    "samples*.png": "samples of every method from the same z",
    "reconstructions*.png": "reconstructions",
}
VERDICTS = {
    "holds": "**holds**",
    "opposite": "**the opposite**",
    "not seen here": "not seen here",
    "undecided": "undecided",
}


@dataclass(frozen=True)
class Answer:
    """What one preset's test says on one claim, on one data set."""

    preset: str
    place: str  # the data set's title
    row: dict[str, str]  # a line of claims.csv

    @property
    def key(self) -> tuple[str, str, str]:
        return self.row["metric"], self.row["better"], self.row["worse"]


def folders() -> list[Path]:
    """Returns the published presets, those of FIRST before the others and the withdrawn ones last."""
    found = sorted(path.parent for path in PUBLISHED.glob("*/meta.json"))

    def place(folder: Path) -> tuple[int, str]:
        first = FIRST.index(folder.name) if folder.name in FIRST else len(FIRST)
        return first + (folder.name in WITHDRAWN), folder.name

    return sorted(found, key=place)


def answers() -> Iterator[Answer]:
    """Yields what was tested, preset by preset.

    A question to runs that an earlier preset has put it to, in the same setting at the same seeds, is not yielded again; to
    other seeds it is, whatever came out.
    """
    asked: dict[str, list[tuple[str, set[int]]]] = {}  # question and setting -> presets with their seeds
    for folder in folders():
        parts = json.loads((folder / "meta.json").read_text())["parts"]
        given = parts[0]["config"]["seeds"]
        seeds = set(range(given) if isinstance(given, int) else given)
        gallery = len(seeds) == 1  # which compares nothing
        names = [] if gallery else sorted(fnmatch.filter(tables_of(folder), "claims*.csv"))
        for name in names:
            part = next((part for part in parts if part["dataset"] in name), parts[0])
            setting = [part["dataset"], part["options"], part["family"], part["config"]["steps"]]
            tuned = "tuning.csv" in tables_of(folder)  # claims are asked of the plain arms
            common = "at the common setting, " if tuned else ""
            for row in rows_of(folder, name):
                if row["verdict"] not in VERDICTS:
                    continue
                before = asked.setdefault(f"{row['claim']}{row['metric']}{setting}", [])
                if all(other == folder.name or not seeds <= theirs for other, theirs in before):
                    before.append((folder.name, seeds))
                    yield Answer(folder.name, part["title"], row | {"evidence": common + row["evidence"]})


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """Returns the rows of one of a store's tables; none where it has no such table."""
    lines = tables_of(folder).get(name, "").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def claims() -> str:
    """Returns every claim and preset that tested it, a row each."""
    head = "| what the papers say | where | measured by | asked in | here |\n|---|---|---|---|---|\n"
    return head + "\n".join(_claim_rows(list(answers()))) + "\n"


def _claim_rows(found: list[Answer]) -> Iterator[str]:
    for name, row, each in grouped(found):
        title = meta_of(PUBLISHED / name)["metrics"].get(row["metric"], {}).get("title", row["metric"])
        asked = f"[{name}]({page_of(name)}){', withdrawn' if name in WITHDRAWN else ''}"
        yield f"| {row['claim']} | {row['paper']}, {row['where']} | {title} | {asked} | {verdict_of(each)} |"


def grouped(found: list[Answer]) -> Iterator[tuple[str, dict[str, str], dict[str, dict[str, str]]]]:
    """Yields preset, claim and the answers by data set."""
    groups: dict[tuple[str, ...], list[Answer]] = {}
    for answer in found:
        groups.setdefault((answer.preset, answer.row["claim"], *answer.key), []).append(answer)
    for group in groups.values():
        yield group[0].preset, group[0].row, {answer.place: answer.row for answer in group}


def verdict_of(by_place: dict[str, dict[str, str]]) -> str:
    """Returns what the tests of one claim say: with their evidence on one data set, counted on several."""
    if len({row["evidence"] for row in by_place.values()}) == 1:  # one data set, or one test over all
        row = next(iter(by_place.values()))
        return f"{VERDICTS[row['verdict']]}: {row['evidence']}"
    said = []
    for verdict, name in VERDICTS.items():
        places = [place for place, row in by_place.items() if row["verdict"] == verdict]
        if places:
            said.append(f"{name} on {len(places)} of {len(by_place)} sets ({', '.join(places)})")
    return "; ".join(said)


def schedule() -> str:
    """Returns how much of the gap between GAN and AEGAN closes without AEGAN's terms, with intervals over seeds."""
    folder = PUBLISHED / SCHEDULE
    rows = {row["method"]: row for row in rows_of(folder, "collapse.csv")}
    gaps = {
        row["factor"].removeprefix("gan · "): row
        for row in rows_of(folder, "gaps.csv")
        if row["metric"] == "collapse.vendi_ratio"
    }
    choices = ("critic_updates=joint", "clip=none", "critic_updates=joint, clip=none")
    labels = ("gan", "aegan", *(f"gan · {choice}" for choice in choices), f"aegan · {choices[2]}")
    if any(not rows.get(label, {}).get("vendi_ratio_mean") for label in labels) or not gaps.keys() >= set(
        choices
    ):
        return ""
    gan, aegan, joint, free, both, all_three = (float(rows[label]["vendi_ratio_mean"]) for label in labels)
    collapsed = [f"{rows[label]['collapsed']} of {rows[label]['n']}" for label in labels[2:5]]
    closed = [
        f"{float(gap['share']):.0%} [{float(gap['low']):.0%}, {float(gap['high']):.0%}]"
        for gap in map(gaps.get, choices)
        if gap
    ]
    return (
        "**Method or schedule?** The Vendi ratio of GAN by the authors' code (alternating critic updates, clipped gradients) is "
        f"{gan:.3f}; with joint updates it is {joint:.3f}, without clipping {free:.3f}, with both {both:.3f}. AEGAN's is "
        f"{aegan:.3f}, with both {all_three:.3f}. So {listed(closed)} of the gap between GAN and AEGAN close without any of "
        f"AEGAN's terms (95% intervals over seeds, each alone), and {listed(collapsed)} such runs are judged collapsed.\n"
    )


def listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def page_of(name: str) -> str:
    """Returns where a store's page is, from the root."""
    return f"reports/published/{name}/README.md"


def meta_of(folder: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads((folder / "meta.json").read_text())
    return meta


def stores() -> str:
    """Returns a row for each published store: what it asks, on what, how many runs, and whether it is withdrawn."""
    head = "| store | asks | data | runs |\n|---|---|---|---|\n"
    return head + "\n".join(_row(folder) for folder in folders()) + "\n"


def _row(folder: Path) -> str:
    meta = meta_of(folder)
    data = ", ".join(dict.fromkeys(part["title"] for part in meta["parts"]))
    runs = len(pd.read_parquet(folder / "records.parquet", columns=["run"]))
    asks = meta["title"] + (f" *Withdrawn: {WITHDRAWN[folder.name]}.*" if folder.name in WITHDRAWN else "")
    return f"| [{folder.name}]({page_of(folder.name)}) | {asks} | {data} | {runs} |"


def page(folder: Path) -> str:
    """Returns a store's README.md: question, command, answer, its first whole table, pictures, and the way to the rest."""
    meta, found = meta_of(folder), tables_of(folder)
    admission = sorted(fnmatch.filter(found, "admission*.md"))
    whole = next((each for name in WHOLE if (each := sorted(fnmatch.filter(found, f"{name}*.md")))), [])
    shown = [*admission, *(name for name in whole if "collapse-steps" not in name)]
    pictures = [
        (alt, path.name) for pattern, alt in PICTURES.items() for path in sorted(folder.glob(pattern))
    ]
    parts = [
        f"# {meta['title']}",
        f"Withdrawn: {WITHDRAWN[folder.name]}." if folder.name in WITHDRAWN else "",
        f"Withdrawn rows: {', '.join(WITHDRAWN_ROWS[folder.name])} ({OLD_MODE})."
        if folder.name in WITHDRAWN_ROWS
        else "",
        f"`{meta['command']}`",
        found["reading.md"].strip(),
        *(found[name].strip() for name in shown),
        schedule().strip() if folder.name == SCHEDULE else "",
        *(f"![{alt}]({name})" for alt, name in pictures),
        f"Every table and figure: `python -m reports --site site` draws them from the values beside this page. Made by "
        f"revision {meta['revision']}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
