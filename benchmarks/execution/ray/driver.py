"""Back end `ray`, for many machines: each node of the plan is a task; the driver alone collects."""

import hashlib
import logging
import os
import shutil
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.evaluation.keys import data_of, judges, unnamed
from benchmarks.execution.job import finished, perform
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.ray.mailbox import NEWS_S, Mailbox
from benchmarks.execution.ray.transfer import File, unpack
from benchmarks.execution.ray.worker import Order, work
from benchmarks.execution.scheduler import Backend, Lost, Progress
from benchmarks.planning.plan import Node
from benchmarks.storage.run_folder import RunFolder

ROOT = Path(__file__).parents[3]
TRAVEL = ("benchmarks", "datasets", "methods")  # what a worker needs of the checkout
RETRIES = 3  # of a node whose worker or machine was lost
CONNECT_S = 5.0
STORE_BYTES = 200 * 2**20  # of a local Ray, whose workers share the driver's folders


@contextmanager
def cluster(address: str | None, workers: int, device: str, per_device: int) -> Iterator[Backend]:
    """Connects to Ray at `address` (HOST:PORT or auto), or starts a local one with room for `workers`.

    A run takes one CPU, or 1 / per_device of a GPU. Raises ValueError in one line where Ray is not there or not the same.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise ValueError("--executor ray: Ray is not installed; pip install -c constraints.txt ray") from None
    if address:
        _reach(address)
    local: dict[str, Any] = {
        "num_cpus": workers,
        "object_store_memory": STORE_BYTES,
        "include_dashboard": False,
    }
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=environment(),
            **({} if address else local),
        )
    except Exception as error:
        token = "; a Ray that asks for a token is joined with RAY_AUTH_MODE=token" if address else ""
        raise ValueError(
            f"--executor ray, --ray-address {address or 'none'}: {one_line(error)}{token}"
        ) from None
    try:
        kind, share = ("CPU", 1) if device == "cpu" else ("GPU", per_device)
        count = int(ray.cluster_resources().get(kind, 0) * share)
        if not count:
            raise ValueError(f"--executor ray: no machine of this Ray offers a {kind}")
        yield _Cluster({"num_cpus": 1} if kind == "CPU" else {"num_cpus": 0, "num_gpus": 1 / share}, count)
    finally:
        ray.shutdown()


def environment() -> dict[str, Any]:
    """Returns what every worker gets: the code of this checkout and nothing else of it, and one thread."""
    others = sorted(path.name for path in ROOT.iterdir() if path.name not in TRAVEL)
    return {
        "working_dir": str(ROOT),
        "excludes": [f"/{name}" for name in others],
        "env_vars": {"OMP_NUM_THREADS": "1"},
    }


class _Cluster:
    """The back end on the Ray that is connected; `need` is what a run takes of a machine. Ray places the nodes."""

    slots, retries = None, RETRIES

    def __init__(self, need: dict[str, float], workers: int) -> None:
        self.need, self.workers = need, workers

    def open(self, nodes: Sequence[Node], progress: Progress) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._mailbox: Any = ray.remote(Mailbox).options(num_cpus=0, scheduling_strategy=self._here).remote()
        self._task = ray.remote(work)
        self._progress, self._nodes = progress, {node.key: node for node in nodes}
        self._running: dict[Any, Node] = {}
        self._finished: list[Node] = []
        self._marks = ExitStack()
        self._mark, self._token = self._marks.enter_context(_marked(nodes[0]))

    def submit(self, node: Node) -> None:
        if finished(node):  # here; no machine has to look
            self._finished.append(node)
            return
        # What is prepared is needed by the driver too, so it is prepared on the driver's machine.
        at_home = {"num_cpus": 0, "scheduling_strategy": self._here}
        options = at_home if node.kind == "prepare" else self.need
        task = self._task.options(max_retries=0, name=node.label, **options)
        self._running[task.remote(_order(node, self._mark, self._token), self._mailbox)] = node

    def wait(self) -> list[tuple[Node, Outcome | Lost]]:
        import ray

        ended: list[tuple[Node, Outcome | Lost]] = []
        for node in self._finished:
            ended.append((node, perform(node, lambda *event: None)))
        self._finished.clear()
        if self._running and not ended:
            ready, _ = ray.wait(list(self._running), num_returns=1, timeout=NEWS_S)
            for key, *event in ray.get(self._mailbox.news.remote()):
                self._progress(self._nodes[key], *event)
            for reference in ready:
                node = self._running.pop(reference)
                ended.append((node, _outcome(node, reference)))
        return ended

    def close(self) -> None:
        self._marks.close()


def _order(node: Node, mark: str, token: str) -> Order:
    """Returns the node as a worker gets it: absolute paths, the GPU that Ray gives it, the plugins' text."""
    context, data = node.context, ("", "")
    if node.kind != "prepare":
        for each in (unnamed(context), *judges(context)):
            data_of(each, node.config)  # its extractors lie in the cache that machines take theirs from
        found, _ = data_of(context, node.config)
        data = (found.full_key, found.extractor.name)
    weights = context.inception_weights
    context = replace(
        context,
        out=context.out.resolve(),
        cache=context.cache.resolve(),
        data_root=context.data_root.resolve() if context.data_root else None,
        inception_weights=weights.resolve() if weights else None,
        device=context.device.partition(":")[0],
        plugins=tuple(str(Path(file).resolve()) for file in context.plugins),
    )
    texts = tuple((file, Path(file).read_text()) for file in context.plugins)
    return Order(replace(node, context=context), mark, token, torch.__version__, data, texts)


def _outcome(node: Node, reference: Any) -> Outcome | Lost:
    """Returns a task's outcome, after the files it wrote elsewhere were brought into the driver's folder."""
    import ray

    lost = ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError

    try:
        outcome, files = ray.get(reference)
        _take(node, files)
    except lost as error:
        return Lost(one_line(error))
    except (ray.exceptions.RayError, ValueError) as error:
        return Outcome(node.key, "failed", one_line(error))
    made: Outcome = outcome
    return made


def _take(node: Node, files: list[File]) -> None:
    if files and node.context.force and node.kind == "run":
        shutil.rmtree(RunFolder(node.context.out, node.key).path, ignore_errors=True)
    unpack(files, node.context.out)


@contextmanager
def _marked(node: Node) -> Iterator[tuple[str, str]]:
    """Leaves a token in the output folder and in the cache while the block lasts, and yields its file and text: where a worker
    finds it, the folder is shared storage.
    """
    out, token = node.context.out, uuid.uuid4().hex
    mark = f".ray-{hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:8]}"
    places = {out / mark, node.context.cache / mark}
    try:
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(token)
        yield mark, token
    finally:
        for place in places:
            place.unlink(missing_ok=True)


def _reach(address: str) -> None:
    """Raises ValueError where nothing listens at HOST:PORT; Ray itself would wait a minute."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdigit():
        raise ValueError(
            f"--ray-address {address}: write HOST:PORT of the head, such as 10.0.0.1:6379, or auto"
        )
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise ValueError(
            f"--ray-address {address}: no Ray there ({error}); start it with ray start --head, or leave the flag out"
        ) from None


def one_line(error: BaseException) -> str:
    """Returns what Ray says over many lines, in one."""
    cause = getattr(error, "cause", None)
    shown = cause if isinstance(cause, BaseException) else error
    return f"{type(shown).__name__}: {' '.join(str(shown).split())}"[:400]
