"""python -m benchmarks.readme: writes the README's generated parts from the registry and from committed results.

With --check it only says whether they are as they should be (exit code 1 if not).
"""

import csv
import json
import re
import sys
from pathlib import Path

from benchmarks.planning import preset
from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS, METRICS, Entry

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PUBLISHED = ROOT / "reports" / "published"
COLLAPSE, SCORECARD, ABLATION = (
    "lazarou2020-mini",
    "scorecard",
    "ablate-aegan-quick",
)  # the results that the README shows whole
ASKED = (COLLAPSE, "luo2017-mini", "sainburg2018-mini", "modes", SCORECARD)
VERDICTS = {
    "holds": "**holds**",
    "opposite": "**the opposite**",
    "undecided": "undecided",
}


def methods() -> str:
    """One row per method: roles, producers' terms with their weights, paper."""
    head = "| method | | networks | terms of G and E (weight) | paper |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{e.name}` | {e.title} | {_roles(e)} | {_terms(e)} | {e.paper} |\n" for e in METHODS
    )


def _roles(entry: Entry) -> str:
    base = f"; frozen {', '.join(entry.cls.base_roles)} of `{entry.cls.base}`" if entry.cls.base else ""
    return ", ".join(entry.cls.roles) + base


def _terms(entry: Entry) -> str:
    return ", ".join(f"{name} ({weight:g})" for name, weight in entry.weights.items() if weight) or "none"


def deviations() -> str:
    """One row per marked deviation of a method or a family."""
    rows = [(f"`{e.name}`", line) for e in METHODS if e.name == e.cls.name for line in e.cls.deviations]
    rows += [(f"family `{f.name}`", line) for f in FAMILIES for line in f.deviations]
    return "| where | what differs |\n|---|---|\n" + "".join(
        f"| {where} | {line} |\n" for where, line in rows
    )


def datasets() -> str:
    """One row per data set: what it is, its defaults, where it comes from."""
    rows = ""
    for d in DATASETS:
        defaults = ", ".join(
            f"{key} {value}" for key, value in d.defaults.items() if value not in (None, False)
        )
        rows += f"| `{d.name}` | {d.summary} | {defaults} | {'`--data-root`' if d.needs_root else 'no download'} |\n"
    return "| data set | what it is | defaults | files |\n|---|---|---|---|\n" + rows


def metrics() -> str:
    """One row per metric: its values, what it needs, what stands beside it."""
    rows = ""
    for m in METRICS:
        values = ", ".join(value.title for value in list(m.values.values())[:6]) + (
            ", ..." if len(m.values) > 6 else ""
        )
        beside = ", ".join(m.references) or "none"
        rows += f"| `{m.name}` | {m.title}: {values} | {', '.join(sorted(m.needs))} | {beside} |\n"
    return "| metric | values | needs | reference rows |\n|---|---|---|---|\n" + rows


