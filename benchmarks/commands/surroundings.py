"""The command's surroundings: paths as people write them, terminals of any encoding, packages named like ours.

And how an error becomes one line and an exit code.
"""

import argparse
import gc
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.execution import interrupt

ROOT = Path(__file__).resolve().parents[2]
BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
OURS = ("benchmarks", "datasets", "methods", "reports")


class Parser(argparse.ArgumentParser):
    """Flags of a command: takes no abbreviations, and says what is wrong with them in one line."""

    def __init__(self, prog: str, **about: Any) -> None:
        super().__init__(prog=prog, allow_abbrev=False, **about)

    def error(self, message: str) -> NoReturn:
        """Ends the program with the exit code of bad input."""
        self.exit(BAD_INPUT, f"error: {printable(message)} ({self.prog} --help lists all flags)\n")


def as_path(text: str) -> Path:
    """Returns a path from the command line: ~ also where the shell left it, as in --out=~/x; without quotes that came along.

    Raises argparse.ArgumentTypeError, in one line, for one that cannot be any.
    """
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        stripped = stripped[1:-1]
    if not stripped or "\0" in stripped:
        raise argparse.ArgumentTypeError(f"{text!r} is no path")
    try:
        return Path(stripped).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text}: there is no such home folder") from error


def as_path_text(text: str) -> str:
    """Returns the path as `as_path` reads it, as text."""
    return str(as_path(text))


def any_terminal() -> None:
    """Characters that a terminal or a log cannot show become question marks, whatever its encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")


def check_packages() -> None:
    """Raises ValueError, in one line, where another package or file would be imported for one of ours."""
    for name in OURS:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
        found = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if found != ROOT / name / "__init__.py":
            what = f"{found} is" if found else "another package is"
            raise ValueError(
                f"{what} imported as {name!r} instead of {ROOT / name}: run the command from {ROOT}, or take the other "
                "one off PYTHONPATH"
            )


def guarded(main: Callable[[], int]) -> int:
    """Runs a command: ValueError is one line and exit code 2, Ctrl-C 130."""
    any_terminal()
    try:
        with interrupt.listening():
            check_packages()
            return main()
    except ValueError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of our output has gone: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        print("error: nobody reads what this command says any more", file=sys.stderr)
        return BROKEN_PIPE
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {printable(f'{place}{error.strerror or error}')}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        gc.freeze()  # or the interpreter looks through all of torch once more, for seconds, before it ends
        print(
            "\ninterrupted: finished runs are kept, and the same command goes on from the last checkpoints",
            file=sys.stderr,
        )
        return INTERRUPTED


def printable(text: str) -> str:
    """Returns one line that cannot command a terminal, whatever a file is called: other characters as Python writes them."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
