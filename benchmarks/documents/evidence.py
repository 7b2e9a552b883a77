"""What the committed results in reports/published say: every folder in it is a section, whatever its preset asked.

Nothing here is written by hand but the order of the presets that come first.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.planning.registry import METRICS

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"
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
    "scorecard": "after 1,500 steps GAN draws noise, and with it all that is built on it; BiGAN and GAIA draw no faces",
}
SCORECARD = "scorecard"  # the preset whose scorecard is shown in place of its first table
SCHEDULE = "lazarou2020-mini"  # the preset that crosses the method with the critics' schedule
# Shown whole is the first of these tables that a preset has, below that of admission; the others are links.
WHOLE = ("tuning", "collapse", "modes", "scorecard")
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
        for path in [] if gallery else sorted(folder.glob("claims*.csv")):
            part = next((part for part in parts if part["dataset"] in path.stem), parts[0])
            setting = [part["dataset"], part["options"], part["family"], part["config"]["steps"]]
            tuned = (folder / "tuning.csv").exists()  # claims are asked of the plain arms
            common = "at the common setting, " if tuned else ""
            for row in rows_of(path):
                if row["verdict"] not in VERDICTS:
                    continue
                before = asked.setdefault(f"{row['claim']}{row['metric']}{setting}", [])
                if all(name == folder.name or not seeds <= theirs for name, theirs in before):
                    before.append((folder.name, seeds))
                    yield Answer(folder.name, part["title"], row | {"evidence": common + row["evidence"]})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def claims() -> str:
    """Returns every claim and preset that tested it, a row each."""
    head = "| what the papers say | where | measured by | asked in | here |\n|---|---|---|---|---|\n"
    return head + "\n".join(_claim_rows(list(answers()))) + "\n"


def _claim_rows(found: list[Answer]) -> Iterator[str]:
    for name, row, each in grouped(found):
        metric, _, value = row["metric"].partition(".")
        title = METRICS.get(metric).values[value].title
        asked = f"[{name}](#{name}){', withdrawn' if name in WITHDRAWN else ''}"
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
    paths = folder / "collapse.csv", folder / "gaps.csv"
    if not all(path.exists() for path in paths):
        return ""
    rows = {row["method"]: row for row in rows_of(paths[0])}
    gaps = {
        row["factor"].removeprefix("gan · "): row
        for row in rows_of(paths[1])
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


def sections() -> str:
    """Returns a section per published preset: command, reading, its first whole table, samples, links to the rest."""
    return "\n".join(_section(folder) for folder in folders())


def _section(folder: Path) -> str:
    meta: dict[str, Any] = json.loads((folder / "meta.json").read_text())
    link = f"reports/published/{folder.name}"
    names = (SCORECARD,) if folder.name == SCORECARD else WHOLE
    whole = next((found for name in names if (found := sorted(folder.glob(f"{name}*.md")))), [])
    whole = [path for path in whole if "collapse-steps" not in path.name]
    whole = [*sorted(folder.glob("admission*.md")), *whole]
    samples = sorted(folder.glob("samples*.png"))
    tables = [
        f"[{path.stem}]({link}/{path.name})" for path in sorted(folder.glob("*.md")) if path not in whole
    ]
    pictures = [
        f"[{path.stem}]({link}/{path.name})"
        for path in sorted(folder.glob("*.png"))
        if path not in samples and not path.name.startswith("reconstructions")
    ]
    parts = [
        f"### {folder.name}\n\n{meta['title']}: `{(folder / 'command.txt').read_text().strip()}`",
        f"Withdrawn from the front page: {WITHDRAWN[folder.name]}." if folder.name in WITHDRAWN else "",
        _text(folder / "reading.md"),
        *(_text(path) for path in whole),
        schedule().strip() if folder.name == SCHEDULE else "",
        *(f"![samples of every method from the same z]({link}/{path.name})" for path in samples),
        *(f"![reconstructions]({link}/{path.name})" for path in sorted(folder.glob("reconstructions*.png"))),
        f"All of it: [{link}]({link}). Tables: {', '.join(tables)}."
        + (f" Figures: {', '.join(pictures)}." if pictures else ""),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""
