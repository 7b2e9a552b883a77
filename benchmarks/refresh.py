"""python -m benchmarks.refresh: writes the generated parts of the documents from registries and committed results.

`tox -e refresh` writes the pages of published stores again, runs this, and adds what is new to the golden numbers and to the
runs' names. With --check it writes nothing and says which documents are out of date (exit code 1).
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.commands.surroundings import Parser, guarded
from benchmarks.documents import catalogue
from reports.documents import evidence, front, reproduced

ROOT = Path(__file__).parent.parent
DOCUMENTS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {
        "glance": front.glance,
        "reproduced": reproduced.reproduced,
        "claims": front.claims,
        "figures": front.figures,
    },
    "RESULTS.md": {
        "claims": evidence.claims,
        "stores": evidence.stores,
    },
    "reports/published/REPRODUCTION.md": {"reproduction": reproduced.reproduction},
    "CATALOGUE.md": {
        "methods": catalogue.methods,
        "deviations": catalogue.deviations,
        "data sets": catalogue.datasets,
        "metrics": catalogue.metrics,
        "computed": catalogue.computed,
        "costs": catalogue.costs,
        "presets": catalogue.presets,
    },
}


def filled(name: str, text: str) -> str:
    """Returns a document's text with every generated part written anew. Raises ValueError for a part without its place."""
    for part, make in DOCUMENTS[name].items():
        pattern = rf"(<!-- begin {part} -->\n).*?(<!-- end {part} -->)"
        text, places = re.subn(pattern, lambda m, make=make: f"{m[1]}{make()}{m[2]}", text, flags=re.S)  # type: ignore[misc]
        if places != 1:
            raise ValueError(f"{name} has {places} places for {part!r}: it needs one '<!-- begin {part} -->'")
    return text


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    p = Parser("python -m benchmarks.refresh", description="Write the generated parts of the documents anew.")
    p.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a document is out of date"
    )
    check = p.parse_args(argv).check
    return guarded(lambda: refresh(check))


def refresh(check: bool) -> int:
    """Writes what is out of date; with `check` names it and returns 1."""
    changed = []
    for name in DOCUMENTS:
        path = ROOT / name
        before = path.read_text()
        after = filled(name, before)
        if after != before:
            changed.append(name)
        if after != before and not check:
            path.write_text(after)
    if check and changed:
        print(f"out of date: {', '.join(changed)}: run tox -e refresh", file=sys.stderr)
    elif changed:
        print(f"written: {', '.join(changed)}")
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
