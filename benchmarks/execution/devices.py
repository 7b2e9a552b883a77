"""Which device a run is on, and how many workers there are: a place, of which no number depends on more than the kind."""

import argparse
import os


def named(name: str) -> str:
    """Returns the device's full name. Raises ValueError where it is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, index = name.partition(":")
    if name != "cpu" and (kind != "cuda" or (index and not index.isdigit())):
        raise ValueError(f"--device {name}: known are auto, cpu, cuda and cuda:N")
    if kind == "cuda" and (not torch.cuda.is_available() or int(index or 0) >= torch.cuda.device_count()):
        raise ValueError(
            f"--device {name}: this machine offers {torch.cuda.device_count()} CUDA devices; use --device cpu"
        )
    return name


def gpus(device_name: str) -> int:
    """Returns how many GPUs a device's name stands for: `cuda` for all, `cuda:1` for one, `cpu` for none."""
    import torch

    if device_name == "cuda":
        return torch.cuda.device_count()
    return 0 if device_name == "cpu" else 1


def workers(args: argparse.Namespace, device_name: str) -> int:
    """Returns how many processes: as asked, one a core on a CPU, `per_device` on each GPU. Raises ValueError."""
    for flag, value in (("--workers", args.workers), ("--per-device", args.per_device)):
        if value is not None and value < 1:
            raise ValueError(f"{flag} {value}: must be at least 1")
    if args.per_device and device_name == "cpu":
        raise ValueError(f"--per-device {args.per_device}: there is no GPU to share; on a CPU use --workers")
    if args.per_device and args.workers:
        raise ValueError(f"--per-device {args.per_device} and --workers {args.workers}: give one of the two")
    if args.workers:
        return int(args.workers)
    return (
        len(os.sched_getaffinity(0)) if device_name == "cpu" else (args.per_device or 1) * gpus(device_name)
    )


def place(device_name: str, worker: int, visible: int) -> str:
    """Returns the device of one of several workers: `cuda` is each of the visible GPUs in turn, `cuda:1` that one."""
    return f"cuda:{worker % visible}" if device_name == "cuda" and visible else device_name
