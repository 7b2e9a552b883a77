"""python -m benchmarks.evaluate: another generator's images, or a model from a file, through the same metrics and report."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path, as_path_text

LONGEST = 40  # characters of a name


def parser() -> argparse.ArgumentParser:
    p = Parser(
        prog="python -m benchmarks.evaluate",
        description="Measure what was trained elsewhere: its rows stand among the methods' in the same tables and report.",
        epilog="samples: a folder of PNG or JPEG pictures of the data set's size, or an .npz, .npy or .h5 file of uint8 or of "
        "floats in [0, 1]; at least twice as many as the metrics look at (--set samples=N). A model's file defines latent = d "
        "and generate(z), encode(x) or both. In a folder with results the same metrics are computed as there. "
        "exit codes: 0 done, 1 a metric failed, 2 bad input, 130 interrupted",
    )
    add = p.add_argument
    given = p.add_mutually_exclusive_group(required=True)
    given.add_argument("--samples", type=as_path, metavar="DIR|FILE", help="generated images")
    given.add_argument(
        "--model", type=as_path, metavar="FILE.py", help="a Python file with generate(z), encode(x)"
    )
    add("--name", help="what the row is called (default: samples, or the model file's name)")
    add(
        "--seed",
        type=int,
        default=0,
        help="which training of yours this is; several make intervals (default: 0)",
    )
    add("--replace", action="store_true", help="put other samples of the same name and seed aside")
    add("--dataset", help="data set (default: that of --out, or of the preset)")
    add("--data-root", type=as_path, help="where the data set's files are")
    add(
        "--preset",
        help="which metrics, sizes and baselines, in a new folder (default: quick); a folder with results has its own",
    )
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="any preset key: --set data.size=16")
    add("--metrics", help="comma-separated names, or all (default: the folder's, or the preset's)")
    add(
        "--out",
        type=as_path,
        default=Path("runs"),
        help="results folder, new or with results (default: runs)",
    )
    add("--cache", type=as_path, help="prepared data and extractors (default: as in benchmarks.run)")
    add(
        "--extractor",
        metavar="NAMES",
        help="what FID, KID and the like look through, as of benchmarks.run (default: what the folder's values were computed "
        "through, else Inception or domain)",
    )
    add("--inception-weights", type=as_path, help="torch-fidelity's Inception weights")
    add("--plugin", type=as_path_text, action="append", default=[], metavar="FILE.py",
        help="a Python file with data sets or metrics of yours")  # fmt: skip
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    given = sys.argv[1:] if argv is None else argv
    args = parser().parse_args(given)
    return cli.guarded(lambda: run(args, given))


def run(args: argparse.Namespace, argv: list[str]) -> int:
    """Plans, checks what is given, measures, renders. Raises ValueError for what cannot be measured."""
    import torch
    from rich.console import Console
    from threadpoolctl import threadpool_limits

    from benchmarks.commands.recorded import command
    from benchmarks.evaluation import extend, foreign
    from benchmarks.evaluation.evaluation import evaluate_references
    from benchmarks.storage.run_folder import lock_folder
    from reports import render

    torch.set_num_threads(1)
    threadpool_limits(1)
    cli.load_plugins(args)
    plan = planned(args)
    model, about = checked(args, plan)
    failures: list[str] = []
    with lock_folder(args.out):
        foreign.claim(args.out, about, args.replace)
        for node in plan.nodes:
            if node.kind == "references":
                print(
                    f"{about.name}: measuring {about.source} on {about.dataset} (row {about.run})",
                    file=sys.stderr,
                )
                failures += foreign.measure(node, about, model, said)
                print(f"reference rows of {node.config.dataset}, {node.config.family}", file=sys.stderr)
                failures += evaluate_references(node)
        extend.extend(plan, command(argv, "benchmarks.evaluate"))
        report = render(args.out)
    console = Console(soft_wrap=True)
    console.print(report.terminal, soft_wrap=False)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    console.print(f"report: {report.html}", markup=False)
    return cli.FAILED if failures else cli.OK


def said(metric: str, done: int, of: int) -> None:
    print(f"  {metric} ({done + 1} of {of})", file=sys.stderr, flush=True)


def planned(args: argparse.Namespace) -> Any:
    """Returns the plan of the folder's parts, or of the preset, without runs. Raises ValueError."""
    from benchmarks.commands.flags import changed, preset_values
    from benchmarks.commands.make import check_places
    from benchmarks.evaluation.extend import values_of, without_runs
    from benchmarks.planning import plan as plans
    from benchmarks.planning import preset as presets
    from benchmarks.storage import store_plugins
    from benchmarks.storage.cached import default_cache

    flags = argparse.Namespace(
        **{**vars(cli.parser().parse_args([])), **vars(args), "preset": args.preset or "quick"}
    )
    if args.out.is_dir():
        for problem in store_plugins.load(args.out, tuple(args.plugin)):
            print(f"warning: {problem}", file=sys.stderr)
    here = values_of(args.out, args.dataset)
    if here and args.preset and presets.read(args.preset)["name"] != here[0]["name"]:
        raise ValueError(
            f"--preset {args.preset}: {args.out} holds results of {here[0]['name']}, whose metrics and sizes are used: leave "
            "--preset out, or give another --out"
        )
    if here and args.preset:
        print(f"note: {args.out} has its own metrics and sizes: --preset does nothing", file=sys.stderr)
    own = [changed(part, argparse.Namespace(**{**vars(flags), "dataset": None})) for part in here]
    values = {**own[0], "parts": own} if len(own) > 1 else own[0] if own else preset_values(flags)
    cache = args.cache or default_cache()
    context = plans.Context(
        args.out,
        cache,
        args.data_root,
        args.inception_weights,
        "cpu",
        plugins=tuple(args.plugin),
        extractors=extractors(args, cache),
    )
    plan = without_runs(plans.make(values, context, "cpu", lambda config, spec: 1.0))
    for part, preset in zip(here, plan.presets, strict=False):
        if {**preset.data} != part["data"] or preset.domain != part["domain"]:
            raise ValueError(
                f"{args.out} holds {part['dataset']} with {part['data']}, not with {preset.data}: give another --out"
            )
    check_places(args, plan)
    return plan


