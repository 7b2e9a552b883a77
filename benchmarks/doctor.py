"""python -m benchmarks.doctor: versions, devices, measured speeds, where data and weights are, and what would be skipped."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.commands import cli
from benchmarks.commands.surroundings import Parser, as_path, as_path_text
from benchmarks.execution.devices import named
from benchmarks.storage.provenance import LIBRARIES

OTHERS = ("pydantic", "safetensors", "matplotlib", "h5py", "ray")  # libraries that decide no value
MEASURE_S = 0.5  # for each speed


def parser() -> argparse.ArgumentParser:
    p = Parser(
        prog="python -m benchmarks.doctor",
        description="What this machine offers, and what a comparison here would leave out, and why.",
    )
    p.add_argument(
        "--cache", type=as_path, help="prepared data and extractors (default: as in benchmarks.run)"
    )
    p.add_argument("--data-root", type=as_path, help="where a data set's files are")
    p.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    p.add_argument(
        "--plugin",
        type=as_path_text,
        action="append",
        default=[],
        metavar="FILE.py",
        help="a plugin to look at",
    )
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    args = parser().parse_args(argv)
    return cli.guarded(lambda: report(args))


def report(args: argparse.Namespace) -> int:
    """Prints everything."""
    from benchmarks.planning import plugins
    from benchmarks.storage.cached import default_cache

    problems = plugins.load(tuple(args.plugin))
    cache, device = args.cache or default_cache(), named(args.device)
    for title, lines in (
        ("versions", versions()), ("devices", devices()), (f"measured on {device}, best of {MEASURE_S} s each", ceilings(device)),
        ("places", places(cache)), ("data sets", datasets(cache, args.data_root)),
        ("would be skipped", skipped(cache, args.data_root)),
        ("plugins", problems + [f"{p.name} ({p.source}): {defined(p)}" for p in plugins.loaded()] or ["none"]),
    ):  # fmt: skip
        print(title)
        print("\n".join(f"  {line}" for line in lines or ["nothing"]))
    return 0


def defined(plugin: Any) -> str:
    """Returns what a plugin brings: `method lsgan; metric mine`."""
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in plugin.defines.items()) or "presets"


def versions() -> list[str]:
    """Returns the versions of Python and the libraries."""
    import platform

    lines = [f"python {platform.python_version()} on {platform.platform()}"]
    for name in (*LIBRARIES, *OTHERS):
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} is not installed")
    return lines


def devices() -> list[str]:
    """Returns cores, threads, memory and GPUs."""
    import torch

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"cpu: {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores usable, {memory:.0f} GiB memory",
        f"threads of torch: {torch.get_num_threads()}; every worker uses one",
    ]
    for index in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(index)
        lines.append(f"cuda:{index}: {about.name}, {about.total_memory / 2**30:.0f} GiB")
    return lines if len(lines) > 2 else [*lines, "cuda: none; runs use the CPU"]


def ceilings(device: str) -> list[str]:
    """Returns the most this device gives, on one CPU thread: no training step can be faster than its operations at this speed."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    size = 512 if device == "cpu" else 8192
    a = torch.randn(size, size, device=device)
    x = torch.randn(16 if device == "cpu" else 512, 64, 32, 32, device=device).to(
        memory_format=torch.channels_last
    )
    w = torch.randn(64, 64, 3, 3, device=device)
    big = torch.zeros(2**24 if device == "cpu" else 2**28, device=device)
    gflop = 2 * x.shape[0] * 64 * 64 * 9 * 32 * 32 / 1e9
    with torch.no_grad():
        lines = [
            f"matrix product: {2 * size**3 / 1e9 / best(lambda: a @ a, device):.0f} GFLOP/s",
            f"convolution 3 x 3, 64 channels: {gflop / best(lambda: torch.conv2d(x, w, padding=1), device):.0f} GFLOP/s",
            f"memory, read and write: {8 * big.numel() / 1e9 / best(lambda: big.add_(1), device):.0f} GB/s",
        ]
    torch.set_num_threads(before)
    return lines


def best(work: Callable[[], object], device: str) -> float:
    """Seconds of the fastest of the calls that fit into MEASURE_S."""
    import torch

    def once() -> float:
        start = time.perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    once()
    times, end = [once()], time.perf_counter() + MEASURE_S
    while time.perf_counter() < end:
        times.append(once())
    return min(times)


def places(cache: Path) -> list[str]:
    """Returns where cache, Inception weights and compiler are."""
    from benchmarks.execution.estimate import free_mb
    from benchmarks.snapshots import inception

    state = "is there" if cache.is_dir() else "will be made"
    hub = inception.in_hub()
    missing = (
        f"not at {hub}: FID uses the data set's own classifier (--inception-weights names another place)"
    )
    return [
        f"cache: {cache} {state}, {free_mb(cache.absolute()) / 1024:.0f} GiB free",
        f"Inception weights: {f'found, {hub}' if hub.is_file() else missing}",
        f"C++ compiler: {shutil.which(os.environ.get('CXX', 'g++')) or 'none: long mlp runs need --compile off'}",
    ]


def datasets(cache: Path, root: Path | None) -> list[str]:
    """Returns for each data set: prepared, to be prepared, or why not."""
    from benchmarks.planning.registry import DATASETS
    from benchmarks.planning.resolve import progress

    lines = []
    for dataset in DATASETS:
        try:
            made = dataset(cache, root) if dataset.needs_root or root is None else dataset(cache)
            made.identify(progress(dataset.name, "MB of its files read"))
            state = "prepared" if (cache / made.key).exists() else "will be prepared at first use"
        except (ValueError, OSError) as error:
            state = f"not usable: {error}"
        lines.append(f"{dataset.name}: {state}")
    return lines


def skipped(cache: Path, root: Path | None) -> list[str]:
    """Methods that do not fit the shipped presets' data, family or prior, and presets whose data are not here."""
    from benchmarks.planning import preset as presets
    from benchmarks.planning.arms import ARM_KEYS, expand
    from benchmarks.planning.check import misfit
    from benchmarks.planning.registry import DATASETS, METHODS
    from methods.base import Spec

    lines = []
    for name in presets.names():
        for part in presets.parts(presets.read(name)):
            try:
                named = any(part.get(key) for key in ("methods", *ARM_KEYS))
                preset = presets.build(expand(part if named else {**part, "methods": METHODS.names()}))
                dataset = DATASETS.get(preset.dataset)
                data = dataset(cache, root if dataset.needs_root else None, **preset.data)
                spec = Spec(tuple(data.shape), 8)  # as if it had labels, which are known once it is prepared
                for method in dict.fromkeys(arm.method for arm in preset.all_arms):
                    reason = misfit(preset, METHODS.get(method), spec)
                    lines += [f"preset {name}: {method} on {preset.dataset}: {reason}"] if reason else []
            except (ValueError, OSError) as error:
                lines.append(f"preset {name}: cannot run here: {error}")
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    sys.exit(main())
