"""python -m benchmarks.verify DIR: re-reads a results folder, checks every checksum and schema, computes a sample again.

Metrics of a few runs are computed from their weights once more and compared. Of reports/published, every page is made
again from the stored values and compared, with the index too. Exit code 1 on any difference, or where a run could not be checked;
nothing is changed.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path, as_path_text


def parser() -> argparse.ArgumentParser:
    p = Parser(
        prog="python -m benchmarks.verify",
        description="Check a results folder: checksums, schemas, and the metrics of some runs computed again.",
        epilog="exit codes: 0 all as it should be, 1 a difference or a run that could not be checked, 2 bad input",
    )
    add = p.add_argument
    add("out", metavar="DIR", type=as_path, help="the results folder")
    add("--sample", type=int, default=2, help="runs whose metrics are computed again (default: 2)")
    add("--seed", type=int, default=0, help="which ones (default: 0)")
    add("--cache", type=as_path, help="prepared data and extractors (default: as in benchmarks.run)")
    add("--data-root", type=as_path, help="where the data set's files are")
    add(
        "--extractor",
        metavar="NAMES",
        help="extractors of the runs' values that are not found by themselves: FILE.py, or NAME:PATH of weights",
    )
    add(
        "--inception-weights",
        type=as_path,
        help="torch-fidelity's Inception weights, if the runs were made with them",
    )
    add(
        "--plugin",
        type=as_path_text,
        action="append",
        default=[],
        metavar="FILE.py",
        help="a plugin that the runs need",
    )
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(argv)
    return cli.guarded(lambda: verify(args))


def verify(args: argparse.Namespace) -> int:
    """Checks everything; prints a line for each finding. Raises ValueError for a folder without results."""
    from benchmarks import results
    from benchmarks.execution import repair
    from benchmarks.snapshots.named_extractors import chosen
    from benchmarks.storage import stale, store_plugins
    from benchmarks.storage.cached import default_cache
    from reports import index

    if index.indexed(args.out):
        return published(args.out)
    if args.sample < 0:
        raise ValueError(f"--sample {args.sample}: must not be negative")
    for problem in store_plugins.load(args.out, tuple(args.plugin)):
        print(f"warning: {problem}", file=sys.stderr)
    frame, records, _ = results.load(args.out), results.records(args.out), results.meta(args.out)
    args.cache = args.cache or default_cache()
    given = chosen(args.extractor, args.inception_weights, args.cache)
    found = read_runs(args)
    for path in [*reference_paths(args.out), *foreign_paths(args.out)]:
        found.findings += [damage.what for damage in repair.of_references(path)]
    found.findings += table(args.out, frame)
    asked = {run: made for run in records["run"] if (made := stale.config_of(args.out, run)) is not None}
    for line in stale.lines(args.out, asked, stale.metric_versions(frame)):
        print(line)
    print(f"{len(found.sound)} runs read, {found.unfinished} unfinished, {len(frame)} rows")
    for run, trouble in found.unchecked.items():
        print(f"run {run} not checked: {trouble}")
    compute_again(args, found, given)
    for finding in found.findings:
        print(f"differs: {finding}")
    left = len(found.unchecked)
    but = f"as it should be, but {left} run{'s were' if left > 1 else ' was'} not checked"
    all_well = but if found.unchecked else "all as it should be"
    print(said(found.findings) if found.findings else all_well)
    return cli.FAILED if found.findings or found.unchecked else 0


@dataclass
class Found:
    """What a folder's runs are: sound, unfinished, not to be checked here (and why), and what is wrong with the others."""

    sound: list[tuple[Any, Any]] = field(default_factory=list)  # folder and configuration
    unfinished: int = 0
    unchecked: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def read_runs(args: argparse.Namespace) -> Found:
    """Reads every file of every run."""
    from benchmarks.execution import repair
    from benchmarks.planning.registry import DATASETS
    from benchmarks.planning.resolve import data_spec
    from benchmarks.storage import schema, store_plugins
    from benchmarks.storage.run_folder import RunFolder, run_paths

    found = Found()
    for path in run_paths(args.out):
        folder = RunFolder(args.out, path.name)
        try:
            config = schema.config(folder, None, needed=True)
            assert config is not None
            if trouble := store_plugins.trouble(args.out, config):
                found.unchecked[path.name] = trouble
                continue
            dataset = DATASETS.get(config.dataset)(args.cache, args.data_root, **config.data)
            spec = data_spec(dataset)
            if dataset.content != config.content.partition("+")[0]:
                found.unchecked[path.name] = f"its data are not those under {dataset.root}"
                continue
            wrong = [damage.what for damage in repair.of_run(folder, config, spec)]
        except (ValueError, TypeError, OSError) as error:
            wrong = [str(error) if str(path) in str(error) else f"{path}: {error}"]
        found.findings += wrong
        if not wrong and folder.record():
            found.sound.append((folder, config))
        elif not wrong:
            found.unfinished += 1
    return found