def evidence() -> str:
    """The committed results: every claim of a paper that was asked, T1 with its reading and figure, the scorecard."""
    forest = f"[forest plot](reports/published/{ABLATION}/forest-aegan.png), [all numbers](reports/published/{ABLATION})"
    parts = [
        claims(),
        _shown(COLLAPSE, "collapse.md", "reading.md"),
        _figure(COLLAPSE),
        schedule(),
        f"`{_text(ABLATION, 'command.txt')}` ({forest})\n\n{_text(ABLATION, 'reading.md').split(chr(10) * 2)[1]}",
        _shown(SCORECARD, "scorecard.md"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def schedule() -> str:
    """How much of the gap between GAN and AEGAN goes without AEGAN: from T1's Vendi ratios."""
    path = PUBLISHED / COLLAPSE / "collapse.csv"
    if not path.exists():
        return ""
    rows = {row["method"]: row for row in _rows(path)}
    choices = ("critic_updates=joint", "clip=none", "critic_updates=joint, clip=none")
    vendi = {name: float(row["vendi_ratio_mean"]) for name, row in rows.items() if row["vendi_ratio_mean"]}
    gan, aegan = vendi["gan"], vendi["aegan"]
    joint, free, both = (vendi[f"gan · {choice}"] for choice in choices)
    fallen = [
        f"{rows[f'gan · {choice}']['collapsed']} of {rows[f'gan · {choice}']['n']}" for choice in choices
    ]
    closed = [f"{(value - gan) / (aegan - gan):.0%}" for value in (joint, free, both)]
    return (
        "**Method or schedule?** The Vendi ratio of GAN by the authors' code (alternating critic updates, clipped gradients) is "
        f"{gan:.3f}; with joint updates it is {joint:.3f}, without clipping {free:.3f}, with both {both:.3f}. AEGAN's is "
        f"{aegan:.3f}, with both {vendi[f'aegan · {choices[2]}']:.3f}. So {_listed(closed)} of the gap between GAN and AEGAN "
        f"close without any of AEGAN's terms, and {_listed(fallen)} such runs are judged collapsed."
    )


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def _shown(name: str, *files: str) -> str:
    """Committed texts of a preset under the command that made them; nothing where they are not there."""
    folder = PUBLISHED / name
    texts = [(folder / file).read_text().strip() for file in files if (folder / file).exists()]
    return "\n\n".join([f"`{_text(name, 'command.txt')}`", *texts]) if texts else ""


def _text(name: str, file: str) -> str:
    return (PUBLISHED / name / file).read_text().strip()


def _figure(name: str) -> str:
    there = (PUBLISHED / name / "samples.png").exists()
    return f"![samples from the same z](reports/published/{name}/samples.png)" if there else ""


def claims() -> str:
    """One row per claim and preset that asked: what the test said, by data set. What an earlier preset asked in the same
    setting, of the same runs, is not told again.
    """
    asked: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    told: dict[str, str] = {}  # question and setting -> preset
    for path in (path for name in ASKED for path in sorted((PUBLISHED / name).glob("claims*.csv"))):
        name, parts = path.parent.name, json.loads((path.parent / "meta.json").read_text())["parts"]
        part = next((part for part in parts if part["dataset"] in path.stem), parts[0])
        setting = [part["dataset"], part["options"], part["family"], part["config"]["steps"]]
        for row in _rows(path):
            if row["verdict"] == "not asked" or name != told.setdefault(
                f"{row['claim']}{row['metric']}{setting}", name
            ):
                continue
            metric, _, value = row["metric"].partition(".")
            where, title = f"{row['paper']}, {row['where']}", METRICS.get(metric).values[value].title
            asked.setdefault((row["claim"], where, title, name), {})[part["title"]] = row
    rows = [
        f"| {claim} | {where} | {title} | [{name}](reports/published/{name}) | {_verdict(answers)} |"
        for (claim, where, title, name), answers in asked.items()
    ]
    head = "| what the papers say | where | measured by | asked in | here |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) if rows else ""


def _verdict(answers: dict[str, dict[str, str]]) -> str:
    """What the tests of one claim said, by data set."""
    if len(answers) == 1:
        return "".join(f"{VERDICTS[row['verdict']]}: {row['evidence']}" for row in answers.values())
    said = []
    for verdict, name in VERDICTS.items():
        on = [title for title, row in answers.items() if row["verdict"] == verdict]
        if on:
            said.append(f"{name} on {len(on)} of {len(answers)} sets ({', '.join(on)})")
    return "; ".join(said)


def presets() -> str:
    """One row per preset: what it asks, on what, by whom."""
    rows = ""
    for name in preset.names():
        parts = [preset.build(values) for values in preset.parts(preset.read(name))]
        where = ", ".join(dict.fromkeys(part.dataset for part in parts))
        rows += f"| `{name}` | {parts[0].summary} | {where} | {len(parts[0].seed_list)} |\n"
    return "| preset | what it runs | data | seeds |\n|---|---|---|---|\n" + rows


def costs() -> str:
    """The committed table of `python -m benchmarks.costs`, of a quick run with every metric."""
    path = ROOT / "reports" / "published" / "costs.md"
    return path.read_text() if path.exists() else "Not measured yet.\n"


PARTS = {
    "costs": costs,
    "presets": presets,
    "datasets": datasets,
    "metrics": metrics,
    "methods": methods,
    "deviations": deviations,
    "evidence": evidence,
}


def filled(text: str) -> str:
    """README text with every generated part made anew."""
    for name, make in PARTS.items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
        text = re.sub(pattern, lambda m, make=make: f"{m[1]}{make()}{m[2]}", text, flags=re.S)  # type: ignore[misc]
    return text


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    now = README.read_text()
    made = filled(now)
    if "--check" in argv:
        if made != now:
            print("README.md is not what its sources say: run python -m benchmarks.readme", file=sys.stderr)
        return int(made != now)
    README.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
