"""`python -m reports DIR` renders a results folder; `python -m reports A B` says what changed from A to B;
`python -m reports A B C` puts the scores of three or more together; `python -m reports --site DIR [STORE ...]` writes a site."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks.commands.surroundings import Parser, as_path, guarded
from benchmarks.storage.ownership import is_published
from reports import render
from reports.aggregate import TASKS
from reports.compare import compare, shown
from reports.documents import evidence
from reports.index import listed, write_index
from reports.publish import check_name, publish
from reports.refresh import refresh, stores
from reports.site.build import build
from reports.store import Store
from reports.tables.across import across_datasets
from reports.terminal import whole_table


def together(given: Sequence[Store]) -> None:
    """Prints the tables over several stores. Raises ValueError where no question has three data sets in them."""
    made = across_datasets(*given)
    if not made:
        views = [view for store in given for view in store.views]
        counts = {f"{v.dataset} ({len(v.labels)} method{'s' * (len(v.labels) != 1)})" for v in views}
        known = ", ".join(sorted(counts))
        raise ValueError(
            f"{len(given)} folders: no question is asked of {TASKS} data sets with two methods and three seeds in common "
            f"(there are {known}); give one folder to render, or two to compare"
        )
    console = Console()
    for table in made:
        console.print(whole_table(table))
        for note in table.notes:
            console.print(note, style="dim", markup=False, highlight=False)


def parser() -> Parser:
    """Flags of `python -m reports`."""
    p = Parser("python -m reports", description="Render the report of a results folder, or compare two.")
    p.add_argument(
        "folders",
        type=as_path,
        nargs="*",
        metavar="DIR",
        help="the --out folder of benchmarks.run; two to compare; three or more to put together; any number for --site",
    )
    p.add_argument(
        "--fail-on-regression",
        action="store_true",
        help="exit code 1 if B is worse than A beyond noise, or lost what A has",
    )
    p.add_argument(
        "--publish", metavar="NAME", help="copy what is worth committing to reports/published/NAME"
    )
    p.add_argument(
        "--replace", action="store_true", help="with --publish: in the place of what has that name"
    )
    p.add_argument(
        "--site",
        type=as_path,
        metavar="SITE",
        help="write a static site over the folders given and reports/published",
    )
    p.add_argument(
        "--refresh",
        action="store_true",
        help="render reports/published again from its stored values; trains nothing",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 1 if B is worse and --fail-on-regression was given; 2 with one line on bad input."""
    chosen = parser().parse_args(arguments)
    return guarded(lambda: run(chosen))


def check(chosen: argparse.Namespace) -> None:
    """Raises ValueError for flags that would do nothing, and for a name that cannot be a folder's."""
    many = len(chosen.folders)
    for flag, fits, way_out in (
        ("--fail-on-regression", many == 2 and not chosen.site and not chosen.refresh, "needs two folders"),
        ("--publish", many == 1 and not chosen.site and not chosen.refresh, "needs one folder"),
        ("--replace", chosen.publish is not None, "is for --publish"),
        ("--refresh", not many and not chosen.site, "stands alone"),
    ):
        if getattr(chosen, flag.strip("-").replace("-", "_")) and not fits:
            raise ValueError(f"{flag} {way_out}")
    if many == 1 and not chosen.site and is_published(chosen.folders[0]):
        raise ValueError(
            f"{chosen.folders[0]} holds published results, which no command changes: its tables are in it, and "
            "python -m reports --refresh renders all of them again"
        )
    if chosen.publish is not None:
        check_name(chosen.folders[0], chosen.publish, chosen.replace)
    if not many and not chosen.site and not chosen.refresh:
        raise ValueError(
            "name a results folder, two to compare, three to put together, or --refresh, or --site"
        )


def run(chosen: argparse.Namespace) -> int:
    """Does what the flags ask for; returns the exit code. Raises ValueError."""
    check(chosen)
    folders = chosen.folders
    if chosen.refresh:
        for store in stores():
            print(f"{store.name}: {len(refresh(store, evidence.page(store), listed(store)))} files changed")
        print(f"INDEX.json: {'written' if write_index() else 'as it was'}")
    elif chosen.site:
        from benchmarks.documents import facts  # the methods need torch

        order = {folder.name: evidence.WITHDRAWN.get(folder.name, "") for folder in evidence.folders()}
        made, size = build(chosen.site, folders, facts.methods(), order)
        print(f"{chosen.site / 'index.html'}: {made} files, {size / 1e6:.1f} MB")
    elif len(folders) == 2:
        found = compare(*(Store.open(folder) for folder in folders))
        Console().print(shown(found, *folders))
        return int(bool(chosen.fail_on_regression and (found.regressed or found.only_a or found.lost)))
    elif len(folders) > 2:
        together([Store.open(folder) for folder in folders])
    else:
        report = render(folders[0])
        if chosen.publish:
            print(publish(folders[0], chosen.publish))
            print("next: python -m reports --refresh writes its page and enters it into INDEX.json")
        Console().print(report.terminal)
        print(f"{report.html}\n{len(report.tables)} table files, {len(report.figures)} figures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
