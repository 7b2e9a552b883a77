"""python -m benchmarks.sample RUN: samples and reconstructions of a finished run as files, and its weights with a model card."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path, as_path_text

GRID, MOST = 10_000, 1_000_000  # images in one picture, in a folder or array file


def parser() -> argparse.ArgumentParser:
    p = Parser(
        prog="python -m benchmarks.sample",
        description="Draw samples or reconstructions from a finished run, for people (a grid) or other tools (a folder, an "
        "npz), or export its weights.",
        epilog="images are what the metrics see: uint8, rounded. npz: x [n, H, W, C]; with --reconstructions x and x_rec.",
    )
    add = p.add_argument
    add("run", metavar="RUN", help="the run's name, or any beginning of it that only one run has")
    add(
        "--out",
        type=as_path,
        default=Path("runs"),
        help="the results folder that holds the run (default: runs)",
    )
    add("--n", type=int, default=64, help="how many (default: 64)")
    add(
        "--seed",
        type=int,
        default=0,
        help="of the latents: the same seed gives the same z to every run (default: 0)",
    )
    add("--to", type=as_path, metavar="FILE|DIR",
        help="a new picture of a grid (.png), array file (.npz) or folder of PNG files (default: grid.png)")  # fmt: skip
    add("--replace", action="store_true", help="write over the .png or .npz that lies there")
    add("--reconstructions", action="store_true",
        help="test images and their reconstructions instead: pairs in a grid, or folders or arrays x and x_rec")  # fmt: skip
    add("--export", type=as_path, metavar="DIR",
        help="a new folder with the weights (safetensors), config.json and a model card")  # fmt: skip
    add("--step", type=int, help="an evaluated step (default: the last)")
    add("--data-root", type=as_path,
        help="where the data set's files are: for reconstructions, and for methods that sample from fitted codes")  # fmt: skip
    add("--cache", type=as_path, help="prepared data (default: as in benchmarks.run)")
    add("--plugin", type=as_path_text, action="append", default=[], metavar="FILE.py",
        help="a Python file with the run's method")  # fmt: skip
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(argv)
    return cli.guarded(lambda: run(args))


def run(args: argparse.Namespace) -> int:
    """Loads, samples and writes. Raises ValueError for what cannot be done."""
    import torch

    to = args.to or (None if args.export else Path("grid.png"))
    if to is not None:
        check(args, to)
    model = results.load_run(args.out, args.run, args.step, args.data_root, args.cache, plugins=args.plugin)
    torch.set_num_threads(1)
    if args.export:
        from benchmarks.evaluation.export import export

        print(f"exported: {export(args.out, model, args.export)}")
    if to is not None:
        arrays = drawn(args, model)
        write(to, arrays)
        what = "reconstructions" if args.reconstructions else "samples"
        print(f"{args.n} {what} of {model.config.method}, seed {model.config.seed}: {to}")
    return 0


def check(args: argparse.Namespace, to: Path) -> None:
    """Raises ValueError for a number, seed or place that cannot be."""
    from benchmarks.snapshots.pictures import check_folder

    ending = to.suffix.lower()
    if ending not in ("", ".png", ".npz"):
        raise ValueError(f"--to {to}: must end in .png or .npz, or be a folder")
    most = GRID if ending == ".png" else MOST
    if not 1 <= args.n <= most:
        raise ValueError(f"--n {args.n}: must be 1 to {most}{' in one picture' if ending == '.png' else ''}")
    if not 0 <= args.seed < 2**63:
        raise ValueError(f"--seed {args.seed}: must be 0 to {2**63 - 1}")
    if not ending:
        check_folder(to)
    elif to.exists() and not args.replace:
        raise ValueError(f"--to {to}: is there already: give another name, or --replace")


def drawn(args: argparse.Namespace, model: Any) -> dict[str, Any]:
    """Returns x [n, C, H, W] of samples, or x and x_rec of test images. Raises ValueError where the method does neither."""
    import torch

    for need in ("generate", "encode") if args.reconstructions else ("generate",):
        if need not in model.can:
            raise ValueError(f"run {args.run}: method {model.config.method} does not {need}")
    if not args.reconstructions:
        return {"x": model.generate(model.latents(args.n, torch.Generator().manual_seed(args.seed)))}
    x = model.images("test", args.n)
    if len(x) < args.n:
        raise ValueError(f"--n {args.n}: there are {len(x):,} test images to reconstruct")
    return {"x": x, "x_rec": model.generate(model.encode(x))}


def write(to: Path, arrays: dict[str, Any]) -> None:
    """Writes what was drawn in the form that the place's name asks for. Raises ValueError for a folder of points."""
    import torch

    from benchmarks.snapshots import pictures
    from benchmarks.snapshots.snapshot import unit
    from benchmarks.storage.files import write_atomic

    points = arrays["x"].dim() == 2
    if to.suffix.lower() == ".npz":
        pictures.write_npz(to, arrays)
    elif to.suffix and points and arrays["x"].shape[1] != 2:
        raise ValueError(
            f"--to {to}: points of {arrays['x'].shape[1]:,} coordinates are not a picture: write an .npz file"
        )
    elif to.suffix and points:
        write_atomic(to, pictures.scatter(arrays["x_rec" if "x_rec" in arrays else "x"]))
    elif to.suffix:
        pairs = torch.stack([unit(x) for x in arrays.values()], 1).flatten(0, 1)
        write_atomic(to, pictures.grid(pairs, len(arrays)))
    elif points:
        raise ValueError(f"--to {to}: points are not pictures: write an .npz file")
    else:
        pictures.write_folder(to, arrays)


if __name__ == "__main__":
    sys.exit(main())