def extractors(args: argparse.Namespace, cache: Path) -> tuple[str, ...]:
    """Returns the extractors asked for, or else those that the folder's values were computed through, where they are here.

    Raises ValueError for one that is asked for and not here.
    """
    from benchmarks import results
    from benchmarks.snapshots import named_extractors

    if args.extractor or args.inception_weights or not (args.out / results.TABLE).exists():
        return named_extractors.chosen(args.extractor, args.inception_weights, cache)
    frame = results.load(args.out)
    columns = [column for column in frame.loc[frame["kind"] == "method", "extractor"].unique() if column]
    here = {column: named_extractors.named_as(column, (), cache) for column in columns}
    for column in (column for column, name in here.items() if name is None):
        print(f"no values through {column}, which is not here: name all with --extractor", file=sys.stderr)
    found = tuple(name for name in here.values() if name)
    return () if found == ("domain",) else found


def checked(args: argparse.Namespace, plan: Any) -> tuple[Any, Any]:
    """Returns the model and what its row says. Raises ValueError for what does not fit the data."""
    from benchmarks.evaluation.foreign import Foreign
    from benchmarks.evaluation.keys import data_of
    from benchmarks.evaluation.references import NAMES as REFERENCES
    from benchmarks.planning.registry import METHODS
    from benchmarks.snapshots.external import External
    from benchmarks.snapshots.samples import Samples, read

    name = (args.model.stem if args.model else "samples") if args.name is None else args.name
    if not 0 < len(name) <= LONGEST or not name.isprintable() or name != name.strip():
        raise ValueError(f"--name {name!r}: one line of at most {LONGEST} characters is wanted")
    if name.casefold() in {each.casefold() for entry in METHODS for each in (entry.name, entry.title)}:
        raise ValueError(f"--name {name} is a method of this program: choose another, such as 'my {name}'")
    if name in REFERENCES:
        raise ValueError(f"--name {name} is a reference row of this program: choose another name")
    if not 0 <= args.seed < 2**63:
        raise ValueError(f"--seed {args.seed}: must be 0 to {2**63 - 1}")
    node = next(node for node in plan.nodes if node.kind == "references")
    shape, n = node.spec.shape, node.context.samples  # known before any extractor is trained
    model: External | Samples
    if args.model:
        model, source = External(args.model, shape), f"the model {args.model.name}"
        model.check()
    else:
        model = Samples(read(args.samples, shape, node.config.dataset))
        source = f"{len(model.x):,} samples"
        if len(model.x) < 2 * n:
            raise ValueError(
                f"--samples {args.samples} holds {source}; {2 * n:,} are wanted, twice as many as the metrics look at: "
                f"give more, or --set samples={max(64, len(model.x) // 2)} (at least 64, so 128 samples)"
            )
    data, _ = data_of(node.context, node.config)
    step = plan.presets[0].steps
    return model, Foreign(name, args.seed, step, node.config.dataset, data.full_key, source, model.sha256)


if __name__ == "__main__":
    sys.exit(main())
