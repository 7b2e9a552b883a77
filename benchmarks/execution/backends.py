"""The back ends by name, and the one that --executor means."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.execution.inprocess import InProcess
from benchmarks.execution.processes import Processes
from benchmarks.execution.ray.driver import cluster
from benchmarks.execution.scheduler import Backend
from benchmarks.execution.streams import Streams
from benchmarks.planning.registry import unknown

Make = Callable[[Namespace, str, int], AbstractContextManager[Backend]]
BACKENDS: dict[str, Make] = {  # from flags, device and number of workers
    "inprocess": lambda args, device, workers: nullcontext(InProcess()),
    "processes": lambda args, device, workers: nullcontext(Processes(workers)),
    "streams": lambda args, device, workers: nullcontext(Streams(workers)),
    "ray": lambda args, device, workers: cluster(args.ray_address, workers, device, args.per_device or 1),
}


def check_flags(args: Namespace) -> None:
    """Raises ValueError for an unknown back end, before anything is planned for it."""
    if args.executor not in ("auto", *BACKENDS):
        raise unknown("executor", args.executor, ["auto", *BACKENDS])


@contextmanager
def chosen(args: Namespace, device: str, workers: int, runs: int) -> Iterator[Backend]:
    """Opens the back end that --executor names, for this number of runs. Raises ValueError for flags that do not fit it."""
    check_flags(args)
    if args.ray_address and args.executor != "ray":
        raise ValueError(f"--ray-address {args.ray_address}: needs --executor ray")
    if args.ray_address and args.workers:
        raise ValueError(f"--workers {args.workers}: at --ray-address the machines say how many")
    auto = "processes" if workers > 1 and runs > 1 else "inprocess"
    name = auto if args.executor == "auto" else args.executor
    with BACKENDS[name](args, device, workers) as backend:
        yield backend
