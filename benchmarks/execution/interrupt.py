"""Ctrl-C that cannot be lost: where it meets native code, torch's conversions among it, that code may answer with an error of
its own, and the run that was interrupted would have failed, while the command went on.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_heard = threading.Event()


@contextmanager
def listening() -> Iterator[None]:
    """Notes every Ctrl-C until the block ends, where Python itself would raise KeyboardInterrupt for it.

    An error that leaves the block after one is a KeyboardInterrupt.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _note)
    try:
        yield
    except Exception:
        check()
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _heard.clear()  # what runs next in this process was not interrupted


def _note(number: int, frame: FrameType | None) -> None:
    _heard.set()
    raise KeyboardInterrupt


def check() -> None:
    """Raises KeyboardInterrupt where Ctrl-C was pressed in the block of `listening` that we are in."""
    if _heard.is_set():
        raise KeyboardInterrupt
