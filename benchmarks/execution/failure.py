"""What went wrong inside a run: one line that names the term and the line, and the whole traceback in the run's folder."""

import contextlib
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks.storage.files import write_atomic
from benchmarks.storage.run_folder import RunFolder
from benchmarks.training.divergence import origin
from benchmarks.training.loop import Diverged
from benchmarks.training.state import Training

ROOT = Path(__file__).parents[2]
LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
HOOKS = ("term_", "make_")
NAMES = (
    "combine",
    "rates",
    "after",
    "init_state",
    "cycle",
    "generate",
    "encode",
    "translate",
    "latents",
    "mapped",
    "compute",
)


def reason(error: Exception) -> str:
    """Returns the error in one line, with the terms, quantities and hooks on the way to it and the innermost line of a method,
    family, data set, metric or plugin: `ValueError: ... (in term_rec_x, make_x_rec; mine.py line 12)`.
    """
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    frames = traceback.extract_tb(error.__traceback__)
    hooks = dict.fromkeys(f.name for f in frames if f.name.startswith(HOOKS) or f.name in NAMES)
    own = [frame for frame in frames if _is_plugin_code(Path(frame.filename))]
    places = [f"in {', '.join(hooks)}"] if hooks and own else []
    places += [f"{_short(Path(own[-1].filename))} line {own[-1].lineno}"] if own else []
    return f"{text} ({'; '.join(places)})" if places else text


def diverged(error: Diverged, again: Callable[[], Training], stop: Callable[[], bool]) -> str:
    """Returns how a run diverged in one line, with the first term that was not finite and its line, where repeating the last
    stretch finds it: `..; first rec_x after step 12 (term_rec_x; mine.py line 9)`.

    again: gives the run as it was last saved. stop: asked after every cycle whether there is no time for more.
    """
    found = None
    with contextlib.suppress(RuntimeError):  # no memory for a second run: the outcome stays as it is
        found = origin(again(), error.step, stop)
    if found is None:
        return str(error)
    code = found.term.__code__
    return f"{error}; first {found} ({code.co_name}; {_short(Path(code.co_filename))} line {code.co_firstlineno})"


def keep(error: Exception, folder: RunFolder) -> None:
    """Writes the traceback into a run's folder, if there is one to write into and the disk takes it."""
    if folder.path.is_dir():
        with contextlib.suppress(OSError):
            write_atomic(folder.traceback, "".join(traceback.format_exception(error)))


def _is_plugin_code(path: Path) -> bool:
    """Whether a file is a method, family, data set or metric: ours, or from outside and no installed library's."""
    if path.is_relative_to(ROOT):
        kind = path.relative_to(ROOT).parts
        ours = kind[0] in ("methods", "datasets") or kind[:2] == ("benchmarks", "metrics")
        return ours and path.name != "base.py"
    return path.suffix == ".py" and not any(path.is_relative_to(library) for library in LIBRARIES)


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
