"""What a worker on some machine does for a node: as in-process, in the driver's folders or in ones of its own.

Where the driver's output folder is shared storage, which a token that the driver leaves in it shows, a worker writes in
place, and a run that was lost goes on from its last checkpoint. Elsewhere it fetches what the node needs, and what it
made is returned. The cache is looked at in the same way, by itself.
"""

import hashlib
import platform
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from benchmarks.evaluation.evaluation import references_folder
from benchmarks.evaluation.keys import data_of
from benchmarks.execution.job import perform
from benchmarks.execution.outcome import Outcome
from benchmarks.execution.ray.mailbox import NEWS_S
from benchmarks.execution.ray.transfer import File, pack, unpack
from benchmarks.planning import plugins
from benchmarks.planning.plan import Node
from benchmarks.storage import checkpoint
from benchmarks.storage.cached import build_once, default_cache
from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RunFolder

_caches: dict[tuple[Path, str], Path] = {}


@dataclass(frozen=True)
class Order:
    """A node, its paths as on the driver's machine, and how to tell whether this machine can do it.

    mark, token: name and content of the file that the driver left in its folders. data: the key of the prepared data and
    the extractor's name, empty for the node that prepares them. plugins: their files' contents by path.
    """

    node: Node
    mark: str
    token: str
    torch: str
    data: tuple[str, str] = ("", "")
    plugins: tuple[tuple[str, str], ...] = ()


def work(order: Order, mailbox: Any) -> tuple[Outcome, list[File]]:
    """Performs a node; returns its outcome, and the files it wrote if they do not lie in the driver's folder already."""
    host = platform.node()
    try:
        earlier: list[str] = answer(mailbox.begin.remote(order.node.key, host))
        node, fetched = _placed(order, mailbox)
        _check(order, node)
        folder = RunFolder(node.context.out, node.key)
        begun = _step(folder) if earlier else 0
    except Exception as error:
        reason = f"on {host}: {type(error).__name__}: {error}".splitlines()[0]
        return Outcome(order.node.key, "failed", reason), []
    spoken = 0.0

    def tell(phase: str, done: int, of: int) -> None:
        nonlocal spoken
        if time.monotonic() - spoken >= NEWS_S:
            spoken = time.monotonic()
            mailbox.post.remote(node.key, phase, done, of)

    outcome = perform(node, tell)
    notes = [f"{outcome.reason} (on {host})" if outcome.status == "failed" else outcome.reason]
    if earlier:
        notes.append(_note(earlier, host, begun))
        record = folder.record() if node.kind == "run" and outcome.status != "failed" else None
        if record:
            folder.finish({**record, "attempts": len(earlier) + 1, "interrupted": notes[-1]})
    outcome = replace(outcome, reason="; ".join(filter(None, notes)))
    if node.context.out == order.node.context.out:
        return outcome, []
    made = pack(node.context.out, _own(node), fetched)
    shutil.rmtree(_folder(), ignore_errors=True)
    return outcome, made


def answer(reference: Any) -> Any:
    """Returns what the mailbox answers. In the main thread Ray would give this task's CPU to another one while it waits."""
    import ray

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ray.get, reference).result()


def _placed(order: Order, mailbox: Any) -> tuple[Node, dict[str, str]]:
    """Returns the node with paths of this machine, and the checksums of what was fetched for it."""
    context = order.node.context
    files = tuple(
        path if Path(path).is_file() else str(_plugin(Path(path), text)) for path, text in order.plugins
    )
    placed = replace(context, plugins=files)
    if not shared(context.cache, order) and order.data[0]:
        placed = replace(placed, cache=_cache(order, mailbox))
    if shared(context.out, order):
        return replace(order.node, context=placed), {}
    node = replace(order.node, context=replace(placed, out=_folder() / "out"))
    unwanted = context.force and node.kind == "run"  # it is trained again from the start
    wanted = () if unwanted else _own(node)
    if node.config.base:
        base = node.config.base
        wanted += (f"runs/{base.hash}/weights/{base.steps}.safetensors",)
    fetched = answer(mailbox.files.remote(context.out, wanted))
    unpack(fetched, node.context.out)
    return node, {file.path: file.sha256 for file in fetched}


def shared(folder: Path, order: Order) -> bool:
    """Whether a folder is the driver's: its token lies there."""
    try:
        return (folder / order.mark).read_text() == order.token
    except OSError:
        return False


def _own(node: Node) -> tuple[str, ...]:
    """Patterns of the files that a node makes in its output folder."""
    if node.kind == "run":
        return (f"runs/{node.key}/**/*",)
    return (f"{references_folder(Path(), node.key).as_posix()}/**/*",)


def _cache(order: Order, mailbox: Any) -> Path:
    """Returns a cache of this machine with the driver's extractor, thresholds and readers, so that all measure with the same.

    The data themselves are prepared here, once for each extractor.
    """
    theirs, key = order.node.context.cache, order.data[0].partition("+")[0]
    if (theirs, key) not in _caches:
        wanted = (f"extractors/*-{key}/*", f"calibration/{key}-*/*", "readers/*/*")
        files = answer(mailbox.files.remote(theirs, wanted))
        name = hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()[:16]
        _caches[theirs, key] = build_once(
            default_cache() / "ray" / f"{key}-{name}", lambda folder: unpack(files, folder)
        )
    return _caches[theirs, key]


def _check(order: Order, node: Node) -> None:
    """Raises ValueError where this machine would compute something else than the driver's."""
    if torch.__version__ != order.torch:
        raise ValueError(f"torch {torch.__version__} is not the driver's {order.torch}: install the same")
    if not order.data[0]:
        return
    plugins.load(node.context.plugins)
    data, _ = data_of(node.context, node.config)
    if data.full_key != order.data[0]:
        raise ValueError(
            f"the files below {node.context.data_root} are not the driver's, by their content: copy the same files there"
        )
    if data.extractor.name != order.data[1]:
        raise ValueError(
            f"extractor {data.extractor.name!r} is not the driver's {order.data[1]!r}: "
            "give --inception-weights a path that every machine has"
        )


def _step(folder: RunFolder) -> int:
    """Returns the step of a run's last checkpoint."""
    return int(checkpoint.read(folder.checkpoint)[1]["step"]) if folder.checkpoint.exists() else 0


def _note(earlier: list[str], host: str, step: int) -> str:
    """Returns what a run's record says of having been lost."""
    times = f"{len(earlier)} times, last on" if len(earlier) > 1 else "on"
    return f"lost {times} {earlier[-1]}, " + (
        f"went on from step {step} on {host}" if step else f"started again on {host}"
    )


@cache
def _folder() -> Path:
    """Returns a folder of this process alone, always the same, so that its data are loaded once; removed after each node."""
    return Path(tempfile.mkdtemp(prefix="bidigan-"))


def _plugin(path: Path, text: str) -> Path:
    """Returns a plugin's file that this machine does not have."""
    copy = _folder() / path.name
    write_atomic(copy, text)
    return copy
