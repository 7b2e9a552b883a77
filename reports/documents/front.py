"""The front page: every method at a glance, the figures, and some claims of the papers."""

import re
from typing import Any

from reports.documents.evidence import (
    PUBLISHED,
    VERDICTS,
    WITHDRAWN,
    WITHDRAWN_ROWS,
    answers,
    grouped,
    meta_of,
    page_of,
    rows_of,
    verdict_of,
)

# Published sets in which every method had a setting of its own, by what they ask about. Of a method in several the first counts.
STORES = {
    "drawn faces": ("faces16",),
    "small digits": ("digits-tuned", "digits-tuned-rest"),
}
COLUMNS = {
    "FID ↓ [domain]": "FID ↓",
    "dHash similarity ↑": "dHash ↑",
    "Label similarity, top 1 ↑": "search ↑",
}
OF_SAMPLES = ("FID ↓ [domain]",)
SAMPLES = re.compile(r" \[n = ([\d,]+)\]")
TUNED = " · tuned"  # the arm of a search's winner, on seeds that it has not seen
FIGURES = (
    (
        "faces16/samples.png",
        "faces, and what eighteen methods draw of them, each at the best of three learning rates",
    ),
    ("faces16/reconstructions.png", "held-out faces, and what each encoder gives back"),
    (
        "bigan2016-mnist-h200/samples.png",
        "MNIST, and what BiGAN and a latent regressor draw after the 400 epochs of BiGAN's paper",
    ),
    (
        "ali-norms-mnist/samples.png",
        "MNIST, and what BiGAN and ALI draw with batch and with layer norm in their critic",
    ),
    ("digits-tuned/samples.png", "small digits, and what sixteen methods draw of them, tuned and not"),
    ("lazarou2020-mini/collapse-steps.png", "diversity over training, one line a run"),
)
# Claims, one or two of each paper: (metric, what should be better, than what).
CLAIMS = (
    ("collapse.collapsed", "aegan", "gan"),
    ("collapse.vendi_ratio", "aegan", "gan"),
    ("reconstruction.dhash_generated", "inverse", "direct"),
    ("luo.top1", "inverse", "dhash"),
    ("search.top1", "inverse", "dhash"),
    ("latent2d.pearson", "gaia", "ae"),
)


def glance() -> str:
    """Returns a row for the real images, for the best trivial baseline of each column and for each method."""
    places = {place: found for place, names in STORES.items() if (found := _rows(names))}
    if not places:
        return ""
    heads = [f"{place}: {short}" for place in places for short in COLUMNS.values()]
    methods = dict.fromkeys(
        row["name"].partition(" · ")[0] for rows in places.values() for row in rows if row["kind"] == "method"
    )
    lines = [_line("method", heads), _line("---", ["---"] * len(heads))]
    lines.append(_line("*real images*", [_real(rows, key) for rows in places.values() for key in COLUMNS]))
    lines.append(
        _line("*best trivial*", [_trivial(rows, key) for rows in places.values() for key in COLUMNS])
    )
    titles = {
        name: about["title"]
        for names in STORES.values()
        for store in names
        if (PUBLISHED / store).is_dir()
        for name, about in meta_of(PUBLISHED / store)["methods"].items()
    }
    for method in methods:
        arms = [_arm(rows, method) for rows in places.values()]
        lines.append(_line(titles.get(method, method), [_cell(arm, key) for arm in arms for key in COLUMNS]))
    return "\n".join(lines) + "\n"


def _rows(names: tuple[str, ...]) -> list[dict[str, str]]:
    """Returns the summaries of published sets, in each row the set's name as `set`.

    Where a value was measured on several numbers of samples, the largest one's columns are taken.
    """
    rows = []
    for name in names:
        for row in rows_of(PUBLISHED / name, "summary.csv") if (PUBLISHED / name).is_dir() else []:
            if row["name"] in WITHDRAWN_ROWS.get(name, ()):
                continue
            order = sorted(row, key=_samples)
            rows.append({SAMPLES.sub("", key): row[key] for key in order} | {"set": name})
    return rows


def _samples(column: str) -> int:
    """Returns how many samples a column says that it was measured on; 0 where it does not say."""
    found = SAMPLES.search(column)
    return int(found[1].replace(",", "")) if found else 0


def _line(name: str, cells: list[str]) -> str:
    return f"| {' | '.join([name, *cells])} |"


def _arm(rows: list[dict[str, str]], method: str) -> dict[str, str]:
    """Returns a method's tuned arm, or itself where nothing was tuned."""
    there = {row["name"]: row for row in reversed(rows) if row["kind"] == "method"}
    return there.get(method + TUNED) or there.get(method) or {}


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 2 else f"{value:.1f}"


