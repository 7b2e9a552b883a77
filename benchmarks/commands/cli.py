"""The command line's flags, and what the commands share."""

import argparse
import sys
from pathlib import Path

from benchmarks.commands.recorded import command as command
from benchmarks.commands.surroundings import Parser, as_path, as_path_text
from benchmarks.commands.surroundings import guarded as guarded
from benchmarks.commands.surroundings import printable as printable

OK, FAILED, STOPPED = 0, 1, 3
Args = argparse.Namespace
LISTS = ("methods", "datasets", "metrics", "presets", "families")


def parser() -> argparse.ArgumentParser:
    """Flags of `python -m benchmarks.run`."""
    p = Parser(
        prog="python -m benchmarks.run",
        description="Train and compare bidirectional GAN methods over seeds; ends with a table and an HTML report.",
        epilog="exit codes: 0 all runs ok or skipped, 1 a run failed or diverged, 2 bad input, 3 the time limit was reached, "
        "130 interrupted",
    )
    add = p.add_argument_group("what is compared").add_argument
    add("--preset", default="quick", help="a shipped preset or a path to a TOML file (default: quick)")
    add("--methods", help="comma-separated names, or all (default: the preset's)")
    add(
        "--seeds",
        help="how many (6 means 0 to 5), or which: 0,3,7 (7, is seed 7 alone); auto looks at 3, 6 and 12 and stops where the "
        "question is answered",
    )
    add(
        "--question",
        metavar="METRIC.VALUE:BETTER:WORSE",
        help="for --seeds auto: is BETTER better than WORSE, such as fid.fid:aegan:gan? (default: the preset's)",
    )
    add("--family", help="architecture family (default: the preset's)")
    add("--steps", type=int, help="training budget in updates of G; evaluation steps beyond it are dropped")
    add("--metrics", help="comma-separated names, or all (default: the preset's)")
    add(
        "--precision",
        choices=("fp32", "tf32", "bf16"),
        help="part of a run's name (default: the preset's)",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any preset key by dotted path: --set options.critic_updates=joint",
    )
    add(
        "--plugin",
        type=as_path_text,
        action="append",
        default=[],
        metavar="FILE.py",
        help="a Python file with methods, data sets or metrics of yours",
    )
    add = p.add_argument_group("on which data").add_argument
    add("--dataset", help="data set (default: the preset's)")
    add("--data-root", type=as_path, help="where the data set's files are")
    add(
        "--download",
        action="store_true",
        help="get a public data set's files into --data-root (default: the cache)",
    )
    add("--skip-bad-images", action="store_true", help="leave unreadable images out, count and list them")
    add(
        "--cache",
        type=as_path,
        help="prepared data and extractors (default: $BIDIGAN_CACHE or ~/.cache/bidigan-bench)",
    )
    add = p.add_argument_group("variants, each beside the method itself").add_argument
    add(
        "--ablate",
        action="append",
        default=[],
        metavar="METHOD[:FACTOR,..]",
        help="the method without each factor (default: every factor it has)",
    )
    add(
        "--sweep",
        action="append",
        default=[],
        metavar="METHOD:KEY=V1,V2",
        help="the method at each value; two keys joined by ; make a grid. KEY: a term, an option, lr, critic_lr, beta1 and "
        "other optimiser constants, batch, latent, prior, or a key of the family; METHOD: alone lists them",
    )
    add(
        "--ladder",
        action="append",
        default=[],
        metavar="NAME",
        help="the rungs from one method to another: gan-to-aegan, ae-to-aegan",
    )
    add(
        "--equal-compute",
        action="append",
        default=[],
        metavar="METHOD:METHOD",
        help="the first with the steps that the second's operations buy: gan:aegan",
    )
    add(
        "--vary",
        action="append",
        default=[],
        metavar="SOURCES",
        help="what the seed decides, of init (weights), order (batches), noise (latents and the rest), split (a bootstrap of "
        "the training images), comma-separated; the rest has seed 0 (default: init,order,noise). Given several times: each "
        "choice as one more arm of every arm, beside the default",
    )
    add = p.add_argument_group("which features FID and the like compare").add_argument
    add(
        "--extractor",
        metavar="NAMES",
        help="what FID, KID and the like look through: domain, random, imagenet-lite, inception, dinov2, clip, FILE.py, "
        "comma-separated: each gives values of its own; NAME:PATH says where weights are (default: Inception, else domain)",
    )
    add(
        "--inception-weights",
        type=as_path,
        help="torch-fidelity's Inception weights, for FID on the usual features",
    )
    add = p.add_argument_group("where and how it runs").add_argument
    add("--device", default="auto", help="auto, cpu, cuda (every GPU there is) or cuda:N (default: auto)")
    add("--workers", type=int, help="processes at once (default: one a core; on GPUs as --per-device says)")
    add("--per-device", type=int, metavar="N", help="processes that share each GPU (default: 1)")
    add(
        "--executor",
        default="auto",
        metavar="NAME",
        help="inprocess, processes, streams (side by side in one process), ray (many machines); "
        "default: processes if there are several workers",
    )
    add(
        "--ray-address",
        metavar="HOST:PORT",
        help="a running Ray, or auto (default: one on this machine alone)",
    )
    add(
        "--graphs",
        choices=("auto", "off"),
        default="auto",
        help="on a GPU each cycle is one CUDA graph where it can be; off: the same numbers, slower (default: auto)",
    )
    add("--compile", choices=("auto", "on", "off"), help="long mlp runs on a CPU (default: auto)")
    add(
        "--time-limit",
        metavar="TIME",
        help="stop at a checkpoint after 90s, 9m or 1h30m (finishing a metric), with exit code 3; the same command goes on",
    )
    add = p.add_argument_group("what is written, and what only shown").add_argument
    add("--out", type=as_path, default=Path("runs"), help="output folder (default: runs)")
    add("--force", action="store_true", help="train again what is finished, diverged runs too")
    add(
        "--pack",
        type=as_path,
        metavar="FILE.tar",
        help="at the end write all runs, with their checkpoints, into one file for another machine",
    )
    add(
        "--unpack",
        type=as_path,
        metavar="FILE.tar",
        help="begin with the runs that another machine packed; every checksum is verified",
    )
    add(
        "--log",
        default="",
        metavar="NAMES",
        help="copy losses, values and samples to tensorboard (OUT/tensorboard), mlflow ($MLFLOW_TRACKING_URI, or "
        "OUT/mlflow.db), or both, comma-separated",
    )
    add("--dry-run", action="store_true", help="print plan, time, memory and disk, and train nothing")
    add(
        "--profile",
        action="store_true",
        help="where the time goes: trace and table of a run of each arm; no results",
    )
    add("--list", choices=LISTS, help="what there is, a line each; of data sets, which are here")
    return p


def load_plugins(args: Args) -> None:
    """Loads what --plugin names; what is amiss with the others that are installed is a warning."""
    from benchmarks.planning import plugins

    for problem in plugins.load_as_they_are(tuple(args.plugin)):
        print(f"warning: {problem}", file=sys.stderr)


def print_list(args: Args) -> int:
    """Prints what there is, a line each; returns the exit code."""
    from benchmarks.commands.listing import MISSING, listing

    print(listing(args.list, args.cache, args.data_root))
    if args.list == "datasets":
        print(
            f"{MISSING}: name their folder with --data-root, or get public ones with --download",
            file=sys.stderr,
        )
    return OK