def compute_again(args: argparse.Namespace, found: Found, extractors: tuple[str, ...]) -> None:
    """Computes the metrics of some sound runs again, and adds what differs to the findings."""
    import torch
    from threadpoolctl import threadpool_limits

    from benchmarks.evaluation.again import again
    from benchmarks.planning.plan import Context

    context = Context(args.out, args.cache, args.data_root, args.inception_weights, "cpu")
    older = [folder.path.name for folder, config in found.sound if not current(config)]
    if older:
        print(f"{len(older)} of another version than this program's, not computed again: {', '.join(older)}")
    sound = [(folder, config) for folder, config in found.sound if folder.path.name not in older]
    random.Random(args.seed).shuffle(sound)
    torch.set_num_threads(1)
    threadpool_limits(1)
    for folder, config in sound[: args.sample]:
        compared, different, lines = again(context, folder, config, extractors)
        print("\n".join(lines), end="\n" * bool(lines))
        print(f"{config.method}, seed {config.seed} ({folder.path.name}): {compared} values computed again")
        found.findings += different


def said(findings: Sequence[str]) -> str:
    return f"{len(findings)} finding{'s' * (len(findings) != 1)}"


def published(out: Path) -> int:
    """Checks committed results against their index and their stored values; prints a line for each preset."""
    from reports import index

    wrong = 0
    for name, files, found in index.verify(out):
        print(f"{name}: " + (said(found) if found else f"{files} files, all as it should be"))
        for finding in found:
            print(f"differs: {finding}")
        wrong += len(found)
    return cli.FAILED if wrong else 0


def current(config: Any) -> bool:
    """Whether a run's method, family and data set are of this program's versions: only then can its values be made again."""
    from benchmarks.planning.registry import DATASETS, FAMILIES, METHODS

    own = {"method": METHODS.get(config.method).cls, "family": FAMILIES.get(config.family)}
    parts = {**own, "dataset": DATASETS.get(config.dataset)}
    own_domain = config.domain is None or config.domain.version == DATASETS.get(config.domain.dataset).version
    return bool(own_domain and config.versions == {name: part.version for name, part in parts.items()})


def foreign_paths(out: Path) -> list[Path]:
    """Returns the folders of what was measured from elsewhere."""
    return sorted((out / "foreign").glob("*"))


def reference_paths(out: Path) -> list[Path]:
    """Returns the folders of reference rows."""
    return sorted((out / "references").glob("*"))


def table(out: Path, frame: Any) -> list[str]:
    """Returns values of the tidy table that are not in the runs' own files."""
    from benchmarks.evaluation.again import stored
    from benchmarks.results import COLUMNS, TABLE
    from benchmarks.storage.run_folder import run_paths

    if tuple(frame.columns) != COLUMNS:
        return [f"{out / TABLE}: its columns are not {', '.join(COLUMNS)}"]
    known: dict[tuple[Any, ...], float] = {}
    for path in [*run_paths(out), *foreign_paths(out), *reference_paths(out)]:
        for made in stored(path):
            key = made["key"]
            place = (path.name, key["metric"], key["version"], key["extractor"], key["step"])
            known |= {
                (*place, r["n"], r.get("name", ""), name): value
                for r in made["rows"]
                for name, value in r["values"].items()
            }
    wrong = []
    for row in frame[(frame["status"] == "ok") & frame["value"].notna()].itertuples():
        metric, _, name = str(row.metric).partition(".")
        step, reference = (row.step, "") if row.kind == "method" else (0, row.method)
        value = known.get((row.run, metric, row.version, row.extractor, step, row.n, reference, name))
        if value != row.value:
            at = f"of {reference}" if reference else f"at step {step}"
            wrong.append(
                f"{out / TABLE}: {row.run} {row.metric} {at} is {row.value}, its own file says {value}"
            )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