def _about(store: str, name: str) -> dict[str, Any]:
    """Returns what a store's meta.json says of a method or variant."""
    known: dict[str, dict[str, Any]] = meta_of(PUBLISHED / store)["methods"]
    return known.get(name.partition(" · ")[0], {})


def _real(rows: list[dict[str, str]], key: str) -> str:
    """Returns what real images score, or for search the classifier's features, with their name."""
    found = [
        (row[f"{key} mean"], row["name"]) for row in rows if row["kind"] == "ceiling" and row[f"{key} mean"]
    ]
    if not found:
        return "–"
    value, name = found[0]
    return _number(float(value)) + (f" ({name})" if name != "real" else "")


def _trivial(rows: list[dict[str, str]], key: str) -> str:
    """Returns the best value of what has learned nothing, with its name."""
    found = [
        (float(row[f"{key} mean"]), row["name"])
        for row in rows
        if row["kind"] == "baseline" and row[f"{key} mean"]
    ]
    if not found:
        return "–"
    value, name = min(found) if "↓" in key else max(found)
    return f"{_number(value)} ({name})"


def _cell(row: dict[str, str], key: str) -> str:
    """Returns mean ± half the 95% interval, or the interval itself where a limit of the value's range makes it lopsided."""
    if not row.get(f"{key} mean"):
        return "–"
    mean, low, high = (float(row[f"{key} {part}"]) for part in ("mean", "low", "high"))
    if key in OF_SAMPLES and _about(row["set"], row["name"]).get("generator") == "gan":
        return f"{_number(mean)}, GAN's"
    remark = _remark(row["set"], row["name"]) if key in OF_SAMPLES else ""
    if abs((low + high) / 2 - mean) > 0.01 * (high - low):
        return f"{_number(mean)} [{_number(low)}, {_number(high)}]{remark}"
    digits = 3 if abs(mean) < 2 else 1
    return f"{mean:.{digits}f} ± {(high - low) / 2:.{digits}f}{remark}"


def _remark(store: str, name: str) -> str:
    """Returns what to know of an arm's samples: drawn from a Gaussian fitted to codes afterwards, or collapsed."""
    told = ", ex post" if _about(store, name).get("ex_post") else ""
    for row in rows_of(PUBLISHED / store, "collapse.csv"):
        if row["method"] == name and int(row["collapsed"]):
            told += f", {row['collapsed']} of {row['n']} collapsed"
    return told


def figures() -> str:
    """Returns the figures with their descriptions."""
    shown = [(name, alt) for name, alt in FIGURES if (PUBLISHED / name).exists()]
    return "\\\n".join(f"![{alt}](reports/published/{name})" for name, alt in shown) + "\n"


def claims() -> str:
    """Returns the claims of the front page: a row each, by the store with the most seeds; the others are counted."""
    found = list(grouped([answer for answer in answers() if answer.preset not in WITHDRAWN]))
    rows = []
    for key in CLAIMS:
        same = [each for each in found if (each[1]["metric"], each[1]["better"], each[1]["worse"]) == key]
        if same:
            name, row, by_place = max(same, key=lambda each: _runs(each[0]))
            said = _brief(by_place, f"[{name}]({page_of(name)})") + _others(name, same)
            rows.append(f"| {row['claim']} | {row['paper']} | {said} |")
    return "| the claim | paper | here, and how sure |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _runs(name: str) -> int:
    """Returns how many seeds a store has."""
    seeds = meta_of(PUBLISHED / name)["parts"][0]["config"]["seeds"]
    return seeds if isinstance(seeds, int) else len(seeds)


def _others(name: str, same: list[tuple[str, dict[str, str], dict[str, dict[str, str]]]]) -> str:
    """Returns what the other stores that asked say, counted by verdict."""
    rest = [by_place for other, _, by_place in same if other != name]
    said = [VERDICTS[row["verdict"]] for by_place in rest for row in list(by_place.values())[:1]]
    counts = [f"{said.count(word)} {word}" for word in dict.fromkeys(said)]
    return f"; [other stores](RESULTS.md#claims): {', '.join(counts)}" if counts else ""


def _brief(by_place: dict[str, dict[str, str]], link: str) -> str:
    """Returns what the tests of one claim say, with a link to the preset; for an undecided one the numbers without the test."""
    verdicts = [row["verdict"] for row in by_place.values()]
    said = verdict_of(by_place)
    if verdicts == ["undecided"]:
        said = said.partition(" (Fisher")[0].partition(", p =")[0]
    return f"{said} ({link})"
